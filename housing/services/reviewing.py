"""受理 (H3), the county's review (H4), and the way up to the city and back."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from housing.models import HousingCase
from talent.core import roles
from talent.core.models import Organisation, User
from talent.core.services import appointments, cases, intake
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from .checking import ask_bureaus
from .reading import figures_of

# What the county may say to the city.
UPWARD = {"pass": "审核通过", "recommend": "审核通过并推荐", "fail": "审核认为不符合条件"}


def city_bureau(case: HousingCase) -> Organisation:
    return Organisation.objects.get(code=figures_of(case.edition).routing.city_bureau)


@transaction.atomic
def review_in_county(
    case: HousingCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    ticks: dict | None = None,
    missing: list | None = None,
    again_reason: str = "",
) -> str:
    """H4: pass, recommend, or an adverse opinion, each to the city, which decides; or 补正. Returns the outcome."""
    intake.tick_lines(case, ticks or {}, actor=actor, standing=standing)
    if outcome == "supplement":
        intake.ask_supplement(
            case,
            missing or [],
            actor=actor,
            standing=standing,
            step="county_review",
            again_reason=again_reason,
        )
        return outcome
    cases.record(
        case, "county_reviewed", actor=actor, standing=standing, title=_("县市区审核"),
        public_text=_("%(name)s已完成审核，提请市级核查。") % {"name": standing.organisation.label},
        internal_text="：".join(part for part in (UPWARD[outcome], opinion) if part), figures={"outcome": outcome},
    )  # fmt: skip
    _lead(case, city_bureau(case))
    ask_bureaus(case, actor=actor, standing=standing)
    return outcome


@transaction.atomic
def return_to_county(case: HousingCase, reason: str, *, actor: User, standing: Standing) -> None:
    """The city sends the case back to the county, not to the applicant; the county's review begins again."""
    if not case.returnable:
        raise ActRefused(_("本办件由市级直接受理，没有县市区可以退回。"))
    if len(reason.strip()) < 4:
        raise ActRefused(_("退回县市区的，请写明原因（至少4个字）。"))
    _lead(case, case.intake_organisation)
    cases.record(
        case, "returned_to_county", actor=actor, standing=standing, title=_("退回县市区审核"),
        public_text=_("市级退回县市区重新审核。"), internal_text=reason,
    )  # fmt: skip


# The county's steps, which the city may take over.
COUNTY_STEPS = ("intake", "county_review")


def may_take_over(case: HousingCase, actor: User) -> Standing | None:
    """The leading post in the city's or the deciding bureau in which `actor` may take a case over from its county."""
    for organisation in (city_bureau(case), case.deciding_organisation):
        for role in (roles.BUREAU_HEAD, roles.DECIDER):
            found = appointments.standing(actor, role, organisation, policy=case.policy)
            if found:
                return found
    return None


@transaction.atomic
def take_over(case: HousingCase, *, node: str, actor: User, reason: str) -> None:
    """提级办理: the city goes on with what lies with the county, for a reason; no clock stops or begins anew.

    Raises `NotAllowed` for anybody but a leader of the city, `Conflict` when the case is not with a county.
    """
    standing = may_take_over(case, actor)
    if standing is None:
        raise NotAllowed(_("提级办理由市级部门负责人或审定人决定。"))
    if appointments.recusal_reason(actor, case):
        raise NotAllowed(appointments.recusal_reason(actor, case))
    if len(reason.strip()) < 4:
        raise ActRefused(_("提级办理的，请写明理由（至少4个字）。"))
    city = city_bureau(case)
    holder = case.intake_organisation if node == "intake" else case.lead_organisation
    if node not in COUNTY_STEPS or holder.pk == city.pk:
        raise Conflict(_("本办件现在不在县市区，无需提级办理。"))
    if node == "intake":
        case.intake_organisation = city
        case.save(update_fields=["intake_organisation"])
        cases.add_party(case, city, roles.Capacity.INTAKE)
    _lead(case, city)
    cases.record(
        case, "taken_over", actor=actor, standing=standing, title=_("市级提级办理"),
        public_text=_("由%(name)s继续办理，办理时限连续计算。") % {"name": city.label}, internal_text=reason,
        figures={"node": node, "from": holder.pk},
    )  # fmt: skip


def _lead(case: HousingCase, organisation: Organisation) -> None:
    """Whose officers work on the case from here on; who worked on it before stays a party and can follow it."""
    case.lead_organisation = organisation
    case.save(update_fields=["lead_organisation"])
    cases.add_party(case, organisation, roles.Capacity.LEAD)


@transaction.atomic
def take_in(case: HousingCase, *, actor: User, standing: Standing, outcome: str, **facts: Any) -> str:
    """H3, as every policy does it; a unit of the city has no county, so the bureaus are asked at once."""
    intake.take_in(case, actor=actor, standing=standing, outcome=outcome, **facts)
    if outcome == "accept" and case.city_level:
        ask_bureaus(case, actor=actor, standing=standing)
    return outcome


@transaction.atomic
def answer_promise(case: HousingCase, *, actor: User, accepted: bool) -> str:
    """The applicant accepts or declines the promise; accepted means 容缺受理, and what follows an acceptance."""
    outcome = intake.answer_promise(case, actor=actor, accepted=accepted)
    if outcome == "promised" and case.city_level:
        offered_by = case.promises.get(state="accepted").offered_by
        standing = appointments.standing(
            offered_by, roles.INTAKE, case.intake_organisation, policy=case.policy
        )
        ask_bureaus(case, actor=offered_by, standing=standing)
    return outcome
