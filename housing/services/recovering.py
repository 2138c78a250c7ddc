"""追回 by the edition's rule: what an event costs, worked out and never typed in."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from housing import rules
from housing.rules.facts import months_between
from talent.core.models import Award
from talent.core.services import funds
from talent.core.services.errors import ActRefused

from .reading import figures_of


def recovery_events(award: Award) -> list[tuple[str, str]]:
    """The events the edition of the case has a rule for: code and words."""
    return [(row.code, row.text) for row in figures_of(award.case.edition).clawback]


def recovery_of(award: Award, *, event: str, day: date) -> funds.Claim:
    """What `event` on `day` asks back of `award`, line by line. Months count from the approval, for a home from its purchase.

    Raises `ActRefused` when nothing is to be paid back, with the rule's reason.
    """
    case = award.case.specific()
    figures = figures_of(case.edition)
    since = case.bought_on if event == "resold" and case.bought_on else case.granted_on
    if day < since:
        raise ActRefused(_("发生日期早于 %(day)s，请核对。") % {"day": f"{since:%Y-%m-%d}"})
    paid = funds.paid_of(award)
    found = rules.recovery(
        figures, event=event, total=award.total, paid=paid, months=months_between(since, day), day=day
    )
    if not found.refund:
        raise ActRefused(_("按规则不需要退回：%(reason)s。") % {"reason": found.reason})
    lines = [funds.Line(_("已发放"), paid, found.clause)]
    if paid != found.refund:
        lines.append(funds.Line(_("按规则不需要退回的部分"), found.refund - paid, found.clause))
    return funds.Claim(Decimal(found.refund), tuple(lines), found.reason, found.clause)
