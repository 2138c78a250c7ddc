"""The money of the housing cases: budgets of three years, rechecks, batches, what the bank answers, what comes back."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from housing import services as housing
from housing.rules import recovery as owed_after
from talent.core.models import Award, BudgetLine, Instalment, Organisation, PaymentBatch, Recovery, Region
from talent.core.services import calendar, funds

from .offices import Offices

State = Instalment.State
# 元 of a year's line; a batch beyond the second sum needs a third signature.
_ALLOCATED, _MOST = Decimal(1_000_000), Decimal(1_000_000)
_FAILURES = ("账号与户名不符", "账户状态异常", "收款账户已销户")
_CLAUSE = "济政发〔2025〕8号第9项（示例）"


class Treasury:
    """Finance of city and counties; `clock` is the stage's."""

    def __init__(self, clock, offices: Offices) -> None:
        self.clock, self.offices = clock, offices
        self.city = Organisation.objects.get(code="czj")
        # Every so many lines the bank sends one back.
        self._answered = 0

    # --- budgets ------------------------------------------------------------------------------------------

    def open_year(self, year: int) -> None:
        """下达预算: a city and a county line for each region; what earlier years granted for this one is funded."""
        for region in [self.offices.city_employer.region, *self.offices.regions]:
            at_city = region.kind == Region.Kind.CITY
            for share in (
                (BudgetLine.Share.CITY,) if at_city else (BudgetLine.Share.CITY, BudgetLine.Share.COUNTY)
            ):
                self.line(year, region, share)
        waiting = Instalment.objects.filter(
            award__case__policy="housing",
            state__in=(State.WAITING, State.DUE),
            due_on__year=year,
            shares=None,
        )
        for row in waiting.select_related("award__case__region", "award__paying_organisation").order_by("pk"):
            funds.fund(
                row, self._portions(row.award, year), actor=self.preparer(row.award.paying_organisation)
            )

    def line(self, year: int, region: Region, share: str) -> BudgetLine:
        keeper = self.city
        if share == BudgetLine.Share.COUNTY:
            keeper = Organisation.objects.get(code=f"{region.code}-czj")
        actor = self.preparer(keeper)
        line = funds.open_line(year, "housing", region, share, organisation=keeper, actor=actor)
        return funds.allocate(line, _ALLOCATED, actor=actor, reason=f"{year}年年初预算（示例）")

    def _portions(self, award: Award, year: int) -> tuple[funds.Portion, ...]:
        lines = list(
            BudgetLine.objects.filter(year=year, source="housing", region=award.case.region).order_by("pk")
        )
        return tuple(funds.Portion(line, Decimal(1) / len(lines)) for line in lines)

    def preparer(self, organisation: Organisation):
        return self.offices.officer(organisation.region, "caiwu")

    def exhaust(self, region: Region, year: int) -> BudgetLine:
        """调剂 everything that is free on a county's line to another county: the next decision finds nothing."""
        kept = BudgetLine.objects.filter(year=year, source="housing", share=BudgetLine.Share.CITY)
        line = kept.get(region=region)
        target = kept.exclude(region=region).order_by("pk").first()
        actor = self.preparer(self.city)
        return funds.transfer(line, target, line.available, actor=actor, reason="本年度余额调剂给其他县市区")

    # --- payments -----------------------------------------------------------------------------------------

    def fall_due(self) -> list[Instalment]:
        """Everything whose day has come, marked as `tick` does."""
        return [funds.mark_due(row) for row in funds.due(calendar.today())]

    def recheck(self, rows: Iterable[Instalment], *, passed: bool = True) -> None:
        for row in rows:
            post = "shouli" if row.owner_role == "act_as_intake_officer" else "shenhe"
            officer = self.offices.officer(row.owner_organisation.region, post)
            text = "用人单位确认在岗，社会保险正常缴纳。" if passed else "社会保险已停缴两个月。"
            funds.recheck(
                row,
                funds.RecheckResult((funds.Finding("insured", "参保情况", passed, text, _CLAUSE),)),
                actor=officer,
            )

    def pay(self, *, failing: int = 12) -> None:
        """A day of payment: due, rechecked, and in batches to the bank; about one line in `failing` comes back."""
        self.fall_due()
        self.recheck(self.due())
        for batch in self.prepare():
            self.sign(batch)
            self.send(batch)
            self.answer(batch, failing=failing)
        # What came back is put right and tried again on the next day of payment.
        for row in self.housing(State.FAILED):
            funds.retry(row, actor=self.handler(row.award), reason="已更正收款账户，重新发放")

    def housing(self, *states: str):
        rows = Instalment.objects.filter(
            award__case__policy="housing", state__in=states, award__state="active"
        )
        return rows.select_related(
            "award__case__region", "award__paying_organisation", "owner_organisation__region"
        ).order_by("due_on", "pk")

    def due(self) -> list[Instalment]:
        """Due, with their whole amount in the budget."""
        return list(self.housing(State.DUE).exclude(shares=None))

    def prepare(self, rows: Sequence[Instalment] | None = None) -> list[PaymentBatch]:
        """Batches of every paying office, none so large that three must sign."""
        by_office: dict[int, list[list[Instalment]]] = {}
        for row in self.housing(State.RECHECKED) if rows is None else rows:
            groups = by_office.setdefault(row.award.paying_organisation_id, [[]])
            if sum((one.amount for one in groups[-1]), row.amount) > _MOST:
                groups.append([])
            groups[-1].append(row)
        made = []
        for groups in by_office.values():
            for group in groups:
                office = group[0].award.paying_organisation if group else None
                if office:
                    made.append(funds.prepare(office, group, actor=self.preparer(office)))
        return made

    def sign(self, batch: PaymentBatch, *, most: int = 3) -> PaymentBatch:
        """签批 by the second officer, and by the head where the amount wants him; `most` leaves it half signed."""
        second, head = self.offices.signers(batch.organisation.region)
        signing = [head, second] if batch.head_required else [second]
        for signer in signing[: min(batch.required_signatures, most)]:
            batch = funds.sign(batch, actor=signer, opinion="同意拨付。")
        return batch

    def send(self, batch: PaymentBatch) -> PaymentBatch:
        batch.refresh_from_db()
        return funds.send(batch, actor=self.preparer(batch.organisation))

    def answer(self, batch: PaymentBatch, *, failing: int = 12) -> None:
        """回盘: the bank's file, line by line, the day after."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(funds.ANSWER_COLUMNS)
        sent = batch.lines.filter(state="sent", net__gt=0).select_related("payee", "batch").order_by("place")
        for line in sent:
            self._answered += 1
            bad = self._answered % failing == 0
            told = ("失败", _FAILURES[self._answered // failing % len(_FAILURES)]) if bad else ("成功", "")
            code = funds.check_code(line, line.payee.account.reveal())
            writer.writerow(
                [batch.number, line.place, f"{line.net:.2f}", code, *told, f"LS{self._answered:08d}",
                 timezone.localdate().isoformat()]
            )  # fmt: skip
        if sent:
            content = text.getvalue().encode("utf-8-sig")
            funds.take_in(
                batch, content, name=f"{batch.number}回盘.csv", actor=self.preparer(batch.organisation)
            )

    def leave_open(self) -> None:
        """The last days: batches that wait for a signature, for the bank and for its answer, and what is not in one."""
        self.fall_due()
        due = self.due()
        self.recheck(due[: len(due) * 3 // 4])
        rechecked = list(self.housing(State.RECHECKED))
        for place, batch in enumerate(self.prepare(rechecked[: len(rechecked) * 4 // 5])):
            state = place % 5
            if state == 4:
                funds.take_back(
                    batch, actor=self.preparer(batch.organisation), reason="收款户名有误，退回重新编制"
                )
                continue
            self.sign(batch, most=1 if state == 0 and batch.required_signatures > 1 else 3 if state else 0)
            if state in (2, 3):
                self.send(batch)
            if state == 3:
                self.answer(batch, failing=2)

    # --- changes ------------------------------------------------------------------------------------------

    def handler(self, award: Award):
        return self.offices.officer(award.case.region, "shouli")

    def hold(self, award: Award) -> None:
        row = award.instalments.filter(state__in=(State.WAITING, State.DUE)).order_by("due_on").first()
        if row:
            funds.hold(row, actor=self.handler(award), reason="等待核实所购住房是否仍为本人所有")

    def upgrade(self, award: Award, difference: Decimal) -> None:
        """The level rose: the difference is paid in one part, from this year's budget."""
        today = timezone.localdate()
        portions = self._portions(award, today.year)
        funds.upgrade(
            award, lines=[funds.Line("层次提升补差", difference, _CLAUSE)],
            plan=[funds.Planned(f"{today:%Y-%m}-bc", "补差", difference, today, portions)],
            actor=self.offices.users["anjushending"], reason="人才层次提升",
        )  # fmt: skip

    def recover(self, award: Award, *, months: int, day: date) -> Recovery:
        """追回 by the edition's rule for somebody who left after `months`; decided by a second person."""
        case = award.case
        found = owed_after(
            housing.figures_of(case.edition), event="left", total=award.total, paid=funds.paid_of(award),
            months=months, day=day,
        )  # fmt: skip
        recovery = funds.assess(
            award, found.refund, lines=[funds.Line(found.reason, found.refund, found.clause)],
            reason=f"服务满 {months} 个月后离开本地单位", clause=found.clause, actor=self.handler(award),
        )  # fmt: skip
        return funds.decide(recovery, actor=self.offices.users["anjushending"])

    def receive(self, recovery: Recovery, amount: Decimal, reference: str) -> Any:
        actor = self.preparer(recovery.award.paying_organisation)
        return funds.receive(
            recovery, amount, reference=reference, received_on=timezone.localdate(), actor=actor
        )
