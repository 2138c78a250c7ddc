"""受理 with 补正 and 容缺受理, refusal with clause and fact, and the lapses that end a case: the same for every policy.

A policy's `services` offer these acts under their own names; the flow and the pages call them there.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, CaseMaterial, Consent, Organisation, Region, TalentProfile, User

from . import appointments, cases, letters, materials, policy, promises, supplements
from .appointments import Standing
from .dossier import Part, open_titles
from .errors import ActRefused, Conflict, NotAllowed

# Version of the consent texts shown on the check page.
CONSENT_TEXT = "1"


@transaction.atomic
def begin_draft(
    model: type[Case],
    *,
    policy_code: str,
    actor: User,
    applicant: TalentProfile,
    region: Region,
    submission_key: Any = None,
    **facts: Any,
) -> Case:
    """A person begins his own application: a draft nobody else sees, with its checklist, under today's edition.

    facts: `employer` and the fields of `model`. Raises `NotAllowed` for somebody else's application, `Conflict`
    for the same form sent twice, `ActRefused` while the person has a draft or running case of this policy.
    """
    if applicant.user_id != actor.pk:
        raise NotAllowed(_("只能为本人申报；为他人申报请由其本人登录办理。"))
    # Two forms of one person at the same moment follow each other here.
    TalentProfile.objects.select_for_update().get(pk=applicant.pk)
    if submission_key and Case.objects.filter(submission_key=submission_key).exists():
        raise Conflict(_("这份申报已经建立，请在“我的办件”中查看，无需重复提交。"))
    other = (
        model.objects.filter(applicant=applicant, policy=policy_code).exclude(status__in=Case.ENDED).first()
    )
    if other:
        raise ActRefused(
            _("您已有本事项的办件 %(number)s，请先办完或撤回，不能重复申报。") % {"number": other.number}
        )
    edition = policy.edition_for(policy_code)
    bureau = Organisation.objects.get(code=policy.figures(edition).intake_bureau)
    case = cases.open_case(
        model, actor=actor, edition=edition, applicant=applicant, intake=bureau, deciding=bureau, region=region,
        submission_key=submission_key, **facts,
    )  # fmt: skip
    materials.build_checklist(case, policy.figures(edition).materials)
    cases.record(
        case, "begun", actor=actor, title=_("建立申报书"), public_text=_("申请人建立申报书，尚未提交。")
    )
    return case


@transaction.atomic
def hand_in(case: Case, parts: Collection[Part], *, actor: User) -> Case:
    """The applicant hands the dossier in: consents, submission, numbered receipt.

    parts: the dossier as the policy lists it. Raises `ActRefused` naming every part that is not complete,
    `NotAllowed` for anybody but the applicant.
    """
    if case.applicant.user_id != actor.pk:
        raise NotAllowed(_("只有申请人本人可以提交申报书。"))
    missing = open_titles(parts)
    if missing:
        raise ActRefused(_("申报书还有未完成的部分：%(parts)s。") % {"parts": "、".join(missing)})
    for purpose in (Consent.Purpose.JOINT_CHECK, Consent.Purpose.PUBLICITY):
        materials.give_consent(case.applicant, purpose, text_version=CONSENT_TEXT, actor=actor, case=case)
    cases.submit(case, actor=actor)
    letters.issue(case, letters.Receipt.of(case), issuer=case.intake_organisation, actor=actor)
    return case


def tick_lines(case: Case, ticks: dict[int, tuple[str, str]], *, actor: User, standing: Standing) -> None:
    """Write the ticks of a checklist that changed: line id → (result, reason)."""
    for line in CaseMaterial.objects.filter(case=case, pk__in=ticks):
        tick, reason = ticks[line.pk]
        if (tick, reason) != (line.tick, line.reason):
            materials.tick(line, tick, reason, actor=actor, standing=standing)


@transaction.atomic
def take_in(
    case: Case,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    deferred: Any = (),
    ground: str = "",
    fact: str = "",
    again_reason: str = "",
) -> str:
    """受理: accept, ask for 补正, offer a promise, return, or refuse with clause and fact. Returns the outcome."""
    tick_lines(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "accept":
        accept(case, actor=actor, standing=standing, opinion=opinion)
    elif outcome == "supplement":
        ask_supplement(
            case, missing or [], actor=actor, standing=standing, step="intake", again_reason=again_reason
        )
    elif outcome == "defer":
        promises.offer(case, list(deferred), actor=actor, standing=standing)
    elif outcome == "return":
        cases.set_status(case, Case.Status.RECOMMENDED)
        cases.record(
            case,
            "returned_to_recommender",
            actor=actor,
            standing=standing,
            title=_("退回推荐单位"),
            public_text=opinion,
        )
    else:
        refuse(
            case,
            Case.Status.NOT_ACCEPTED,
            "not_accepted",
            _("不予受理"),
            ground,
            fact,
            actor=actor,
            standing=standing,
        )
    return outcome


def accept(case: Case, *, actor: User, standing: Standing, opinion: str = "", deferred: bool = False) -> None:
    cases.accept(case, actor=actor, standing=standing, deferred=deferred, opinion=opinion)
    letters.issue(case, letters.Acceptance.of(case), issuer=case.intake_organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind="accepted",
        subject=_("申报已受理"),
        body=_("办件 %(number)s 已受理。") % {"number": case.number},
    )


@transaction.atomic
def ask_supplement(
    case: Case,
    missing: list,
    *,
    actor: User,
    standing: Standing,
    step: str,
    again_reason: str = "",
) -> None:
    """补正 from any step: the notice, and its letter."""
    supplement = supplements.ask(
        case, missing, actor=actor, standing=standing, step=step, again_reason=again_reason
    )
    letters.issue(
        case, letters.SupplementNotice.of(case, supplement), issuer=standing.organisation, actor=actor
    )


@transaction.atomic
def answer_supplement(case: Case, *, actor: User, answers: dict[int, str]) -> Case:
    """The talent hands in what the open notice asked for; the case returns to the officer who asked."""
    supplement = case.supplements.filter(state="open").first()
    if supplement is None:
        raise Conflict(_("没有待答复的补正通知。"))
    supplements.answer(supplement, answers, actor=actor)
    case.refresh_from_db()
    return case


def supplement_end(case: Case) -> Any:
    """The last day of the open 补正 notice."""
    return case.supplements.get(state="open").due_on


@transaction.atomic
def answer_promise(case: Case, *, actor: User, accepted: bool) -> str:
    """The talent accepts or declines the promise; accepted means 容缺受理 at once. Returns the outcome."""
    promise = case.promises.filter(state="offered").first()
    if promise is None:
        raise Conflict(_("没有待答复的容缺承诺。"))
    if not accepted:
        promises.decline(promise, actor=actor)
        return "declined"
    promise = promises.accept(promise, actor=actor)
    # The officer who offered it accepts by it: 容缺受理 is his act, made effective by the promise.
    standing = appointments.standing(
        promise.offered_by, roles.INTAKE, case.intake_organisation, policy=case.policy
    )
    case.refresh_from_db()
    cases.accept(case, actor=promise.offered_by, standing=standing, deferred=True)
    letters.issue(
        case,
        letters.DeferredAcceptance.of(case, promise),
        issuer=case.intake_organisation,
        actor=promise.offered_by,
    )
    return "promised"


@transaction.atomic
def fulfil_promise(promise: Any, *, actor: User) -> Case:
    """The talent says that everything promised is in; from here on nothing is deferred."""
    promises.fulfil(promise, actor=actor)
    return Case.objects.get(pk=promise.case_id).specific()


def refuse(
    case: Case,
    status: str,
    kind: str,
    title: str,
    ground: str,
    fact: str,
    *,
    actor: User,
    standing: Standing,
    document: type[letters.NotAccepted] | type[letters.Refusal] | None = None,
) -> None:
    """End the case with a coded ground, its clause and the fact used; the letter says what remedy there is.

    document: the policy's own letter; otherwise the common one of not accepting or of refusing.
    """
    found = policy.figures(case.edition).refusal_ground(ground)
    cases.close(
        case,
        status,
        actor=actor,
        standing=standing,
        kind=kind,
        title=title,
        public_text=_("%(title)s。情形：%(ground)s（%(clause)s）。事实：%(fact)s。")
        % {"title": title, "ground": found.text, "clause": found.clause, "fact": fact},
        figures={"ground": ground},
    )
    document = document or (letters.NotAccepted if status == Case.Status.NOT_ACCEPTED else letters.Refusal)
    letters.issue(case, document.of(case, ground=found, fact=fact), issuer=standing.organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind=kind,
        subject=title,
        body=_("办件 %(number)s 的结果已出，请登录查看理由和救济途径。") % {"number": case.number},
    )


def lapse_supplement(supplement: Any) -> Case:
    """The 补正 deadline passed: close, with the letter."""
    case = supplements.lapse(supplement)
    return _terminated(case, _("逾期未补正"), _("行政许可法第三十二条；本事项补正期限规定"))


def lapse_promise(promise: Any) -> Case:
    """The promise was broken: close with the letter and the credit mark."""
    case = promises.lapse(promise)
    return _terminated(case, _("逾期未履行容缺承诺"), _("国办发〔2020〕42号；容缺受理承诺书"))


def _terminated(case: Case, reason: str, clause: str) -> Case:
    letters.issue(
        case,
        letters.Termination.of(case, reason=reason, clause=clause),
        issuer=case.intake_organisation,
        actor=None,
    )
    supplements.tell_applicant(
        case,
        kind="lapsed",
        subject=_("办理已终止"),
        body=_("办件 %(number)s 已终止，原因见终止通知书。") % {"number": case.number},
    )
    return case
