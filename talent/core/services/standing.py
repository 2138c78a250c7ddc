"""Who may act, asked at the moment of acting.

Rights are read from appointments and their dates, never from guardian's rows: what expired, was dismissed,
or belongs to a closed account or an unconfirmed organisation gives nothing. Four eyes, 回避 and incompatible
posts are asked here too, not on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Appointment,
    Case,
    CaseEvent,
    CaseParty,
    Deputy,
    Employment,
    Organisation,
    Recusal,
    Region,
    User,
    together,
)
from talent.core.models.appointments import held

from .errors import ActRefused, NotAllowed

_OUTSIDE = (roles.RECOMMENDER, roles.HR)


@dataclass(frozen=True)
class Standing:
    """In which post somebody acts.

    principal: the person stood in for, None when acting in one's own post.
    policies: the policies a deputy is limited to; empty means all.
    """

    user: User
    role: roles.Role
    organisation: Organisation
    principal: User | None = None
    policies: tuple[str, ...] = ()

    def covers(self, policy: str | None) -> bool:
        """Whether the post counts for `policy`; a limited deputy never counts for None, which means any."""
        return not self.policies or policy in self.policies


def _held(user: User | None, day: date) -> list[Standing]:
    """Own posts in force first, then those held as a deputy. One query."""
    if user is None or not getattr(user, "is_active", False) or user.pk is None:
        return []
    own, stood_in = held(user, day)
    posts = [Standing(user, row.as_role, row.organisation) for row in own]
    for row in stood_in:
        post = row.appointment
        posts.append(Standing(user, post.as_role, post.organisation, post.user, tuple(row.policies)))
    return posts


def _clash(role: roles.Role, posts: Iterable[Standing]) -> Standing | None:
    """A post among `posts` that may not be held together with `role`."""
    return next((post for post in posts if roles.incompatible(role, post.role)), None)


def posts_of(user: User, on: date | None = None) -> list[Standing]:
    """Every post `user` holds on a day, deputised ones included; posts that exclude each other count for nothing."""
    posts = _held(user, on or timezone.localdate())
    return [post for post in posts if _clash(post.role, posts) is None]


def standing(
    user: User,
    role: roles.Role,
    organisation: Organisation | None,
    *,
    on: date | None = None,
    policy: str | None = None,
    for_whom: int | None = None,
) -> Standing | None:
    """The post of `role` that `user` holds in `organisation`, None when there is none.

    policy: whose case it is about; without it a deputy limited to some policies has no standing.
    for_whom: key of the person whose work it is; the post of his deputy then comes before an own one.
    """
    if organisation is None:
        return None
    found = [
        post
        for post in posts_of(user, on)
        if post.role is role and post.organisation.pk == organisation.pk and post.covers(policy)
    ]
    for post in found:
        if post.principal is not None and post.principal.pk == for_whom:
            return post
    return found[0] if found else None


def organisations_where(
    user: User, *wanted: roles.Role, on: date | None = None, policy: str | None = None
) -> set[int]:
    """Keys of the organisations in which `user` holds one of the roles; one query whatever the grants."""
    return {
        post.organisation.pk for post in posts_of(user, on) if post.role in wanted and post.covers(policy)
    }


def standing_on(user: User, case: Case, act: roles.Act) -> Standing | None:
    """The post that lets `user` do `act` on `case`: its organisation takes part in the post's capacity."""
    posts = [
        post for post in posts_of(user) if post.role.may(act) and post.role.of and post.covers(case.policy)
    ]
    if not posts:
        return None
    taking_part = set(
        CaseParty.objects.filter(
            case_id=case.pk, organisation_id__in={post.organisation.pk for post in posts}
        ).values_list("organisation_id", "capacity")
    )
    for post in posts:
        if (post.organisation.pk, post.role.of.value) in taking_part:
            return post
    return None


