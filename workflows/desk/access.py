"""How a desk page finds what it shows: through `visible_to`, or 404."""

from collections.abc import Callable
from functools import wraps

from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, together
from talent.core.services import appointments, audit
from talent.core.services.errors import Conflict, NotAllowed
from workflows.base.acts import process_of
from workflows.models import OpenStep


def held_posts(request: HttpRequest) -> list:
    """The posts of the signed-in user, asked once per request for its doors and its menu; acts ask again."""
    if not hasattr(request, "held_posts"):
        request.posts_read = getattr(request, "posts_read", {})
        with appointments.remembered(request.posts_read):
            request.held_posts = appointments.posts_of(request.user)
    return request.held_posts


def officers(view: Callable) -> Callable:
    """Only people who hold an officer's post; everybody else is told so."""

    @wraps(view)
    def guarded(request: HttpRequest, *args, **kwargs):
        if not any(post.role in roles.OFFICERS for post in held_posts(request)):
            raise NotAllowed(_("工作台只对经办部门的工作人员开放；您的办件请在“我的办件”中查看。"))
        return view(request, *args, **kwargs)

    guarded.audience = "officer"
    return guarded


def holders_of(*acts: roles.Act) -> Callable:
    """Only people with a post that may do one of `acts`."""

    def wrap(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: HttpRequest, *args, **kwargs):
            if not any(post.role.may(act) for post in held_posts(request) for act in acts):
                names = "、".join(roles.ACT_LABELS[act] for act in acts)
                raise NotAllowed(_("您没有“%(acts)s”的岗位授权。") % {"acts": names})
            return view(request, *args, **kwargs)

        guarded.audience = "+".join(acts)
        return guarded

    return wrap


# What nearly every page of a case shows, read with its row.
TOGETHER = (
    "applicant", "employer", "recommender", "intake_organisation", "lead_organisation", "deciding_organisation",
    "steward", "edition", "region", "chain",
)  # fmt: skip


def find_case(request: HttpRequest, number: str) -> Case:
    """The case, or 404 for a foreign or unknown number; a look at a foreign case is recorded."""
    held_posts(request)
    with appointments.remembered(request.posts_read):
        case = (
            Case.objects.visible_to(request.user)
            .select_related(*TOGETHER, *Case.kinds())
            .filter(number=number)
            .first()
        )
    if case is None:
        if Case.objects.filter(number=number).exists():
            audit.record("refused", actor=request.user, subject=number, succeeded=False)
        raise Http404
    return case.specific()


def find_officer_case(request: HttpRequest, number: str, *, checking: bool = False) -> Case:
    """A case seen from inside: the viewer must be an officer of a party, not just its applicant or employer.

    checking: also for officers of a bureau that is only asked for a check; their pages show just that check.
    """
    case = find_case(request, number)
    if not inside(request, case) or (not checking and only_checking(request, case)):
        raise Http404
    return case


def find_officer_step(request: HttpRequest, number: str, node: str) -> tuple[Case, OpenStep]:
    """A case seen from inside, also for a check alone, and its open step at a node. No process number in any URL.

    A step that is not open (somebody has just finished it) raises `Conflict`, a name that is no step is a 404.
    """
    case = find_case(request, number)
    found = OpenStep.objects.filter(case_id=case.pk, node=node).select_related(
        "organisation", "owner", "task__process"
    )[:1]
    parties = case.parties.all()
    together.fill(found, parties)
    together.keep(case, parties=parties)
    if not inside(request, case):
        raise Http404
    if found:
        return case, found[0].of(case)
    if node not in {known.name for known in process_of(case).flow_class.instance.nodes()}:
        raise Http404
    raise Conflict(_("该环节已由他人办理或尚未到达，请查看办件的最新状态。"))


def inside(request: HttpRequest, case: Case) -> bool:
    """Whether the viewer sees internal opinions and notes of this case."""
    return bool(_capacities(request, case))


def only_checking(request: HttpRequest, case: Case) -> bool:
    """Whether the viewer is here for a check alone: he sees what it needs, and nothing of the other bureaus."""
    return _capacities(request, case) == {roles.Capacity.CHECKING}


def _capacities(request: HttpRequest, case: Case) -> set[str]:
    """In what capacities the viewer's organisations take part inside; none for the applicant."""
    if case.applicant.user_id == request.user.pk:
        return set()
    organisations = {
        post.organisation.pk
        for post in held_posts(request)
        if post.role in roles.OFFICERS and post.role.views_cases and post.covers(case.policy)
    }
    outside = (roles.Capacity.EMPLOYER, roles.Capacity.RECOMMENDER, roles.Capacity.SENDING)
    prefetch_related_objects([case], "parties")
    return {
        party.capacity
        for party in case.parties.all()
        if party.organisation_id in organisations and party.capacity not in outside
    }


def guest(request: HttpRequest, case: Case) -> bool:
    """Whether the viewer sees this case by a grant alone: an outside expert, neither applicant nor of a party."""
    if case.applicant.user_id == request.user.pk:
        return False
    organisations = {post.organisation.pk for post in held_posts(request) if post.role.views_cases}
    prefetch_related_objects([case], "parties")
    return not any(party.organisation_id in organisations for party in case.parties.all())
