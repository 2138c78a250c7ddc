"""What people see of money: the applicant's timeline, what is due, how long the approved wait, how budgets stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Award,
    BudgetLine,
    Case,
    Instalment,
    LedgerEntry,
    PaymentBatch,
    Recovery,
    Region,
    User,
)

from ..standing import posts_of
from . import rules

ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """One instalment as the applicant reads it. 元; `reason` says why it waits, empty when nothing is in the way."""

    title: str
    amount: Decimal
    state: str
    state_code: str
    batch: str
    source: str
    expected_month: date
    paid_on: date | None
    kept_back: Decimal
    reason: str
    holder: str


def timeline(award: Award) -> list[Step]:
    """Every instalment that counts, in order, with batch, source, month, reason and who has it now."""
    rows = award.instalments.exclude(state=Instalment.State.SUPERSEDED).select_related("owner_organisation")
    steps = []
    for row in rows.prefetch_related("shares__line", "batch_lines__batch").order_by("due_on", "seq"):
        lines = [line for line in row.batch_lines.all() if line.state in ("listed", "sent", "paid")]
        line = lines[-1] if lines else None
        steps.append(
            Step(
                row.title, row.amount, row.get_state_display(), row.state, line.batch.number if line else "",
                "、".join(dict.fromkeys(share.line.source_title for share in row.shares.all())),
                _later(row), row.paid_on, line.gross - line.net if line else ZERO, row.reason, _holder(row),
            )
        )  # fmt: skip
    return steps


def _later(row: Instalment) -> date:
    """The month a payment is expected in: never one that is over already."""
    this_month = timezone.localdate().replace(day=1)
    return row.expected_month if row.state in Instalment.CLOSED else max(row.expected_month, this_month)


def _holder(row: Instalment) -> str:
    if row.state in Instalment.CLOSED:
        return ""
    return row.owner_organisation.name


# --- who sees what -------------------------------------------------------------------------------------


def _posts(user: User) -> list:
    return [post for post in posts_of(user) if post.role.may(roles.Act.VIEW_FUNDS)]


def visible_lines(user: User) -> QuerySet[BudgetLine]:
    """Budget lines `user` may see: all from a city organisation with the finance or an overseeing post, else the county's."""
    seen = Q(pk__in=())
    for post in _posts(user):
        city = post.organisation.region.kind == Region.Kind.CITY
        if city and post.role is not roles.BUREAU_HEAD:
            return BudgetLine.objects.all()
        seen |= Q(organisation=post.organisation)
        if not city:
            seen |= Q(region=post.organisation.region)
    return BudgetLine.objects.filter(seen)


def visible_batches(user: User) -> QuerySet[PaymentBatch]:
    """Batches of the finance bureaus in which `user` holds a post, and those of cases he oversees."""
    posts = _posts(user)
    own = {post.organisation.pk for post in posts if post.role in (roles.FINANCE, roles.BUREAU_HEAD)}
    seen = Q(organisation__in=own)
    if any(post.role in (roles.AUDITOR, roles.SUPERVISOR, roles.DECIDER) for post in posts):
        cases = Case.objects.visible_to(user)
        seen |= Q(pk__in=PaymentBatch.objects.filter(lines__instalment__award__case__in=cases).values("pk"))
    return PaymentBatch.objects.filter(seen)


def due_lines(user: User) -> QuerySet[Instalment]:
    """Everything open of the cases `user` sees, for finance's list: newest due day last."""
    return (
        Instalment.objects.visible_to(user)
        .unpaid()
        .select_related(
            "award__case__region",
            "award__case__applicant",
            "award__paying_organisation",
            "owner_organisation",
        )
        .order_by("due_on", "pk")
    )


# --- ageing and budgets ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgeRow:
    """Approved and unpaid of one county or owner: per band (count, 元), and together."""

    label: str
    cells: tuple[tuple[int, Decimal], ...]
    count: int
    amount: Decimal


# By what the ageing report can be told: where the case belongs, or who has the instalment now.
AGEING_BY = {"county": "award__case__region__name", "owner": "owner_organisation__name"}


def ageing(
    instalments: QuerySet[Instalment], *, by: str = "county", day: date | None = None
) -> tuple[list[rules.AgeBand], list[AgeRow]]:
    """What is approved, due and unpaid by the calendar days since it was due; per county or owner and, last, together."""
    day = day or timezone.localdate()
    bands = rules.age_bands()
    rows = instalments.unpaid().filter(due_on__lte=day).order_by()
    found: dict[str, list[list]] = {}
    for label, due_on, amount in rows.values_list(AGEING_BY[by], "due_on", "amount").iterator():
        cells = found.setdefault(label, [[0, ZERO] for _band in bands])
        age = (day - due_on).days
        place = next(at for at, band in enumerate(bands) if band.last is None or age <= band.last)
        cells[place][0] += 1
        cells[place][1] += amount
    made = [_age_row(label, cells) for label, cells in sorted(found.items(), key=lambda item: item[0])]
    if made:
        together = [
            [sum(row.cells[at][0] for row in made), sum((row.cells[at][1] for row in made), ZERO)]
            for at in range(len(bands))
        ]
        made.append(_age_row(_("合计"), together))
    return bands, made


def _age_row(label: str, cells: Iterable[list]) -> AgeRow:
    pairs = tuple((count, amount) for count, amount in cells)
    return AgeRow(
        label, pairs, sum(count for count, _a in pairs), sum((amount for _c, amount in pairs), ZERO)
    )


def visible_recoveries(user: User) -> QuerySet[Recovery]:
    """Recoveries of the cases `user` sees, open ones first."""
    return (
        Recovery.objects.visible_to(user)
        .select_related("award__case__applicant", "award__case__region", "owner_organisation", "assessed_by")
        .order_by(F("decided_at").asc(nulls_first=True), "-pk")
    )


def ledger_of(award: Award) -> QuerySet[LedgerEntry]:
    """The entries of one award, oldest first."""
    mine = Q(instalment__award=award) | Q(recovery__award=award)
    return LedgerEntry.objects.filter(mine).select_related("line", "approver").order_by("pk")
