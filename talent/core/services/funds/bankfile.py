"""银行文件 and 回盘文件: fixed columns, the same bytes at every export, a check code on every line.

The account number is opened here and nowhere else. Lines of which nothing is to be paid after offsets are left out.
"""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import BatchLine, PaymentBatch, User

from .. import audit, sheets
from ..errors import ActRefused, Conflict
from . import rights

COLUMNS = ("批次号", "行号", "收款户名", "开户银行", "收款账号", "金额（元）", "用途", "校验码")
ANSWER_COLUMNS = ("批次号", "行号", "金额（元）", "校验码", "结果", "失败原因", "银行流水号", "入账日期")
PAID, FAILED = "成功", "失败"
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Answer:
    """What the bank says about one line."""

    place: int
    amount: Decimal
    code: str
    paid: bool
    reason: str
    reference: str
    settled_on: date | None


def check_code(line: BatchLine, account: str) -> str:
    """Binds batch, line, account and amount: whoever changes one of them in the answer cannot make it anew."""
    facts = f"{line.batch.number}|{line.place}|{account}|{int(line.net * 100)}".encode()
    key = settings.AUDIT_SEAL_KEYS[settings.AUDIT_SEAL_KEY_CURRENT]
    return hmac.new(key.encode(), facts, hashlib.sha256).hexdigest()[:16].upper()


def _rows(batch: PaymentBatch) -> Iterator[tuple[str, ...]]:
    rows = (
        batch.lines.filter(net__gt=0).select_related("payee", "instalment__award", "batch").order_by("place")
    )
    for line in rows:
        account = line.payee.account.reveal()
        purpose = f"{line.instalment.award.title} {line.instalment.title}"
        yield (
            batch.number, str(line.place), line.payee.holder, line.payee.bank, account, f"{line.net:.2f}", purpose,
            check_code(line, account),
        )  # fmt: skip


def file_hash(batch: PaymentBatch) -> str:
    """SHA-256 of the CSV file, which both forms are made from."""
    return hashlib.sha256(sheets.as_csv([COLUMNS, *_rows(batch)])).hexdigest()


@transaction.atomic
def export(batch: PaymentBatch, kind: str, *, actor: User) -> tuple[str, bytes]:
    """The bank's file as `csv` or `xlsx`: (file name, content). Recorded with its hash before it is handed out.

    Raises `Conflict` when the batch is not signed, or its content no longer has the hash that was signed.
    """
    rights.require(actor, roles.Act.SEND_PAYMENT, batch.organisation)
    if batch.state not in (
        PaymentBatch.State.APPROVED,
        PaymentBatch.State.SENT,
        PaymentBatch.State.SETTLED,
    ):
        raise Conflict(_("批次 %(number)s 尚未签批完成，不能导出银行文件。") % {"number": batch.number})
    rows = [COLUMNS, *_rows(batch)]
    plain = sheets.as_csv(rows)
    if hashlib.sha256(plain).hexdigest() != batch.file_hash:
        raise Conflict(
            _("批次 %(number)s 的内容与签批时不一致，不能导出，请退回重新编制。") % {"number": batch.number}
        )
    content = plain if kind == "csv" else sheets.as_xlsx("付款明细", rows)
    audit.record(
        "bank_file_exported", actor=actor, subject=batch.number,
        detail={"format": kind, "lines": len(rows) - 1, "sha256": hashlib.sha256(content).hexdigest()},
    )  # fmt: skip
    return f"{batch.number}.{kind}", content


# --- the answer ---------------------------------------------------------------------------------------


def read_answer(content: bytes, batch: PaymentBatch) -> list[Answer]:
    """The lines of a result file. Raises `ActRefused` listing everything that is wrong, by row; nothing is half read."""
    rows = sheets.table(content, what=_("回盘文件"))
    if not rows or tuple(rows[0][: len(ANSWER_COLUMNS)]) != ANSWER_COLUMNS:
        raise ActRefused(
            _("回盘文件的列应依次为：%(columns)s。") % {"columns": "、".join(ANSWER_COLUMNS)}, code="columns"
        )
    problems: list[str] = []
    answers: dict[int, Answer] = {}
    for number, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        try:
            answer = _answer(row, batch)
            if answer.place in answers:
                raise ValueError(_("行号 %(place)d 重复出现") % {"place": answer.place})
        except ValueError as error:
            problems.append(_("第%(row)d行：%(why)s") % {"row": number, "why": error})
        else:
            answers[answer.place] = answer
    if problems:
        raise ActRefused("；".join(problems[:20]) + "。", code="rows")
    if not answers:
        raise ActRefused(_("回盘文件中没有明细，请核对是否选错文件。"))
    return list(answers.values())


def _answer(row: list[str], batch: PaymentBatch) -> Answer:
    """One line; `ValueError` says what is wrong with it."""
    row = [*row, *[""] * len(ANSWER_COLUMNS)]
    number, place, amount, code, result, reason, reference, settled = row[: len(ANSWER_COLUMNS)]
    if number != batch.number:
        raise ValueError(
            _("批次号 %(found)s 不是 %(wanted)s") % {"found": number or "（空）", "wanted": batch.number}
        )
    if not place.isdecimal():
        raise ValueError(_("行号“%(place)s”不是数字") % {"place": place})
    try:
        value = Decimal(amount.replace(",", ""))
    except InvalidOperation:
        raise ValueError(_("金额“%(amount)s”不是数字") % {"amount": amount}) from None
    if result not in (PAID, FAILED):
        raise ValueError(_("结果“%(result)s”应为“成功”或“失败”") % {"result": result})
    if result == FAILED and not reason:
        raise ValueError(_("失败的一笔没有写明原因"))
    try:
        day = date.fromisoformat(settled.replace("/", "-")) if settled else None
    except ValueError:
        raise ValueError(_("入账日期“%(day)s”应为年-月-日，如 2026-03-05") % {"day": settled}) from None
    if result == PAID and day is None:
        raise ValueError(_("成功的一笔没有入账日期"))
    return Answer(int(place), value, code.upper(), result == PAID, reason[:200], reference[:40], day)
