"""Posts granted and ended by two at the same moment, each with a twin without its lock that shows the damage.

The twins run on PostgreSQL only: SQLite has one writer at a time, and its lock cannot be taken away.
"""

import itertools
from functools import partial

import pytest
from django.db.models import QuerySet

from talent.core import identifiers, roles
from talent.core.models import Appointment, Organisation, Region, User
from talent.core.services import appointments
from talent.core.services.errors import ActRefused
from tests.flows.racing import at_once, met_after

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
_names = itertools.count(1)


def account(name: str) -> User:
    return User.objects.create_user(username=f"race{next(_names)}", password="Race-test-2026", name=name)


def organisation(kind: str = "bureau", code: str = "rsj") -> Organisation:
    region, _made = Region.objects.get_or_create(code="370800", defaults={"name": "济宁市", "kind": "city"})
    return Organisation.objects.create(code=code, name=f"示例{code}", kind=kind, region=region)


def appointed(role: roles.Role, where: Organisation, name: str) -> User:
    user = account(name)
    appointments.appoint(user, role, where, actor=None, reason="分工", system=True)
    return user


def without_lock(monkeypatch, model: type, check: str) -> None:
    """Take away the row lock on `model`, and let both hands meet right after the question `check`."""
    locking = QuerySet.select_for_update

    def unlocked(self, *args, **kwargs):
        return self if self.model is model else locking(self, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    monkeypatch.setattr(appointments, check, met_after(getattr(appointments, check), 2))


# --- one person, two posts that exclude each other ------------------------------------------------------------


def two_grants() -> tuple[User, list[partial]]:
    """Somebody without a post, and what gives him two that exclude each other."""
    bureau = organisation()
    security = appointed(roles.SECURITY_ADMIN, bureau, "安全员")
    officer = account("抢任")
    return officer, [
        partial(appointments.appoint, officer, role, bureau, actor=security, reason="分工")
        for role in (roles.FINANCE, roles.DECIDER)
    ]


def held(officer: User) -> int:
    return officer.appointments.filter(dismissed_at__isnull=True).count()


def test_two_grants_at_the_same_moment_never_give_excluding_posts():
    officer, grants = two_grants()
    outcomes = at_once(*grants)
    assert held(officer) == 1
    assert sum(isinstance(one, Appointment) for one in outcomes) == 1
    assert sum(isinstance(one, ActRefused) for one in outcomes) == 1


@pytest.mark.postgres
def test_without_the_lock_on_the_account_two_grants_give_excluding_posts(monkeypatch):
    officer, grants = two_grants()
    without_lock(monkeypatch, User, "require_compatible")
    outcomes = at_once(*grants)
    assert held(officer) == 2, outcomes


# --- the last two of an employer leave ------------------------------------------------------------------------


def two_leave() -> tuple[Organisation, list[partial]]:
    """An employer with two members, and what takes each away."""
    firm = organisation("employer", identifiers.make_credit_code(77))
    members = [appointed(roles.HR, firm, name) for name in ("人事甲", "人事乙")]
    return firm, [
        partial(appointments.dismiss, member.appointments.get(), actor=member, reason="离职")
        for member in members
    ]


def test_of_two_members_leaving_at_the_same_moment_one_stays():
    firm, leaving = two_leave()
    outcomes = at_once(*leaving)
    assert len(appointments.holders(roles.HR, firm)) == 1
    assert [one.code for one in outcomes if isinstance(one, ActRefused)] == ["last_hr"]


@pytest.mark.postgres
def test_without_the_lock_on_the_employer_both_leave_and_nobody_is_left(monkeypatch):
    firm, leaving = two_leave()
    without_lock(monkeypatch, Organisation, "_require_successor")
    outcomes = at_once(*leaving)
    assert len(appointments.holders(roles.HR, firm)) == 0, outcomes
