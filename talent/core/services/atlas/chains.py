"""What a chain has, and what it lacks against 一链条一平台一院士多团队."""

from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import ChainRecord, IndustryChain, User

from .. import audit, policy
from ..errors import ActRefused, Conflict
from .rights import require_keeper


@dataclass(frozen=True)
class Cell:
    """One kind of element of one chain: how many there are, how many there should be."""

    code: str
    label: str
    number: int
    wanted: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.number)


@dataclass(frozen=True)
class ChainStanding:
    """A chain with its four cells in the order of the policy's words."""

    chain: IndustryChain
    cells: tuple[Cell, ...]

    @property
    def gaps(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.missing)

    @property
    def gap_words(self) -> str:
        """The gaps named: 「缺平台、院士，团队还差1个」; empty when nothing lacks."""
        absent = "、".join(cell.label for cell in self.gaps if not cell.number)
        short = [
            _("%(what)s还差%(n)d个") % {"what": cell.label, "n": cell.missing}
            for cell in self.gaps
            if cell.number
        ]
        return "，".join([*([_("缺%(what)s") % {"what": absent}] if absent else []), *short])


def records() -> QuerySet[ChainRecord]:
    """Everything the chains have today."""
    return ChainRecord.objects.filter(ended_at__isnull=True)


def standing_of_chain(coverage: list[policy.CoverageRow]) -> list[ChainStanding]:
    """Every chain in use with its counts. One query."""
    labels = dict(ChainRecord.Kind.choices)
    live = {
        f"count_{row.code}": Count(
            "records", filter=Q(records__kind=row.code, records__ended_at__isnull=True), distinct=True
        )
        for row in coverage
    }
    return [
        ChainStanding(
            chain,
            tuple(
                Cell(row.code, str(labels[row.code]), getattr(chain, f"count_{row.code}"), row.at_least)
                for row in coverage
            ),
        )
        for chain in IndustryChain.objects.filter(active=True).annotate(**live).order_by("code")
    ]


@transaction.atomic
def record(
    chain: IndustryChain,
    *,
    actor: User,
    kind: str,
    name: str,
    source: str,
    organisation: str = "",
    grade: str = "",
    since: date | None = None,
) -> ChainRecord:
    """Record an element of a chain with its source. Raises `NotAllowed`, or `Conflict` for one that is there already."""
    post = require_keeper(actor, city=True)
    if not source.strip():
        raise ActRefused(_("请填写来源（批准文件、公告或合同），没有来源不能登记。"), code="source")
    try:
        with transaction.atomic():
            made = ChainRecord.objects.create(
                chain=chain, kind=kind, name=name.strip(), organisation=organisation.strip(), grade=grade.strip(),
                since=since, source=source.strip(), recorded_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("“%(chain)s”已登记同名的%(kind)s“%(name)s”。")
            % {"chain": chain.name, "kind": ChainRecord.Kind(kind).label, "name": name}
        ) from None
    audit.record(
        "chain_record_added",
        actor=actor,
        subject=f"chainrecord:{made.pk}",
        detail={"chain": chain.code, "kind": kind, "organisation": post.organisation.code},
    )
    return made


@transaction.atomic
def end(row: ChainRecord, *, actor: User, reason: str) -> ChainRecord:
    """The element is no more; it stays readable. Raises `Conflict` when it has been ended."""
    require_keeper(actor, city=True)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明终止的原因。"), code="reason")
    ended = ChainRecord.objects.filter(pk=row.pk, ended_at__isnull=True).update(
        ended_at=timezone.now(), end_reason=reason.strip()
    )
    if not ended:
        raise Conflict(_("“%(name)s”已经终止，无需重复办理。") % {"name": row})
    audit.record("chain_record_ended", actor=actor, subject=f"chainrecord:{row.pk}")
    row.refresh_from_db()
    return row
