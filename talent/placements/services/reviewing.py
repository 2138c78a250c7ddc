"""P6, P7: the bureaus' answers brought together by the lead bureau, and the publicity."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import Case, CheckConclusion, Organisation, Publicity, User
from talent.core.services import calendar, cases, checks, letters, policy, publicity
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict
from talent.placements import letters as own_letters
from talent.placements.models import PlacementCase

from . import places
from .sides import tell_sides


def ask_bureaus(case: PlacementCase, *, actor: User, standing: Standing) -> None:
    """Put the edition's questions to its bureaus at once (P6); the policy names them, so nobody chooses."""
    subjects = policy.figures(case.edition).checks
    bureaus = Organisation.objects.in_bulk([subject.bureau for subject in subjects], field_name="code")
    checks.ask(
        case, {subject.code: bureaus[subject.bureau] for subject in subjects}, actor=actor, standing=standing
    )  # fmt: skip


@transaction.atomic
def conclude(
    case: PlacementCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    ground: str = "",
    fact: str = "",
    explanation: str = "",
) -> str:
    """汇总 (P6): into publicity, or refused with ground, clause and fact. Returns "publicity" or "refused".

    explanation: why an adverse answer does not stand in the way. Raises `ActRefused` while a bureau owes its answer.
    """
    advice = CheckConclusion.Advice
    checks.conclude(
        case, actor=actor, standing=standing, text=opinion, explanation=explanation,
        advice=advice.REFUSE if outcome == "refuse" else advice.RECOMMEND,
    )  # fmt: skip
    if outcome == "refuse":
        refuse(case, ground, fact, actor=actor, standing=standing)
        return "refused"
    places.check_again(case)
    cases.record(
        case, "review_concluded", actor=actor, standing=standing, title=_("审查通过"),
        public_text=_("联合审查通过，拟予公示。"), internal_text=opinion,
    )  # fmt: skip
    opened = publicity.open_publicity(case, shown(case), actor=actor, standing=standing)
    letters.issue(case, letters.PublicityNotice.of(case, opened), issuer=case.lead_organisation, actor=actor)
    return "publicity"


def refuse(case: PlacementCase, ground: str, fact: str, *, actor: User, standing: Standing) -> None:
    """End the case with a coded ground, its clause and the fact; the place is free again."""
    found = policy.figures(case.edition).refusal_ground(ground)
    cases.close(
        case, Case.Status.REFUSED, actor=actor, standing=standing, kind="refused", title=_("不予通过"),
        public_text=_("不予通过。情形：%(ground)s（%(clause)s）。事实：%(fact)s。%(advice)s。")
        % {"ground": found.text, "clause": found.clause, "fact": fact, "advice": found.advice},
        figures={"ground": ground},
    )  # fmt: skip
    places.give_back_ended(case.employer, case.applicant)
    letters.issue(
        case,
        own_letters.NotPassed.of(case, ground=found, fact=fact),
        issuer=case.lead_organisation,
        actor=actor,
    )
    tell_sides(
        case, kind="refused", subject=_("校聘企用审查未通过"),
        body=_("办件 %(number)s 审查未通过，理由和救济途径见办件页面。") % {"number": case.number},
    )  # fmt: skip


def shown(case: PlacementCase) -> dict[str, str]:
    """The publicity's fields, cut down to the edition's whitelist."""
    values = {
        "姓名": case.applicant.name,
        "派出单位": case.university.name,
        "用人单位": case.employer.name,
        "岗位种类": places.book_of(case).kind(case.kind).title,
        "岗位名称": case.need.title,
        "聘期": _("%(months)d个月") % {"months": case.term_months},
    }
    return {
        label: values[label] for label in policy.figures(case.edition).publicity_fields if label in values
    }


def publicity_end(case: Case) -> Any:
    """The last day of the open publicity."""
    return case.publicities.get(state=Publicity.State.OPEN).ends_on


@transaction.atomic
def end_publicity(case: PlacementCase) -> str:
    """The days have run: "upheld" goes back to the conclusion, "clear" to the agreement."""
    current = case.publicities.filter(state=Publicity.State.OPEN).first()
    if current is None:
        raise Conflict(_("该办件没有进行中的公示。"))
    if current.ends_on >= calendar.today():
        raise ActRefused(_("公示期至%(day)s，尚未期满。") % {"day": f"{current.ends_on:%Y-%m-%d}"})
    publicity.close(current)
    case.refresh_from_db()
    if current.objections.filter(state="upheld").exists():
        cases.set_status(case, Case.Status.ACCEPTED)
        return "upheld"
    tell_sides(
        case, kind="agreement_wanted", subject=_("请签订三方协议"),
        body=_("办件 %(number)s 公示期满，请企业起草三方协议，三方各自签署后上传。") % {"number": case.number},
    )  # fmt: skip
    return "clear"
