"""Who may act on money, asked at the moment of acting; and the rows that are locked before anything is read.

Order of locks, the same everywhere: batch, cases, audit chain, then awards, recoveries, numbers and budget lines. Whoever
has written an event already holds the chain, so nobody may wait for it while holding what comes after it.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, BudgetLine, Case, Organisation, PaymentBatch, Recovery, User

from .. import audit
from ..errors import NotAllowed
from ..standing import Standing, posts_of, recusal_reason


def post_for(
    actor: User, act: roles.Act, organisation: Organisation, policy: str | None = None
) -> Standing | None:
    """The post in `organisation` that lets `actor` do `act`; None without one."""
    for post in posts_of(actor):
        if post.organisation.pk == organisation.pk and post.role.may(act) and post.covers(policy):
            return post
    return None


def require(actor: User, act: roles.Act, organisation: Organisation, *, case: Case | None = None) -> Standing:
    """The same, or `NotAllowed`. With `case` an officer who must stay away from it is refused too (回避)."""
    post = post_for(actor, act, organisation, case.policy if case else None)
    if post is None:
        raise NotAllowed(
            _("您没有“%(organisation)s”%(act)s的岗位授权。")
            % {"organisation": organisation, "act": roles.ACT_LABELS[act]}
        )
    reason = recusal_reason(actor, case) if case else ""
    if reason:
        raise NotAllowed(reason)
    return post


def lock_cases(keys: Iterable[int]) -> dict[int, Case]:
    """The cases, locked in the order of their keys, and the chain: first thing in every act that moves money.

    A policy's act that touches awards of several cases calls this itself, for all of them, before its first event.
    """
    rows = Case.objects.select_for_update(of=("self",)).select_related("applicant", "edition")
    locked = {case.pk: case for case in rows.filter(pk__in=set(keys)).order_by("pk")}
    audit.hold_chain()
    return locked


def lock_award(award: Award) -> Award:
    """`award` as it is now, with its case, both locked."""
    case = lock_cases([award.case_id])[award.case_id]
    locked = (
        Award.objects.select_for_update(of=("self",))
        .select_related("handling_organisation", "paying_organisation", "edition")
        .get(pk=award.pk)
    )
    locked.case = case
    return locked


def lock_recovery(recovery: Recovery) -> Recovery:
    """`recovery` as it is now, with its award and case, all locked."""
    award = lock_award(recovery.award)
    locked = (
        Recovery.objects.select_for_update(of=("self",))
        .select_related("owner_organisation")
        .get(pk=recovery.pk)
    )
    locked.award = award
    return locked


def lock_batch(batch: PaymentBatch) -> PaymentBatch:
    """`batch` as it is now, locked."""
    return (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("organisation", "prepared_by")
        .get(pk=batch.pk)
    )


def lock_lines(keys: Iterable[int]) -> dict[int, BudgetLine]:
    """Budget lines, locked in the order of their keys."""
    rows = BudgetLine.objects.select_for_update(of=("self",)).select_related("region", "organisation")
    return {line.pk: line for line in rows.filter(pk__in=set(keys)).order_by("pk")}
