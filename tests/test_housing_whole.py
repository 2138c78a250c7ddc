"""人才安居 from the application to the last yuan: paid, raised, asked back; and what is late, missed or looked for.

The people of `tests.housing.town`, and the county's finance. Days: 2 March 2026 is a Monday.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from housing import rules, services
from housing.models import HousingCase
from talent.core import roles
from talent.core.models import (
    Case,
    CreditMark,
    Instalment,
    Letter,
    PaymentBatch,
    Promise,
    Publicity,
    Recovery,
)
from talent.core.services import funds
from tests import factories
from tests.access.money import answer
from tests.housing import town
from workflows import tick

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [pytest.mark.database, pytest.mark.filterwarnings(PROFILE)]
GOOD = funds.RecheckResult((funds.Finding("in_post", "在岗", True, "单位确认在岗。", "示例条款"),))
ACCOUNT, PHONE = "1000000000000008", "19900000001"


@pytest.fixture
def world(loaded):
    with town.live() as lived:
        for name, role in (("payer", roles.FINANCE), ("payer2", roles.FINANCE)):
            lived.people[name] = factories.account(name, f"县财政{name[-1]}")
            factories.appoint(lived.people[name], role, factories.bureau("370811-czj"))
        yield lived


def _pay(world, rows: list[Instalment]) -> PaymentBatch:
    """Rechecked by the county, then on the pages of its finance: preview, batch, signature, bank file, sent."""
    for row in rows:
        funds.recheck(row, GOOD, actor=world.people["county"])
    chosen = {"instalment": [row.pk for row in rows]}
    world.post("payer", "desk:funds:preview", data=chosen, expect=200)
    world.post("payer", "desk:funds:prepare", data=chosen)
    batch = PaymentBatch.objects.latest("pk")
    world.post("payer", "desk:funds:sign", batch.number, expect=403)
    world.post("payer2", "desk:funds:sign", batch.number, data={"opinion": "同意"})
    batch.file = world.post("payer", "desk:funds:bank_file", batch.number, data={"kind": "csv"}, expect=200)
    world.post("payer", "desk:funds:send", batch.number)
    return batch


def _hidden(world, page: str, *secrets: str) -> None:
    assert [secret for secret in secrets if secret in page] == []


def test_a_case_goes_from_the_application_to_paid_raised_and_recovered_money(world):
    city, county = world.budget(city=500_000, county=500_000)
    case = world.at_calculate("purchase", "C", checked=True, home={"price": "120000.00"})
    case = world.verify(world.calculate(case))
    case = world.decide("org_head", case, "endorse", "approve")
    # Ten minutes before the last day of the publicity is over somebody still objects; ten minutes later nobody can.
    shown = case.publicities.get()
    world.at(shown.ends_on, 23, 50)
    page = world.get("visitor", "publicity_page", shown.key).content.decode()
    _hidden(world, page, world.number, PHONE, ACCOUNT, case.home_unit_no, "配偶")
    world.object(shown, "请核实申请人是否仍在该单位工作。")
    world.at(shown.ends_on + timedelta(days=1), 0, 0)
    world.object(shown, "请核实申请人是否仍在该单位工作。")
    assert shown.objections.count() == 1
    tick.run()
    assert world.fresh(case).step == "publicity"
    objection = shown.objections.get()
    world.at(world.today)
    world.post("county", "desk:settle", objection.number, data={"upheld": "no", "finding": "经核实仍在岗。"})
    tick.run()
    case = world.rule(world.fresh(case), who="org_head")
    assert (case.status, case.amount_total) == (Case.Status.COMPLETED, Decimal(60_000))

    tick.run()
    award = case.awards.get()
    first, second = award.instalments.order_by("seq")
    assert (first.state, second.state, first.amount) == ("due", "waiting", Decimal(30_000))
    batch = _pay(world, [first])
    sent = batch.file.content.decode("utf-8-sig")
    assert sent.splitlines()[0] == ",".join(funds.COLUMNS)
    assert ACCOUNT in sent
    _hidden(world, sent, world.number, PHONE, case.home_unit_no, case.number, world.employer.name)
    told = SimpleUploadedFile("回盘.csv", answer(batch))
    world.post("payer", "desk:funds:result", batch.number, data={"file": told})
    first.refresh_from_db()
    assert first.state == "paid"
    assert "已到账" in world.get("talent", "my:case", case.number).content.decode()
    for line in (city, county):
        line.refresh_from_db()
        assert line.paid == Decimal(15_000)

    # He leaves at once: what the rule asks back is all that was paid. What is due next is kept back from it.
    owed = rules.recovery(
        services.figures_of(case.edition), event="left", total=award.total, paid=funds.paid_of(award), months=0,
        day=world.today,
    )  # fmt: skip
    assert owed.refund == Decimal(30_000)
    recovery = funds.assess(
        award, owed.refund, lines=[funds.Line(owed.reason, owed.refund, owed.clause)], reason="离开本地单位",
        clause=owed.clause, actor=world.people["county"],
    )  # fmt: skip
    world.post("org_head", "desk:funds:recovery_act", recovery.number, data={"act": "decide"})
    difference = Decimal(20_000)
    halves = tuple(funds.Portion(line, Decimal("0.5")) for line in (city, county))
    funds.upgrade(
        award, lines=[funds.Line("层次提升补差", difference, "示例条款")],
        plan=[funds.Planned("2026-03-bc", "补差", difference, world.today, halves)], reason="层次提升",
        actor=world.people["org_head"],
    )  # fmt: skip
    tick.run()
    batch = _pay(world, [award.instalments.get(period="2026-03-bc")])
    batch.refresh_from_db()
    recovery.refresh_from_db()
    assert (batch.state, batch.gross, batch.net) == (PaymentBatch.State.SETTLED, difference, 0)
    assert (recovery.offset, recovery.balance, recovery.state) == (difference, Decimal(10_000), "notified")
    assert funds.check()[1] == []
    _unseen_by_the_other_county(world, case, recovery, batch)


def _unseen_by_the_other_county(world, case: HousingCase, recovery: Recovery, batch: PaymentBatch) -> None:
    """Not in lists, searches, counts, exports or by address; the case's own county finds it in each list."""
    lists = (
        ("desk:cases", {}), ("desk:cases", {"q": case.number}), ("desk:cases", {"q": case.applicant.name}),
        ("desk:home", {"view": "organisation"}), ("desk:publicity", {}), ("desk:funds:due", {}),
        ("desk:funds:recoveries", {}),
    )  # fmt: skip
    secrets = (reverse("desk:case", args=[case.number]), case.awards.get().number, recovery.number)
    for name, query in lists:
        _hidden(world, world.get("other_county", name, **query).content.decode(), *secrets)
    for name, secret in (("desk:cases", secrets[0]), ("desk:funds:due", secrets[1]),
                         ("desk:funds:recoveries", secrets[2])):  # fmt: skip
        assert secret in world.get("county", name).content.decode()
    exported = world.post("other_county", "desk:funds:due_export", expect=200).content.decode()
    _hidden(world, exported, case.number, *secrets)
    assert case.number in world.post("county", "desk:funds:due_export", expect=200).content.decode()
    world.get("other_county", "desk:case", case.number, expect=404)
    world.get("other_county", "desk:funds:award", secrets[1], expect=404)
    world.get("other_county", "desk:funds:recovery", recovery.number, expect=404)


