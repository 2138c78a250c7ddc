"""How a desk page of placements finds what it shows."""

from django.http import Http404, HttpRequest

from talent.core import roles
from talent.placements.models import PlacementCase

from ..access import find_officer_case, held_posts


def bureaus(request: HttpRequest, *wanted: roles.Role) -> list[int]:
    """Keys of the organisations where the reader checks or heads, or holds one of `wanted`."""
    return [
        post.organisation.pk
        for post in held_posts(request)
        if post.role in (wanted or (roles.CHECKER, roles.BUREAU_HEAD))
    ]


def placement_case(request: HttpRequest, number: str) -> PlacementCase:
    """A placement seen from inside, or 404."""
    case = find_officer_case(request, number)
    if not isinstance(case, PlacementCase):
        raise Http404
    return case
