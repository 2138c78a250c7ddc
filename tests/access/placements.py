"""What the access tests need of 校聘企用 in each county."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from talent.core import identifiers
from talent.core.models import Organisation, TalentProfile, User
from talent.core.services import materials
from talent.placements.models import (
    Agreement,
    FirmProfile,
    Need,
    PersonOffer,
    Placement,
    Rating,
    SignedCopy,
    SubsidyClaim,
)
from talent.placements.services import applying, feeds, needs
from tests import factories
from workflows.base import acts
from workflows.flows.placements import PlacementFlow


def furnish(world: Any, side: Any, *, hr: User) -> dict[str, Any]:
    """Of each county: a need open to all, one waiting for its publication, a person at work, an offer and a calendar."""
    lead = world.people["checker" if side.key == "a" else "other_checker"]
    kind = (
        {"kind": "tech_deputy", "days_per_year": 90}
        if side.key == "a"
        else {"kind": "rd_director", "days_per_year": 120}
    )
    made = [
        needs.post(
            actor=hr, firm=side.employer, title=f"岗位{side.key}{number}", field="石墨烯", problem="均匀性", expected_result="中试线",
            pay_per_year=Decimal("100000.00"), term_months=24, **kind,
        )
        for number in range(2)
    ]  # fmt: skip
    now = timezone.now()
    Need.objects.filter(pk__in=[need.pk for need in made]).update(
        status="checked", checked_by=lead, checked_at=now
    )
    FirmProfile.objects.create(
        firm=side.employer, firm_class="scale", conditions={"registered": True}, checked_by=lead
    )  # fmt: skip
    need = needs.publish(made[0], actor=lead)
    person = side.cases["review"].applicant
    TalentProfile.objects.filter(pk=person.pk).update(birth_date=date(1985, 6, 1))
    university = Organisation.objects.create(
        code=identifiers.make_credit_code(8000 + ord(side.key)), name=f"示例大学{side.key}", kind="university", region=side.employer.region
    )  # fmt: skip
    case = applying.apply(
        need,
        actor=person.user,
        university=university,
        starts_on=timezone.localdate(),
        degree="doctor",
        plan="计划",
    )
    PlacementFlow.start_for(case)
    case = acts.answer(case, "confirm_firm", actor=hr, agreed=True, side="firm")
    Placement.objects.filter(case=case).update(state="active")
    _claimed(Placement.objects.get(case=case), hr=hr, checker=lead)
    offer = PersonOffer.objects.create(
        university=university, person=person, field="石墨烯", days_per_year=100, published_by=lead
    )
    return {
        "need": need,
        "need_checked": made[1],
        "placement": case,
        "offer": offer,
        "feed": feeds.open_feed(hr),
    }


def _claimed(place: Placement, *, hr: User, checker: User) -> None:
    """A rated year with its evidence, a checked claim on it, and a copy of the agreement signed by the firm."""
    year = Rating.objects.create(
        placement=place, number=1, starts_on=place.starts_on, ends_on=place.starts_on, state="final", result="excellent",
        given_by=hr,
    )  # fmt: skip
    facts = {"holder": "示例单位", "bank": "示例银行", "account": "6222000012345678"}
    made = SubsidyClaim(
        placement=place, person=place.person, claimant=place.firm, code="firm_pay", rating=year, period=1,
        pay_paid=Decimal("100000.00"), claimed_by=hr, state="checked", pay_accepted=Decimal("100000.00"), checked_by=checker, **facts,
    )  # fmt: skip
    scan = materials.store_upload(
        factories.pdf(), owner=place.firm, type_code="P09", title="支付凭证", actor=hr
    )
    made.evidence = scan
    made.save()
    Rating.objects.filter(pk=year.pk).update(evidence=scan)
    agreement = Agreement.objects.create(
        case=place.case, version=1, state="superseded", terms=[], clauses=[], digest="0" * 64, drafted_by=hr
    )
    SignedCopy.objects.create(agreement=agreement, side="firm", file=scan, digest="0" * 64, signed_by=hr)
