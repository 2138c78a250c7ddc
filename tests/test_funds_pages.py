"""Money on the pages of the desk: the whole way by HTTP, and a county that never sees another's."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from talent.core.models import Award, BudgetLine, Instalment, PaymentBatch, Recovery, Region
from talent.core.models.cases import CaseQuerySet
from talent.core.services import funds
from tests import factories
from tests.core.funds_world import Town, fresh, later, yuan
from workflows import tick

pytestmark = pytest.mark.django_db
ACCOUNT = "6222000012345678901"


class Desk(Town):
    """A town whose people have browsers, and a second county with money of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.browsers: dict[str, Client] = {}
        self.county = {}
        for code, who in (("370811", "county_finance"), ("370812", "other_county_finance")):
            office = factories.bureau(f"{code}-czj")
            line = funds.open_line(
                self.year, "housing", Region.objects.get(code=code), BudgetLine.Share.COUNTY, organisation=office,
                actor=self.people[who],
            )  # fmt: skip
            funds.allocate(line, yuan(100_000), actor=self.people[who], reason="年初预算")
            award = self.award(
                10_000,
                20_000,
                case=self.case(f"县{code}", code),
                portions=[funds.Portion(line, Decimal(1))],
                paying=office,
            )
            self.county[code] = award

    def browser(self, who: str) -> Client:
        if who not in self.browsers:
            self.browsers[who] = Client()
            self.browsers[who].force_login(self.people[who], "django.contrib.auth.backends.ModelBackend")
        return self.browsers[who]

    def get(self, who: str, name: str, *args, expect: int = 200, **query) -> str:
        response = self.browser(who).get(reverse(f"desk:funds:{name}", args=args), query)
        assert response.status_code == expect, response.content.decode()[:500]
        return response.content.decode()

    def post(self, who: str, name: str, *args, expect: int = 302, **data):
        response = self.browser(who).post(reverse(f"desk:funds:{name}", args=args), data)
        assert response.status_code == expect, response.content.decode()[:500]
        return response


@pytest.fixture
def desk(loaded):
    return Desk()


def test_a_batch_goes_its_whole_way_by_http(desk):
    rows = desk.ready(*(desk.award(amount).instalments.get() for amount in (60_000, 70_000)))
    page = desk.get("finance", "due", state="rechecked")
    assert page.count('name="instalment"') == 2
    chosen = [row.pk for row in rows]
    preview = desk.post("finance", "preview", instalment=chosen, expect=200).content.decode()
    assert "壹拾叁万元整" in preview
    assert "两人签批" in preview
    assert not PaymentBatch.objects.exists()
    desk.post("finance", "prepare", instalment=chosen)
    batch = PaymentBatch.objects.get()
    page = desk.get("finance", "batch", batch.number)
    assert "还需 2 人签批" in page
    assert reverse("desk:funds:sign", args=[batch.number]) not in page
    desk.post("finance", "sign", batch.number, expect=403)
    desk.post("finance2", "sign", batch.number, opinion="同意")
    desk.post("chief", "sign", batch.number, opinion="同意")
    assert fresh(batch).state == PaymentBatch.State.APPROVED
    file = desk.post("finance", "bank_file", batch.number, kind="csv", expect=200)
    assert ACCOUNT in file.content.decode("utf-8-sig")
    desk.post("finance", "send", batch.number)
    answer = SimpleUploadedFile("回盘.csv", desk.result(batch, failed={2: "户名不符"}))
    desk.post("finance", "result", batch.number, file=answer)
    assert fresh(batch).state == PaymentBatch.State.SETTLED
    assert ACCOUNT not in desk.get("finance", "batch", batch.number)
    failed = desk.get("officer", "due", state="failed")
    assert "户名不符" in failed
    bad = fresh(rows[1])
    desk.post("officer", "instalment", bad.award.number, bad.seq, act="retry", reason="账号已更正")
    assert fresh(bad).state == "due"
    desk.post("finance", "bounce", batch.number, 1, reason="账户销户退汇")
    assert fresh(rows[0]).state == "failed"
    assert funds.check()[1] == []


