"""What the access tests need of 校聘企用 in each county."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from talent.core import identifiers
from talent.core.models import Organisation, TalentProfile, User
from talent.placements.models import FirmProfile, Need, PersonOffer, Placement
from talent.placements.services import applying, feeds, needs
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
