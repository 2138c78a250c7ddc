"""The worklist: open steps by view, filter and sort, at a fixed number of queries whatever the rows.

Reads the small table of open steps and the case row only; the engine's history is never scanned.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from talent.core import roles
from talent.core.clock import Light
from talent.core.models import Case, CaseEvent, TalentProfile, User
from talent.core.services import calendar, counting, messages, people
from workflows.models import OpenStep

from .access import held_posts

PAGE = 25
CAP = 99
SORTS = {
    "due": ("due_on", "pk"),
    "-due": ("-due_on", "-pk"),
    "arrived": ("opened_at", "pk"),
    "-arrived": ("-opened_at", "-pk"),
    "number": ("case__number", "pk"),
    "-number": ("-case__number", "-pk"),
}


VIEWS = ("mine", "claim", "overdue", "near", "organisation")


def shown(number: int) -> int | str:
    """A count as it is shown: 「99+」 beyond CAP."""
    return f"{CAP}+" if number > CAP else number


def posts_for_queue(held: list) -> list[tuple[int, str, tuple[str, ...]]]:
    """The posts as the queue predicate takes them; `held` comes from `appointments.posts_of`."""
    return [(post.organisation.pk, post.role.codename, tuple(post.policies)) for post in held]


def steps(user: User, held: list, view: str) -> QuerySet[OpenStep]:
    """The open steps of a view: mine, claim, organisation, overdue, near; none of a case the user is recused from."""
    today = calendar.today()
    organisations = [post.organisation.pk for post in held if post.role.views_cases]
    open_to_me = OpenStep.objects.exclude(case__recusals__user=user)
    own = open_to_me.mine(user, [post for post in held if post.principal])
    everything = open_to_me.filter(organisation_id__in=organisations, waiting=OpenStep.Waiting.OFFICER)
    views = {
        "mine": own,
        "claim": open_to_me.claimable(posts_for_queue(held)),
        "organisation": everything,
        "overdue": everything.overdue(today),
        "near": everything.near_due(today),
    }
    return views.get(view, own)


def counts(request: HttpRequest) -> dict[str, int]:
    """Every count around the page in one statement, asked once per request: messages, profile, open steps."""
    if not hasattr(request, "counts"):
        asked = {
            "unread": messages.unread(request.user),
            "profile": TalentProfile.objects.filter(user=request.user),
        }
        held = held_posts(request)
        if request.path.startswith("/desk/") and is_officer(held):
            asked |= {view: steps(request.user, held, view) for view in VIEWS}
        request.counts = counting.capped(CAP + 1, **asked)
    return request.counts


def is_officer(held: list) -> bool:
    """Whether one of the posts opens the desk."""
    return any(post.role in roles.OFFICERS for post in held)


@dataclass(frozen=True)
class Row:
    """One line of the worklist, as the template shows it."""

    step: OpenStep
    light: Light
    left: int | None

    @property
    def case(self) -> Case:
        return self.step.case


def light_of(step: OpenStep, today: Any, current: Any) -> tuple[Light, int | None]:
    """The light of one step and the working days left (negative when over)."""
    if step.due_on is None:
        return Light.PAUSED if step.case.paused else Light.GREEN, None
    left = current.working_days_between(today, step.due_on)
    if step.due_on < today:
        return Light.RED, left
    if step.warn_on and step.warn_on <= today:
        return Light.YELLOW, left
    return Light.GREEN, left


def narrow(queryset: QuerySet[OpenStep], query: QueryDict, user: User) -> QuerySet[OpenStep]:
    """Apply the filters of the URL: q, node, level, region, light, policy."""
    text = query.get("q", "").strip()
    if text:
        queryset = queryset.filter(case__in=search(text, user))
    if query.get("node"):
        # A joint check is one step of the procedure and many nodes.
        queryset = queryset.filter(Q(node=query["node"]) | Q(case__step=query["node"]))
    for parameter, field in (("level", "case__level_code"), ("policy", "policy")):
        if query.get(parameter):
            queryset = queryset.filter(**{field: query[parameter]})
    if query.get("region", "").isdigit():
        queryset = queryset.filter(case__region_id=query["region"])
    today = calendar.today()
    if query.get("light") == "red":
        queryset = queryset.overdue(today)
    elif query.get("light") == "yellow":
        queryset = queryset.near_due(today)
    return queryset


def search(text: str, user: User) -> QuerySet[Case]:
    """Visible cases by number or by the beginning of the applicant's name."""
    visible = Case.objects.listed_for(user)
    compact = text.replace(" ", "").upper()
    if compact and compact[0].isascii():
        return visible.filter(_begins("number", compact))
    return visible.filter(_begins("applicant__name", text))


def _begins(field: str, text: str) -> Q:
    """`field` begins with `text`, found by the index of either database.

    SQLite's LIKE uses none and its text is ordered by characters; PostgreSQL has one for LIKE, and a collation.
    """
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})


def search_identity(number: str, user: User) -> QuerySet[Case]:
    """Visible cases of the person with exactly this identity number (blind index). Comes by POST, never in a URL."""
    person = people.find_by_identity(number)
    visible = Case.objects.listed_for(user)
    return visible.filter(applicant=person) if person else visible.none()


def page_of(queryset: QuerySet[OpenStep], query: QueryDict) -> tuple[list[Row], bool, int]:
    """One page without COUNT: rows, whether there are more, and the page number."""
    number = int(query["page"]) if query.get("page", "").isdigit() else 1
    number = min(max(number, 1), 400)
    start = (number - 1) * PAGE
    ordered = queryset.order_by(*SORTS.get(query.get("sort", ""), SORTS["due"]))
    keys = list(ordered.values_list("pk", flat=True)[start : start + PAGE + 1])
    rows = {
        step.pk: step
        for step in OpenStep.objects.filter(pk__in=keys[:PAGE])
        .select_related("case__applicant", "case__employer", "case__region", "organisation", "owner")
        .order_by("pk")
    }
    today, current = calendar.today(), calendar.current()
    return (
        [Row(rows[key], *light_of(rows[key], today, current)) for key in keys[:PAGE] if key in rows],
        len(keys) > PAGE,
        number,
    )


def done(user: User) -> QuerySet[CaseEvent]:
    """What this person has decided, newest first."""
    mine = CaseEvent.objects.filter(actor=user).exclude(case__recusals__user=user)
    return mine.exclude(kind__in=("claimed", "revealed")).order_by("-pk")
