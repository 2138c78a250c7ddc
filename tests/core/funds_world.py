"""A town with money: finance of the city and of two counties, an office that handles, and awards by the dozen."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from django.utils import timezone

from talent.core import roles
from talent.core.models import Award, BudgetLine, Case, Instalment, Organisation, PaymentBatch, Region, User
from talent.core.services import cases, funds, policy
from talent.core.services.funds import bankfile
from tests import factories

OFFICERS = {
    "finance": ("拨付甲", roles.FINANCE, "czj"),
    "finance2": ("拨付乙", roles.FINANCE, "czj"),
    "finance3": ("拨付丙", roles.FINANCE, "czj"),
    "chief": ("财政科长", roles.BUREAU_HEAD, "czj"),
    "officer": ("经办甲", roles.CHECKER, "rsj"),
    "officer2": ("经办乙", roles.CHECKER, "rsj"),
    "head": ("人社科长", roles.BUREAU_HEAD, "rsj"),
    "county_finance": ("县拨付甲", roles.FINANCE, "370811-czj"),
    "other_county_finance": ("县拨付乙", roles.FINANCE, "370812-czj"),
    "auditor": ("审计甲", roles.AUDITOR, "zzb"),
}
CLAUSE = "示例办法第5条"
_serial = count(1)


def yuan(amount: int | str) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


GOOD = funds.RecheckResult(
    (
        funds.Finding("in_post", "在岗", True, "在岗。", CLAUSE),
        funds.Finding("home", "住房", True, "无其他住房。", CLAUSE),
    )
)
GONE = funds.RecheckResult(
    (
        funds.Finding("in_post", "在岗", False, "用人单位反映已离岗", CLAUSE),
        funds.Finding("home", "住房", True, "无其他住房。", CLAUSE),
    )
)


class Town:
    """Offices, people and one budget line of this year for each share of a county."""

    def __init__(self) -> None:
        self.people: dict[str, User] = {}
        for name, (person, role, code) in OFFICERS.items():
            self.people[name] = factories.account(name, person)
            factories.appoint(self.people[name], role, factories.bureau(code))
        self.finance, self.office = factories.bureau("czj"), factories.bureau("rsj")
        self.region = Region.objects.get(code="370811")
        self.employer = factories.employer("示例石墨烯有限公司")
        self.year = timezone.localdate().year
        self.line = self.open_line(1_000_000)

    def open_line(self, amount: int | str, **more) -> BudgetLine:
        facts = {
            "year": self.year, "source": "housing", "region": self.region, "share": BudgetLine.Share.CITY,
            "organisation": self.finance,
        } | more  # fmt: skip
        line = funds.open_line(
            facts.pop("year"), facts.pop("source"), facts.pop("region"), facts.pop("share"),
            actor=self.people["finance"], **facts,
        )  # fmt: skip
        if Decimal(amount):
            funds.allocate(line, yuan(amount), actor=self.people["finance"], reason="年初预算")
        return line

    def case(self, name: str = "", region: str = "370811") -> Case:
        """An approved case of a new person with an account."""
        serial = next(_serial)
        user = factories.account(f"talent{serial}", name or f"申领{serial}")
        person = factories.person(user, factories.identity_number())
        made = cases.open_case(
            Case, actor=user, edition=policy.edition_for("green_channel"), applicant=person,
            intake=factories.bureau("zzb"), employer=self.employer, region=Region.objects.get(code=region),
        )  # fmt: skip
        return cases.set_status(made, Case.Status.APPROVED, submitted_at=timezone.now())

    def account(self, to, number: str = "6222000012345678901") -> funds.Account:
        return funds.Account(to, to.name, "示例银行济宁分行", number)

    def award(
        self,
        *amounts: int | str,
        case: Case | None = None,
        portions: Sequence[funds.Portion] | None = None,
        **more,
    ) -> Award:
        """An award whose instalments are due today, borne by the town's line."""
        case = case or self.case()
        today = timezone.localdate()
        portions = (funds.Portion(self.line, Decimal(1)),) if portions is None else tuple(portions)
        plan = [
            funds.Planned(
                f"{today.year}-{place}", f"第{place}期", yuan(amount), more.pop("due_on", today), portions
            )
            for place, amount in enumerate(amounts, 1)
        ]
        total = sum((one.amount for one in plan), Decimal(0))
        facts = {
            "kind": "purchase", "title": "购房补贴", "lines": [funds.Line("标准", total, CLAUSE)], "plan": plan,
            "account": self.account(case.applicant), "handling": self.office, "paying": self.finance,
            "actor": self.people["head"],
        } | more  # fmt: skip
        return funds.grant(case, **facts)

    # --- the way of the money --------------------------------------------------------------------

    def ready(self, *instalments: Instalment) -> list[Instalment]:
        """Due and rechecked."""
        done = []
        for row in instalments:
            if row.state == Instalment.State.WAITING:
                funds.mark_due(row)
            funds.recheck(row, GOOD, actor=self.people["officer"])
            done.append(Instalment.objects.get(pk=row.pk))
        return done

    def batch(self, *instalments: Instalment) -> PaymentBatch:
        return funds.prepare(self.finance, instalments, actor=self.people["finance"])

    def signed(self, batch: PaymentBatch) -> PaymentBatch:
        for who in ("chief", "finance2", "finance3"):
            if PaymentBatch.objects.get(pk=batch.pk).state == PaymentBatch.State.SIGNING:
                batch = funds.sign(batch, actor=self.people[who], opinion="同意拨付")
        return batch

    def sent(self, *instalments: Instalment) -> PaymentBatch:
        return funds.send(self.signed(self.batch(*instalments)), actor=self.people["finance"])

    def paid(self, *instalments: Instalment) -> PaymentBatch:
        batch = self.sent(*self.ready(*instalments))
        self.answer(batch)
        return PaymentBatch.objects.get(pk=batch.pk)

    def result(
        self, batch: PaymentBatch, failed: dict[int, str] | None = None, only: Sequence[int] = ()
    ) -> bytes:
        """The bank's answer to a batch: everything paid but the `failed` lines (line → reason)."""
        rows = [",".join(bankfile.ANSWER_COLUMNS)]
        for line in batch.lines.filter(net__gt=0).select_related("payee", "batch"):
            if only and line.place not in only:
                continue
            reason = (failed or {}).get(line.place, "")
            code = funds.check_code(line, line.payee.account.reveal())
            answer = (
                ["失败", reason, "", ""]
                if reason
                else ["成功", "", f"YH{next(_serial):08d}", f"{timezone.localdate()}"]
            )
            rows.append(",".join([batch.number, str(line.place), str(line.net), code, *answer]))
        return "\r\n".join(rows).encode("utf-8-sig")

    def answer(self, batch: PaymentBatch, failed: dict[int, str] | None = None, only: Sequence[int] = ()):
        return funds.take_in(batch, self.result(batch, failed, only), actor=self.people["finance"])

    def debt(self, award: Award, amount: int | str):
        """A recovery that was decided and notified."""
        recovery = funds.assess(
            award, yuan(amount), lines=[funds.Line("已领减应领", yuan(amount), CLAUSE)], reason="服务期未满离岗",
            clause=CLAUSE, actor=self.people["officer"],
        )  # fmt: skip
        return funds.decide(recovery, actor=self.people["head"])


def fresh(row):
    """The row as it is in the database now."""
    return type(row).objects.get(pk=row.pk)


def sums(line: BudgetLine) -> dict[str, Decimal]:
    line.refresh_from_db()
    return {
        name: getattr(line, name)
        for name in ("allocated", "reserved", "committed", "paid", "recovered")
        if getattr(line, name)
    }


def later(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def bureau(code: str) -> Organisation:
    return factories.bureau(code)
