"""What the database itself refuses in housing, and what happens without it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from housing import services
from housing.models import HousingCase
from talent.core import roles
from talent.core.models import Case, Organisation
from talent.core.services import drafts
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests import factories

pytestmark = pytest.mark.database


@pytest.fixture
def person(loaded):
    user = factories.account("talent", "赵示例")
    return factories.person(user, factories.identity_number(1990))


@pytest.fixture
def company(loaded):
    return factories.employer("示例石墨烯有限公司")


def begun(person, company, instrument="purchase") -> HousingCase:
    return services.begin(
        actor=person.user, applicant=person, instrument=instrument, employer=company, level_code="F1"
    )


def test_a_person_has_one_open_application_of_a_kind_and_a_new_one_when_it_has_ended(person, company):
    first = begun(person, company)
    with pytest.raises(Conflict, match=first.number):
        begun(person, company)
    Case.objects.filter(pk=first.pk).update(status=Case.Status.WITHDRAWN)
    assert begun(person, company).number != first.number


def test_without_the_key_in_the_database_two_would_stand_side_by_side(person, company, monkeypatch):
    begun(person, company)
    open_case = services.beginning.cases.open_case

    def without_key(*args, **facts):
        return open_case(*args, **(facts | {"open_key": None}))

    monkeypatch.setattr(services.beginning.cases, "open_case", without_key)
    begun(person, company)
    assert HousingCase.objects.filter(applicant=person, instrument="purchase").count() == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"handed_in": True},
        {"handed_in": True, "price": Decimal(1), "home_unit_no": ""},
        {"handed_in": True, "price": Decimal(1), "home_unit_no": "1", "marriage": "married"},
        {"instrument": "rent", "handed_in": True, "rent": Decimal(0)},
        {"lease_from": date(2026, 3, 2), "lease_to": date(2026, 3, 1)},
        {"granted_on": date(2026, 3, 2)},
        {"granted_on": date(2026, 3, 2), "decision": "approve", "amount_total": Decimal(1)},
    ],
)
def test_the_database_refuses_what_cannot_be_true(person, company, facts):
    case = begun(person, company)
    with pytest.raises(IntegrityError), transaction.atomic():
        HousingCase.objects.filter(pk=case.pk).update(**facts)


def test_nobody_verifies_his_own_amount_not_even_past_the_code(person, company):
    case, officer = begun(person, company), factories.account("officer", "核定人")
    with pytest.raises(IntegrityError), transaction.atomic():
        HousingCase.objects.filter(pk=case.pk).update(calculated_by=officer, verified_by=officer)
    HousingCase.objects.filter(pk=case.pk).update(calculated_by=officer)
    case.refresh_from_db()
    with pytest.raises(NotAllowed):
        services.verify(case, actor=officer, standing=None, outcome="approve")


def test_an_employer_in_a_place_without_an_office_is_told_whom_to_ask(person, company):
    Organisation.objects.filter(code="370811-rsj").update(status=Organisation.Status.INACTIVE)
    with pytest.raises(ActRefused, match="任城区"):
        begun(person, company)


def test_nobody_begins_or_confirms_for_somebody_else(person, company):
    other = factories.account("other", "钱示例")
    with pytest.raises(NotAllowed):
        services.begin(actor=other, applicant=person, instrument="rent", employer=company, level_code="F1")
    factories.appoint(person.user, roles.HR, company)
    case = begun(person, company)
    with pytest.raises(NotAllowed, match="本人"):
        services.answer_employer(case, actor=person.user, confirmed=True)


def test_a_draft_nobody_hands_in_is_emptied_and_a_new_one_may_begin(person, company):
    case = begun(person, company)
    services.state_household(case, actor=person.user, spouse_id_number="", benefits=["public_rental"])
    (kept,) = drafts.unfinished()
    until = drafts.kept_until(kept)
    for days in (30, 7):
        assert drafts.warn(kept, until - timedelta(days=days))
    assert drafts.purge(kept, until + timedelta(days=1))
    case.refresh_from_db()
    assert (case.status, case.benefits) == (Case.Status.STOPPED, [])
    assert begun(person, company).status == Case.Status.DRAFT
