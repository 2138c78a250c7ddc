"""How a page after the recognition finds what it shows: through `visible_to`, or 404."""

from typing import Any

from django.http import Http404, HttpRequest

from talent.core.models import Case
from talent.core.services import audit, calendar
from talent.green_channel.models import GreenChannelCase, ServiceOrder
from talent.green_channel.services import orders
from workflows.base import telling

from ..access import find_officer_case, held_posts


def is_recognised(case: Case) -> bool:
    """Whether the pages after the recognition exist for `case`."""
    return isinstance(case, GreenChannelCase) and case.status == Case.Status.COMPLETED


def recognised(case: Case) -> GreenChannelCase:
    """`case` as one of the 直通车 that has been recognised, or 404."""
    if not is_recognised(case):
        raise Http404
    return case


def find_recognised(request: HttpRequest, number: str) -> GreenChannelCase:
    """A recognised case seen from inside by an officer of a party."""
    return recognised(find_officer_case(request, number))


def find_order(request: HttpRequest, number: str, place: int) -> ServiceOrder:
    """An order the reader may see, else 404; a look at a foreign one is recorded."""
    held_posts(request)
    rows = ServiceOrder.objects.filter(case__number=number, place=place)
    found = (
        rows.filter(pk__in=ServiceOrder.objects.visible_to(request.user))
        .select_related(
            "case__applicant", "case__employer", "case__edition", "owner", "claimed_by", "evidence"
        )
        .first()
    )
    if found is None:
        if rows.exists():
            audit.record("refused", actor=request.user, subject=number, succeeded=False)
        raise Http404
    return found


def order_row(made: ServiceOrder) -> dict[str, Any]:
    """One line of a list: the order, its light and the days left in words."""
    light, left = orders.light_of(made, calendar.today())
    return {"order": made, "light": light, "words": telling.words_for(light, left) if light else ""}
