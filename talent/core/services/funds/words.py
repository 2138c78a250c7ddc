"""Amounts in words and figures: 人民币大写 and 1,234.00.

Written by hand because the libraries get the place of 零 wrong (cn2an 0.5.24 reads 100001000 as 壹亿壹仟元整,
which is another amount). The rules are those of 《正确填写票据和结算凭证的基本规定》 (支付结算办法, annex 1).
"""

from decimal import Decimal

from django.utils.translation import gettext as _

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
MOST = Decimal(10) ** 16


def yuan(amount: Decimal) -> str:
    """`amount` for reading: thousands separated, two places, no unit."""
    return f"{amount:,.2f}"


def in_words(amount: Decimal) -> str:
    """金额大写 of 0 ≤ `amount` < 10^16 元, exact to the 分. Raises `ValueError` for anything else."""
    if not 0 <= amount < MOST or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(_("金额 %(amount)s 不能写成大写。") % {"amount": amount})
    whole, fen = divmod(int(amount * 100), 100)
    jiao, fen = divmod(fen, 10)
    words = f"{_integer(whole)}元" if whole else ""
    if not jiao and not fen:
        return f"{words or '零元'}整"
    if jiao:
        # 角位不是0而元位是0时，中间写一个零。
        words += ("零" if whole and whole % 10 == 0 else "") + f"{_DIGITS[jiao]}角"
    elif whole:
        words += "零"
    return words + (f"{_DIGITS[fen]}分" if fen else "整")


def _integer(number: int) -> str:
    """The words of a whole number above zero: groups of four places, 零 once wherever places are skipped."""
    words, skipped = "", False
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    for rank in range(len(groups) - 1, -1, -1):
        group = groups[rank]
        if not group:
            skipped = bool(words)
            # 壹万亿零壹 … : the 亿 is named by the group above when this one is empty.
            continue
        if words and (skipped or group < 1000):
            words += "零"
        skipped = False
        words += _group(group) + _name(rank, groups)
    return words


def _name(rank: int, groups: list[int]) -> str:
    """The unit of a group; of 万亿 only 万 is said when the 亿 follow in words."""
    if rank == 3 and groups[2]:
        return "万"
    return _GROUPS[rank]


def _group(number: int) -> str:
    words, skipped = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if skipped and words else "") + _DIGITS[digit] + _PLACES[place]
            skipped = False
        else:
            skipped = True
    return words
