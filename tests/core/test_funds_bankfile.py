"""银行文件: fixed columns, the same bytes twice, the account in this file and nowhere else; 金额大写."""

import csv
import io
import time
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from talent.core.models import AuditEntry, BatchLine, CaseEvent, LedgerEntry, Message, Payee
from talent.core.services import funds
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from tests.core.funds_world import Town, yuan

ACCOUNT = "6222000012345678901"


@pytest.fixture
def town(loaded):
    return Town()


@pytest.fixture
def approved(town):
    rows = town.ready(*(town.award(amount).instalments.get() for amount in (10_000, "20000.05")))
    return town.signed(town.batch(*rows))


def exported(town, batch, kind: str) -> bytes:
    return funds.export(batch, kind, actor=town.people["finance"])[1]


def test_the_columns_are_fixed_and_the_amounts_exact(town, approved):
    rows = list(csv.reader(io.StringIO(exported(town, approved, "csv").decode("utf-8-sig"))))
    assert tuple(rows[0]) == funds.COLUMNS
    assert [row[5] for row in rows[1:]] == ["10000.00", "20000.05"]
    assert {row[4] for row in rows[1:]} == {ACCOUNT}
    assert {row[0] for row in rows[1:]} == {approved.number}


def test_the_workbook_says_the_same_as_text_so_that_no_digit_is_lost(town, approved):
    sheet = load_workbook(io.BytesIO(exported(town, approved, "xlsx"))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    plain = list(csv.reader(io.StringIO(exported(town, approved, "csv").decode("utf-8-sig"))))
    assert rows == plain
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


@pytest.mark.parametrize("kind", funds.FORMATS)
def test_a_file_exported_again_is_the_same_to_the_byte(town, approved, kind):
    first = exported(town, approved, kind)
    time.sleep(2.1 if kind == "xlsx" else 0)
    assert exported(town, approved, kind) == first


def test_every_export_is_on_record_with_its_hash_and_no_account(town, approved):
    exported(town, approved, "csv")
    entry = AuditEntry.objects.get(action="bank_file_exported")
    assert entry.detail["lines"] == 2
    assert ACCOUNT not in str(entry.detail)


def test_a_batch_changed_after_it_was_signed_is_not_exported(town, approved):
    payee = Payee.objects.get(pk=approved.lines.first().payee_id)
    payee.account = "6222000000000000000"
    payee.save()
    with pytest.raises(Conflict, match="与签批时不一致"):
        exported(town, approved, "csv")


def test_only_who_may_send_exports(town, approved):
    for who in ("officer", "chief", "county_finance", "auditor"):
        with pytest.raises(NotAllowed):
            funds.export(approved, "csv", actor=town.people[who])


def test_the_account_stands_sealed_in_the_database_and_in_no_event_message_or_ledger(town, approved):
    funds.send(approved, actor=town.people["finance"])
    town.answer(approved)
    stored = Payee.objects.filter(account_index__gt="").values_list("account_index", flat=True)
    assert ACCOUNT not in "".join(stored)
    for model in (CaseEvent, Message, AuditEntry, LedgerEntry, BatchLine):
        for row in model.objects.values():
            assert ACCOUNT not in str(row), model
    assert ACCOUNT not in str(Payee.objects.first().account)


@pytest.mark.parametrize(
    ("number", "holder"), [("622200ABC", "甲"), ("1234567", "甲"), (ACCOUNT, "=1+1"), (ACCOUNT, " ")]
)
def test_an_account_that_no_bank_takes_is_refused_before_anything_is_paid(town, number, holder):
    case = town.case()
    with pytest.raises(ActRefused):
        town.award(10, case=case, account=funds.Account(case.applicant, holder, "示例银行", number))


def test_the_answer_is_read_from_a_workbook_and_from_gb18030(town, approved):
    funds.send(approved, actor=town.people["finance"])
    answer = town.result(approved, only=[1]).decode("utf-8-sig")
    funds.take_in(approved, answer.encode("gb18030"), actor=town.people["finance"])
    from openpyxl import Workbook

    book = Workbook()
    for row in csv.reader(io.StringIO(town.result(approved, only=[2]).decode("utf-8-sig"))):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    funds.take_in(approved, made.getvalue(), actor=town.people["finance"])
    assert set(approved.lines.values_list("state", flat=True)) == {"paid"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\xff\xfe\x00", "随便写的文字".encode()])
def test_what_is_no_answer_is_refused_in_words(town, approved, content):
    funds.send(approved, actor=town.people["finance"])
    with pytest.raises(ActRefused, match="回盘文件"):
        funds.take_in(approved, content, actor=town.people["finance"])


# --- 金额大写 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # 《正确填写票据和结算凭证的基本规定》 (支付结算办法, annex 1)
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("20000", "贰万元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("100000000000001", "壹佰万亿零壹元整"),
        ("1001000000000000", "壹仟零壹万亿元整"),
    ],
)
def test_amounts_in_words(amount, words):
    assert funds.in_words(Decimal(amount)) == words


def _read(words: str) -> Decimal:
    """An independent reading: digits by their units, from left to right."""
    digits, units = "零壹贰叁肆伍陆柒捌玖", {"拾": 10, "佰": 100, "仟": 1000}
    whole, _yuan, rest = words.rpartition("元")
    total = group = digit = 0
    for sign in whole:
        if sign in digits:
            digit = digits.index(sign)
        elif sign in units:
            group, digit = group + (digit or 1) * units[sign], 0
        elif sign == "万":
            total, group, digit = total + (group + digit) * 10_000, 0, 0
        else:
            total, group, digit = (total + group + digit) * 10**8, 0, 0
    amount, digit = Decimal(total + group + digit), 0
    for sign in rest:
        if sign in digits:
            digit = digits.index(sign)
        elif sign in "角分":
            amount += Decimal(digit) / (10 if sign == "角" else 100)
    return amount


@given(st.integers(0, 10**18 - 1), st.integers(0, 17))
def test_words_read_back_are_the_amount(fen, zeros):
    """Also with many zeros in the middle, where mistakes live."""
    amount = Decimal(fen // 10**zeros * 10**zeros) / 100
    assert _read(funds.in_words(amount)) == amount


def test_words_hold_no_double_zero_and_no_two_amounts_are_one():
    amounts = [
        Decimal(one * 10**place + rest)
        for place in range(4, 14)
        for one in (1, 10, 101)
        for rest in (0, 1, 10, 1000)
    ]
    words = [funds.in_words(amount) for amount in sorted(set(amounts))]
    assert not any("零零" in one for one in words)
    assert all(first != second for first, second in pairwise(sorted(words)))


@pytest.mark.parametrize("amount", ["-1", "0.001", "10000000000000000"])
def test_what_is_no_amount_is_not_written(amount):
    with pytest.raises(ValueError, match="大写"):
        funds.in_words(Decimal(amount))


def test_an_amount_reads_with_thousands_and_two_places():
    assert funds.yuan(yuan("1234567.5")) == "1,234,567.50"