def test_a_county_sees_its_own_money_alone_in_lists_counts_addresses_and_exports(desk):
    own, foreign = desk.county["370811"], desk.county["370812"]
    desk.ready(*foreign.instalments.all())
    page = desk.get("county_finance", "due")
    assert own.case.number in page
    assert foreign.case.number not in page
    assert "30,000.00" not in page
    export = desk.post("county_finance", "due_export", expect=200).content.decode()
    assert own.case.number in export
    assert foreign.case.number not in export
    assert own.case.applicant.name not in export
    desk.get("county_finance", "award", foreign.number, expect=404)
    desk.get("county_finance", "award", own.number)
    foreign_line = BudgetLine.objects.get(region__code="370812")
    desk.get("county_finance", "budget_change", foreign_line.pk, expect=404)
    assert "兖州区" not in desk.get("county_finance", "budget").split("<form")[0]
    ageing = desk.get("county_finance", "ageing")
    assert "任城区" in ageing
    assert "兖州区" not in ageing
    desk.post("county_finance", "preview", instalment=foreign.instalments.first().pk)
    batch = funds.prepare(
        foreign.paying_organisation, foreign.instalments.all()[:1], actor=desk.people["other_county_finance"]
    )
    assert batch.number not in desk.get("county_finance", "batches")
    for name in ("sign", "take_back", "bank_file", "send", "result"):
        desk.post("county_finance", name, batch.number, expect=404)
    assert fresh(batch).state == PaymentBatch.State.SIGNING


def test_without_visible_to_the_other_county_is_seen(desk, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "visible_to", lambda self, user: self.all())
    assert desk.county["370812"].case.number in desk.get("county_finance", "due")


def test_a_lost_choice_is_told_and_nothing_is_prepared(desk):
    row = desk.ready(desk.award(1_000).instalments.get())[0]
    desk.batch(row)
    desk.post("finance", "prepare", instalment=[row.pk])
    assert PaymentBatch.objects.count() == 1
    desk.post("finance", "prepare", instalment=["x"])


def test_a_recovery_is_decided_received_and_written_off_by_http(desk):
    award = desk.award(50_000)
    desk.paid(award.instalments.get())
    recovery = funds.assess(
        award, yuan(30_000), lines=[funds.Line("已领", yuan(30_000), "示例条款")], reason="服务期未满", clause="示例条款",
        actor=desk.people["officer"],
    )  # fmt: skip
    assert "30,000.00" in desk.get("finance", "recoveries", state="assessed")
    desk.post("officer", "recovery_act", recovery.number, act="decide", expect=403)
    desk.post("head", "recovery_act", recovery.number, act="decide")
    facts = {"act": "receive", "amount": "12000", "reference": "JK1", "received_on": f"{later(0)}"}
    desk.post("finance", "recovery_act", recovery.number, **facts)
    desk.post("finance", "recovery_act", recovery.number, **facts)
    assert fresh(recovery).balance == 18_000
    desk.post("finance", "recovery_act", recovery.number, **facts | {"amount": "-5", "reference": "JK2"})
    receipt = recovery.receipts.get()
    desk.post(
        "finance", "recovery_act", recovery.number, act="reverse", receipt=receipt.pk, reason="记错追回"
    )
    assert fresh(recovery).balance == 30_000
    desk.post(
        "officer",
        "recovery_act",
        recovery.number,
        act="propose",
        amount="30000",
        reason="无可执行财产",
        clause="示例条款",
    )
    write_off = recovery.write_offs.get()
    desk.post("head", "recovery_act", recovery.number, act="approve", write_off=write_off.pk)
    assert fresh(recovery).state == Recovery.State.SETTLED
    page = desk.get("head", "recovery", recovery.number)
    assert "无可执行财产" in page
    assert funds.check()[1] == []


