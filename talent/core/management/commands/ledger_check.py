"""Prove every sum of the ledger and name the first wrong row."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from talent.core.services import funds

MOST = 20


class Command(BaseCommand):
    help = "核对资金台账：预算、分期、批次、追回逐项加总，指出第一处不符"

    def handle(self, *args, **options) -> None:
        totals, faults = funds.check()
        if faults:
            first, others = faults[0], faults[1:MOST]
            text = _("台账核对未通过，共 %(count)d 处。第一处：%(row)s：%(text)s。") % {
                "count": len(faults),
                "row": first.row,
                "text": first.text,
            }
            raise CommandError("\n".join([text, *(f"{fault.row}：{fault.text}。" for fault in others)]))
        paid, back = totals.kinds["pay"], totals.kinds["offset"] + totals.kinds["receive"]
        self.stdout.write(
            _("台账核对通过，共 %(count)d 条。已拨付 %(paid)s 元，已追回 %(back)s 元，净额 %(net)s 元。")
            % {
                "count": totals.entries,
                "paid": funds.yuan(paid),
                "back": funds.yuan(back),
                "net": funds.yuan(paid - back),
            }
        )