def _done_by(
    user: User, case: Case, kinds: Iterable[str], *, principal: User | None = None
) -> QuerySet[CaseEvent]:
    """The last act of `kinds` on `case` in which one of the two had a hand."""
    people = [person.pk for person in (user, principal) if person is not None]
    return (
        CaseEvent.objects.filter(case_id=case.pk, kind__in=tuple(kinds))
        .filter(Q(actor__in=people) | Q(on_behalf_of__in=people))
        .only("title")
        .order_by("-seq")[:1]
    )


def _posts_there(user: User, case: Case) -> QuerySet[Employment]:
    """A present post of `user` at the case's employer."""
    if case.employer_id is None:
        return Employment.objects.none()
    return Employment.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=timezone.localdate()),
        profile__user_id=user.pk,
        organisation_id=case.employer_id,
    ).only("pk")[:1]


def separated(user: User, case: Case, kinds: Iterable[str], *, principal: User | None = None) -> str:
    """Four eyes: why `user` may not act after acts of `kinds` on `case`; empty when he may.

    What a deputy did counts for both, so neither can complete alone what they must do as two.
    """
    return _separation(_done_by(user, case, kinds, principal=principal))


def _separation(done: Iterable[CaseEvent]) -> str:
    for event in done:
        return _(
            "该办件的“%(title)s”由您（或您代理的人员）办理，同一人不能再办理这一步，请由本单位其他人员办理。"
        ) % {"title": event.title}
    return ""


def recusal_reason(user: User, case: Case) -> str:
    """回避: why an officer must stay away from this case; empty when there is nothing (公务员法 art. 76)."""
    declared, posts_there = _declared(user, case), _posts_there(user, case)
    together.fill(declared, posts_there)
    return _recusal(user, case, declared, posts_there)


def _declared(user: User, case: Case) -> QuerySet[Recusal]:
    """The 回避 that `user` has declared for `case`."""
    return Recusal.objects.filter(case_id=case.pk, user=user)[:1]


def _recusal(user: User, case: Case, declared: QuerySet[Recusal], posts_there: QuerySet[Employment]) -> str:
    if case.applicant.user_id is not None and case.applicant.user_id == user.pk:
        return _("您是该办件的申请人，应当回避。")
    if declared:
        return _("您已登记回避该办件，不能办理。")
    return _("您在该办件的用人单位任职，应当回避。") if posts_there else ""


def refusal(
    user: User,
    role: roles.Role,
    organisation: Organisation | None,
    case: Case,
    *,
    separated_from: Iterable[str] = (),
    for_whom: int | None = None,
) -> str:
    """Why `user` may not act as `role` for `organisation` on `case`; an empty string when he may."""
    if organisation is None:
        capacity = roles.CAPACITY_LABELS[role.of] if role.of else role.title
        return _("该办件尚未确定%(capacity)s，还不能办理这一步。") % {"capacity": capacity}
    post = standing(user, role, organisation, policy=case.policy, for_whom=for_whom)
    if post is None:
        return _missing(user, role, organisation)
    done = _done_by(user, case, separated_from, principal=post.principal)
    declared, posts_there = _declared(user, case), _posts_there(user, case)
    together.fill(done, declared, posts_there)
    reason = "" if role in _OUTSIDE else _recusal(user, case, declared, posts_there)
    return reason or _separation(done)


def _missing(user: User, role: roles.Role, organisation: Organisation) -> str:
    """The sentence for somebody without the post: names the clash when that is why."""
    posts = _held(user, timezone.localdate())
    if any(post.role is role and post.organisation.pk == organisation.pk for post in posts):
        clash = _clash(role, posts)
        if clash is not None:
            return clash_sentence(role, organisation, clash.role, clash.organisation)
    return _("您没有“%(organisation)s”%(role)s的岗位授权，或授权已到期、被免去。请联系安全管理员。") % {
        "organisation": organisation,
        "role": role.title,
    }


