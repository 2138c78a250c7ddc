"""What follows from a change that was decided, and what has to be kept to undo it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.db import models
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, AwardChange, Case, Instalment, User

from .. import cases
from ..errors import ActRefused, Conflict
from ..standing import Standing
from . import awards, changes
from .awards import Line, Planned

Kind, Outcome, State = AwardChange.Kind, AwardChange.Outcome, AwardChange.State


@dataclass(frozen=True)
class Difference:
    """What a higher level adds: lines with clauses and the instalments that pay them, both of the same sum."""

    lines: tuple[Line, ...]
    plan: tuple[Planned, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


class Levels(Protocol):
    """What a policy says of levels: what a higher one adds, and the level of the case from now on."""

    def difference(self, case: Case, level_code: str) -> Difference: ...

    def set_level(self, case: Case, level_code: str, added: Decimal) -> None: ...


def carry_out(
    change: AwardChange, award: Award, *, actor: User, post: Standing, levels: Levels | None
) -> None:
    """Do what was proposed, and keep what is needed to undo it."""
    facts = {"actor": actor, "standing": post, "reason": change.reason}
    acts: dict[str, Callable[[], dict[str, Any]]] = {
        Outcome.KEEP: dict,
        Outcome.SUSPEND: lambda: _plain(changes.suspended(award, **facts)),
        Outcome.RESUME: lambda: _plain(changes.resumed(award, **facts)),
        Outcome.STOP: lambda: _plain(
            changes.stopped(award, clause=change.clause, at_own_request=own_request(change), **facts)
        ),
        Outcome.REINSTATE: lambda: _plain(changes.reinstated(award, **facts)),
        Outcome.UPGRADE: lambda: _upgrade(change, award, levels_of(levels), actor=actor, post=post),
        Outcome.UNDO_UPGRADE: lambda: _undo_upgrade(change, award, levels_of(levels), actor=actor, post=post),
        Outcome.EMPLOYER: lambda: _change_employer(change, award, actor=actor, post=post),
    }
    change.result = acts[change.outcome]()
    change.save(update_fields=["result"])
    if change.reverses_id:
        AwardChange.objects.filter(pk=change.reverses_id, state=State.DONE).update(state=State.REVERSED)


def _plain(award: Award) -> dict[str, Any]:
    return {"state": award.state}


def _upgrade(
    change: AwardChange, award: Award, levels: Levels, *, actor: User, post: Standing
) -> dict[str, Any]:
    case = award.case.specific()
    level, before = change.facts["level_code"], case.level_code
    found = levels.difference(case, level)
    if str(found.total) != change.facts["difference"]:
        raise Conflict(_("提出后情况有变化，补差金额已不同，请退回重新提出。"))
    last = award.instalments.aggregate(last=models.Max("seq"))["last"] or 0
    awards.upgrade(
        award, lines=found.lines, plan=found.plan, actor=actor, standing=post, reason=change.reason
    )
    levels.set_level(case, level, found.total)
    seqs = list(award.instalments.filter(seq__gt=last).values_list("seq", flat=True))
    return {"seqs": seqs, "level_before": before, "difference": str(found.total)}


def _undo_upgrade(
    change: AwardChange, award: Award, levels: Levels, *, actor: User, post: Standing
) -> dict[str, Any]:
    done = change.reverses.result
    off = awards.upgrade_undone(
        award, done["seqs"], clause=change.clause, actor=actor, standing=post, reason=change.reason
    )
    levels.set_level(award.case.specific(), done["level_before"], -off)
    return {"difference": str(-off)}


def _change_employer(change: AwardChange, award: Award, *, actor: User, post: Standing) -> dict[str, Any]:
    """The new employer answers for the person from now on; the old one no longer sees the case."""
    case, before = award.case, award.case.employer
    if award.instalments.filter(state__in=Instalment.ON_ITS_WAY).exists():
        raise ActRefused(_("有一期正在拨付，请等银行回盘后再变更用人单位。"))
    case.employer = change.new_employer
    case.save(update_fields=["employer"])
    cases.remove_party(case, before, roles.Capacity.EMPLOYER)
    cases.add_party(case, change.new_employer, roles.Capacity.EMPLOYER)
    cases.record(
        case, "employer_changed", actor=actor, standing=post, title=_("变更用人单位"),
        public_text=_("由%(before)s变更为%(after)s，继续发放。")
        % {"before": before.name, "after": change.new_employer.name},
        figures={"award": award.number, "before": before.pk, "after": change.new_employer.pk},
    )  # fmt: skip
    return {"employer_before": before.pk}


def own_request(change: AwardChange) -> bool:
    """Whether the person himself gives the payment up: nobody has to be warned of what he asks for."""
    return change.side == AwardChange.Side.PERSON and change.kind in (Kind.PURCHASE, Kind.LEFT)


def levels_of(levels: Levels | None) -> Levels:
    if levels is None:
        raise ActRefused(_("该政策没有层次提升补差的规定。"))
    return levels
