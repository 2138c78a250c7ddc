"""The dated figures of payment: signatures by amount, age bands, limits and sources (talent/core/policy/funds.toml)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from talent.core.models import PolicyEdition

from .. import policy
from ..errors import ActRefused


@dataclass(frozen=True)
class SignatureRule:
    """How many people sign besides the preparer, whether one of them is the head, by which clause."""

    signatures: int
    head: bool
    clause: str


@dataclass(frozen=True)
class AgeBand:
    """Calendar days `first` to `last` (None = open) since the decision."""

    code: str
    title: str
    first: int
    last: int | None


def edition() -> PolicyEdition:
    """The rules in force today; entries about the budget itself rest on it."""
    return policy.edition_for("funds")


def signature_rule(amount: Decimal) -> SignatureRule:
    """What a batch of `amount` 元 needs."""
    rows = edition().data["signature"]
    row = next(row for row in rows if not row["up_to"] or amount <= row["up_to"])
    return SignatureRule(row["signatures"], row["head"], row["clause"])


def age_bands() -> list[AgeBand]:
    """The columns of the ageing report, youngest first."""
    bands, first = [], 0
    for row in edition().data["age_band"]:
        last = row["up_to"] or None
        bands.append(AgeBand(row["code"], row["title"], first, last))
        first = (last or 0) + 1
    return bands


def limit(code: str) -> int:
    """Working days of a named limit."""
    return policy.figures(edition()).limit(code)


def sources() -> dict[str, str]:
    """Code → title of every source of money."""
    return {row["code"]: row["title"] for row in edition().data["source"]}


def source_title(code: str) -> str:
    """The title of a source; raises `ActRefused` for one the rules do not have."""
    try:
        return sources()[code]
    except KeyError:
        raise ActRefused(
            _("资金规则中没有资金来源“%(code)s”，请先载入含有该来源的资金规则。") % {"code": code}
        ) from None


def mark() -> str:
    """示例·待确认 while nobody has confirmed the rules."""
    return edition().mark