def clash_sentence(
    role: roles.Role, organisation: Organisation, other: roles.Role, other_organisation: Organisation
) -> str:
    """Names both posts that one person may not hold together."""
    return _("“%(a_org)s”的%(a)s与“%(b_org)s”的%(b)s不能由同一人担任，请先免去其中一个岗位。") % {
        "a_org": organisation,
        "a": role.title,
        "b_org": other_organisation,
        "b": other.title,
    }


def holders(role: roles.Role, organisation: Organisation, on: date | None = None) -> list[User]:
    """The people who hold the post in `organisation` on a day, deputies of today included."""
    day = on or timezone.localdate()
    posts = Appointment.objects.in_force(day).filter(role=role.codename, organisation=organisation)
    deputies = Deputy.objects.in_force(day).filter(appointment__in=posts)
    people = User.objects.filter(
        Q(pk__in=posts.values("user")) | Q(pk__in=deputies.values("deputy")), is_active=True
    )
    return list(people.order_by("pk"))


def superior_of(role: roles.Role, organisation: Organisation | None) -> list[User]:
    """To whom an overdue step of `role` goes: heads of the organisation, else of those above it, else the deciders."""
    level, first, seen = organisation, True, set()
    while level is not None and level.pk not in seen:
        seen.add(level.pk)
        if not (first and role is roles.BUREAU_HEAD):
            heads = holders(roles.BUREAU_HEAD, level)
            if heads:
                return heads
        level, first = level.parent, False
    posts = Appointment.objects.in_force(timezone.localdate()).filter(role=roles.DECIDER.codename)
    return list(User.objects.filter(pk__in=posts.values("user")).order_by("pk"))


def _reaches(post: Standing, organisation: Organisation) -> bool:
    """A 安全管理员 of a city organisation reaches everywhere, any other his own organisation and those below it."""
    if post.organisation.region.kind == Region.Kind.CITY:
        return True
    level, seen = organisation, set()
    while level is not None and level.pk not in seen:
        if level.pk == post.organisation.pk:
            return True
        seen.add(level.pk)
        level = level.parent
    return False


def require_right_to_appoint(actor: User | None, role: roles.Role, organisation: Organisation) -> Standing:
    """The post by which `actor` may grant or end `role` in `organisation`; raises `NotAllowed` without one.

    A 安全管理员, or for 单位人事专员 another one of the same employer.
    """
    for post in posts_of(actor) if actor else ():
        if post.role.may(roles.Act.APPOINT) and _reaches(post, organisation):
            return post
        own_members = role is roles.HR and post.role.may(roles.Act.MANAGE_MEMBERS)
        if own_members and post.organisation.pk == organisation.pk:
            return post
    raise NotAllowed(
        _("您没有任免“%(organisation)s”%(role)s的权限，请联系安全管理员。")
        % {"organisation": organisation, "role": role.title}
    )


def require_compatible(
    user: User, role: roles.Role, organisation: Organisation, *, starts_on: date, ends_on: date | None
) -> None:
    """Raise `ActRefused` naming both posts when `user` holds one in those days that excludes `role`.

    The account's row is locked, so that two grants at once cannot each overlook the other.
    """
    User.objects.select_for_update().get(pk=user.pk)
    still = Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)
    posts = Appointment.objects.filter(still, user=user, dismissed_at__isnull=True)
    stood_in = Deputy.objects.filter(
        deputy=user, ends_on__gte=starts_on, revoked_at__isnull=True, appointment__dismissed_at__isnull=True
    )
    if ends_on:
        posts, stood_in = posts.filter(starts_on__lte=ends_on), stood_in.filter(starts_on__lte=ends_on)
    held = list(posts.select_related("organisation"))
    held += [row.appointment for row in stood_in.select_related("appointment__organisation")]
    for post in held:
        if roles.incompatible(role, post.as_role):
            raise ActRefused(
                clash_sentence(role, organisation, post.as_role, post.organisation), code="incompatible"
            )