def test_a_higher_level_later_pays_the_difference_in_a_second_case(world):
    first = world.rule(world.publicity_over(world.verify(world.calculate(world.at_calculate(level="F2")))))
    assert first.amount_total == Decimal(60_000)
    second = world.calculate(world.at_calculate(level="F1"))
    assert second.amount_total == Decimal(240_000)
    assert "60,000" in world.get("talent", "my:case", second.number).content.decode()


def _states() -> dict[str, list]:
    """What must not depend on the night a tick ran: states and letters, not the day of a reminder."""
    return {
        "cases": list(Case.objects.order_by("pk").values_list("number", "status", "step")),
        "instalments": list(Instalment.objects.order_by("pk").values_list("state", "reason", "owner_role")),
        "promises": list(Promise.objects.order_by("pk").values_list("state", flat=True)),
        "publicities": list(Publicity.objects.order_by("pk").values_list("state", flat=True)),
        "marks": [CreditMark.objects.count()],
        "letters": sorted(Letter.objects.values_list("case__number", "kind")),
    }


def test_five_missed_nights_and_two_runs_leave_what_daily_runs_leave(world):
    world.budget(city=500_000, county=500_000)
    granted = world.rule(
        world.publicity_over(world.verify(world.calculate(world.at_calculate("rent", "F2"))))
    )
    Instalment.objects.filter(award__case=granted, seq=1).update(due_on=world.today + timedelta(days=3))
    world.applicant("wife", "钱示例")
    shown = world.at_calculate("purchase", "F1", who="wife", account="1000000000000016")
    shown = world.verify(world.calculate(shown, overlap_reason=""))
    world.applicant("late", "孙示例")
    late = world.confirm(
        world.handed_in("rent", "F2", who="late", missing=("M13",), account="1000000000000024")
    )
    late = world.accept(late, outcome="defer", deferred=[late.materials.get(code="M13").pk])
    world.post("late", "my:promise", late.number, data={"answer": "accept"})
    promise = late.promises.get()
    # The last day of the promise is two days away when the nights are missed.
    Promise.objects.filter(pk=promise.pk).update(due_on=world.today + timedelta(days=2))
    start = world.today
    with transaction.atomic():
        for day in range(1, 9):
            world.at(start + timedelta(days=day), 2)
            tick.run()
        daily = _states()
        transaction.set_rollback(True)
    assert _states() != daily
    world.at(start + timedelta(days=8), 2)
    assert not tick.run().failed
    assert _states() == daily
    tick.run()
    assert _states() == daily
    # And something did happen: the promise is broken, the publicity over, the instalment due.
    late, shown = world.fresh(late), world.fresh(shown)
    assert (late.status, shown.step, CreditMark.objects.count()) == (Case.Status.LAPSED, "decide", 1)
    assert granted.awards.get().instalments.get(seq=1).state == "due"
    assert not late.awards.exists()
    world.get("county", "desk:decide", late.number, "county_review", expect=409)
