"""Files of a placement: the proof of a claim, the evidence of a rating, a signed agreement."""

from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from talent.core.services.errors import NotAllowed
from talent.placements.models import PlacementCase, Rating, SignedCopy
from talent.placements.services import claims, sides

from ..access import find_case, inside, only_checking
from ..case import sent
from .claims import find


def _placement(request: HttpRequest, number: str) -> PlacementCase:
    case = find_case(request, number)
    if not isinstance(case, PlacementCase):
        raise Http404
    return case


@require_safe
def claim_evidence(request: HttpRequest, number: str, code: str, period: int) -> FileResponse:
    """The proof of a claim: for the claimant and the bureaus that check and approve it."""
    claim = find(_placement(request, number), code, period)
    try:
        claims.require_reader(claim, actor=request.user)
    except NotAllowed:
        raise Http404 from None
    return sent(claim.evidence)


@require_safe
def rating_evidence(request: HttpRequest, number: str, year: int) -> FileResponse:
    """What a firm handed in with its rating: for the three sides and the officers of the case."""
    case = _placement(request, number)
    rating = get_object_or_404(
        Rating.objects.select_related("evidence__document"), placement__case=case, number=year
    )
    within = inside(request, case) and not only_checking(request, case)
    if rating.evidence is None or not (within or sides.sides_of(case, request.user)):
        raise Http404
    return sent(rating.evidence)


@require_safe
def signed_agreement(request: HttpRequest, number: str, version: int, side: str) -> FileResponse:
    """The copy of the agreement a side has signed: for the three sides only, like the agreement itself."""
    case = _placement(request, number)
    if not sides.sides_of(case, request.user):
        raise Http404
    copy = get_object_or_404(
        SignedCopy.objects.select_related("file__document"),
        agreement__case=case, agreement__version=version, side=side,
    )  # fmt: skip
    return sent(copy.file)