def test_budget_is_opened_allocated_transferred_and_closed_by_http(desk):
    facts = {"year": desk.year, "source": "talent", "region": "370811", "share": "city"}
    desk.post("finance", "budget", **facts)
    line = BudgetLine.objects.get(source="talent")
    assert "已经建立" in desk.post("finance", "budget", expect=200, **facts).content.decode()
    desk.post("finance", "budget_change", line.pk, act="allocate", amount="5000", reason="年初预算")
    desk.post(
        "finance",
        "budget_change",
        line.pk,
        act="transfer",
        amount="2000",
        target=desk.line.pk,
        reason="年中调剂",
    )
    assert fresh(line).allocated == 3000
    desk.post(
        "finance", "budget_change", line.pk, act="allocate", amount="0.001", reason="年初预算", expect=200
    )
    desk.post("auditor", "budget_change", line.pk, act="allocate", amount="5", reason="年初预算", expect=403)
    desk.post("finance", "budget_change", line.pk, act="close", reason="年终结账")
    page = desk.get("finance", "budget_change", line.pk)
    assert "已结账" in page
    assert "下达预算</button>" not in page
    assert "<svg" in desk.get("auditor", "budget", year=desk.year)


def test_suspension_and_resumption_by_the_handling_office(desk):
    award = desk.award(1_000)
    number = award.number
    desk.post("officer", "award_change", number, act="suspend", reason="核实劳动关系")
    assert "核实劳动关系" in desk.get("officer", "award", number)
    desk.post("officer", "award_change", number, act="stop", reason="已经离岗", clause="示例条款")
    assert fresh(award).state == Award.State.SUSPENDED
    desk.post("officer", "award_change", number, act="resume", reason="已核实")
    assert fresh(award).state == Award.State.SUSPENDED, "a reason of three signs says nothing"
    desk.post("officer", "award_change", number, act="resume", reason="劳动关系已核实")
    assert fresh(award).state == Award.State.SUSPENDED, "what pays again is decided by a second person"
    again = award.changes.get(state="proposed")
    desk.post("officer", "change", number, again.place, act="decide", verdict="approve", expect=403)
    desk.post("head", "change", number, again.place, act="decide", verdict="approve")
    assert fresh(award).state == Award.State.ACTIVE
    desk.post("officer", "award_change", number, act="else", reason="劳动关系已核实")
    desk.post("finance", "award_change", number, act="suspend", reason="核实劳动关系", expect=403)


def test_a_list_takes_as_many_questions_with_thirty_rows_as_with_one(desk):
    counts = []
    for size in (1, 12):
        for _one in range(size):
            desk.ready(desk.award(100).instalments.get())
        desk.get("finance", "due")
        with CaptureQueriesContext(connection) as asked:
            desk.get("finance", "due", state="rechecked")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 16
    assert Instalment.objects.count() >= 13


@pytest.mark.parametrize(
    "query", [{"state": "x"}, {"until": "x"}, {"page": "x"}, {"region": "0"}, {"q": "%"}]
)
def test_a_filter_that_says_nothing_valid_breaks_no_page(desk, query):
    desk.get("finance", "due", **query)
    desk.get("finance", "batches", **query)
    desk.get("finance", "recoveries", **query)
    desk.get("finance", "budget", year="x", **query)


def test_the_tick_makes_instalments_due_after_missed_nights_and_a_second_run_changes_nothing(desk):
    award = desk.award(100, 200, 300)
    for place, row in enumerate(award.instalments.order_by("seq")):
        Instalment.objects.filter(pk=row.pk).update(due_on=later(place * 4 - 6))
    for _run in range(2):
        assert not tick.run().failed
        assert list(award.instalments.order_by("seq").values_list("state", flat=True)) == [
            "due",
            "due",
            "waiting",
        ]
