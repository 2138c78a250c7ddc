"""How the applicant's pages find a case of one's own, and where the next thing is done."""

from django.http import Http404, HttpRequest
from django.urls import reverse

from talent.core.models import Case
from workflows.desk.access import find_case
from workflows.processes import BY_POLICY


def own_case(request: HttpRequest, number: str) -> Case:
    """A case of which the signed-in person is the applicant, or 404."""
    case = find_case(request, number)
    if case.applicant.user_id != request.user.pk:
        raise Http404
    return case


def services_of(case: Case):
    return BY_POLICY[case.policy].services


def next_url(case: Case, node: str) -> str:
    """Where the applicant does what is awaited."""
    name = {"confirm": "my:dossier", "supplement": "my:fix", "promise": "my:promise"}.get(node, "my:case")
    return reverse(name, args=[case.number])
