"""Mistakes somebody could make in the money services: each a patch, each found by the suite."""

from dataclasses import replace
from decimal import Decimal

from talent.core.models import BudgetLine, Instalment, LedgerEntry, Recovery
from talent.core.services.funds import awards, batches, instalments, ledger, recoveries, results

Kind = LedgerEntry.Kind


def cancelled_money_stays_reserved(patch) -> None:
    patch.setattr(instalments, "post", lambda *args, **kwargs: [])


def a_budget_is_not_asked(patch) -> None:
    patch.setattr(ledger, "_allowed", lambda key, change: BudgetLine.objects.filter(pk=key))


def a_batch_taken_back_keeps_its_money(patch) -> None:
    effects = LedgerEntry.EFFECTS | {Kind.UNCOMMIT: {"committed": -1}}
    patch.setattr(LedgerEntry, "EFFECTS", effects)


def the_rest_of_a_debt_is_floored_away(patch) -> None:
    def settle(recovery) -> None:
        Recovery.objects.filter(pk=recovery.pk).update(
            state=Recovery.State.SETTLED, written_off=recovery.balance + recovery.written_off
        )

    patch.setattr(results, "settle_if_back", settle)


def a_failed_payment_forgets_its_offset(patch) -> None:
    patch.setattr(results, "free_offsets", lambda line: None)


def a_reversal_takes_back_half(patch) -> None:
    whole = ledger.reversal

    def half(entry, *, reason):
        posting = whole(entry, reason=reason)
        return replace(posting, amount=(posting.amount / 2).quantize(Decimal("0.01")))

    patch.setattr(results, "reversal", half)
    patch.setattr(recoveries, "reversal", half)


def a_receipt_does_not_lower_the_debt(patch) -> None:
    patch.setattr(recoveries, "_take", lambda recovery, name, amount: None)


def an_altered_answer_is_believed(patch) -> None:
    patch.setattr(results, "_require_unaltered", lambda answers, lines: None)


def a_line_can_stand_in_two_batches(patch) -> None:
    def payable(organisation):
        return Instalment.objects.filter(
            state__in=("rechecked", "in_batch", "sent"), award__paying_organisation=organisation
        ).order_by("pk")

    def move(instalment, to, *, leaving, **more):
        return instalments.move(instalment, to, leaving=Instalment.State.values, **more)

    patch.setattr(batches, "payable", payable)
    patch.setattr(batches, "move", move)


def an_upgrade_counts_twice(patch) -> None:
    once = awards._plan

    def twice(award, plan, **more):
        made = once(award, plan, **more)
        return made + made if plan[0].period.startswith("up") else made

    patch.setattr(awards, "_plan", twice)


def an_entry_is_missing_from_the_ledger(patch) -> None:
    whole = type(LedgerEntry.objects).bulk_create

    def bulk_create(manager, rows, **more):
        rows = list(rows)
        short = manager.model is LedgerEntry and len(rows) > 1
        return whole(manager, rows[:-1] if short else rows, **more)

    patch.setattr(type(LedgerEntry.objects), "bulk_create", bulk_create)


def what_was_kept_back_is_paid_as_well(patch) -> None:
    patch.setattr(batches, "_keep_back", lambda line, award: Decimal(0))


BUGS = {
    bug.__name__: bug
    for bug in (
        cancelled_money_stays_reserved, a_budget_is_not_asked, a_batch_taken_back_keeps_its_money,
        the_rest_of_a_debt_is_floored_away, a_failed_payment_forgets_its_offset, a_reversal_takes_back_half,
        a_receipt_does_not_lower_the_debt, an_altered_answer_is_believed, a_line_can_stand_in_two_batches,
        an_upgrade_counts_twice, an_entry_is_missing_from_the_ledger, what_was_kept_back_is_paid_as_well,
    )
}  # fmt: skip
