"""How the pages of applicants and employers find what is theirs, and where the next thing is done."""

from types import ModuleType

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case
from talent.core.services.appointments import Standing
from talent.core.services.errors import NotAllowed
from workflows import processes
from workflows.base.nodes import CONFIRM, PROMISE, SUPPLEMENT
from workflows.desk.access import find_case, held_posts


def own_case(request: HttpRequest, number: str) -> Case:
    """A case of which the signed-in person is the applicant, or 404."""
    case = find_case(request, number)
    if case.applicant.user_id != request.user.pk:
        raise Http404
    return case


def services_of(case: Case) -> ModuleType:
    return processes.of(case).services


def next_url(case: Case, node: str) -> str:
    """Where the applicant does what is awaited."""
    if own_page := processes.of(case).my_page:
        return reverse(own_page, args=[case.number])
    name = {CONFIRM: "my:dossier", SUPPLEMENT: "my:fix", PROMISE: "my:promise"}.get(node, "my:case")
    return reverse(name, args=[case.number])


def posts_at_unit(request: HttpRequest, *wanted: roles.Role) -> list[Standing]:
    """The reader's posts of an employer or recommender, or those of `wanted`; raises `NotAllowed` without one."""
    found = [post for post in held_posts(request) if post.role in (wanted or (roles.HR, roles.RECOMMENDER))]
    if not found:
        raise NotAllowed(
            _("该页面只对用人单位人事专员和推荐人开放。如需开通，请由单位现有人事专员邀请，或先注册单位。")
        )
    return found
