"""What a number on the board counts: one place says it, for the number and for the list behind it.

Everything goes through `visible_to`: a county's leader counts the county, and a case somebody is recused from is in
none of his numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talent.core.models import Case, IndustryChain, Letter, Region, User
from talent.core.services import policy
from workflows import processes
from workflows.models import OpenStep, StepSpan

# 直通车, the process whose funnel the board draws.
DIRECT = "green_channel"


@dataclass(frozen=True)
class Scope:
    """Whose board, up to which day of which year, of which county (None: all the reader sees)."""

    user: User
    until: date
    region: Region | None = None

    @property
    def since(self) -> date:
        return date(self.until.year, 1, 1)

    @cached_property
    def visible(self) -> QuerySet[Case]:
        """Every case of the scope; drafts are nobody's number."""
        seen = Case.objects.visible_to(self.user).exclude(status=Case.Status.DRAFT)
        return seen.filter(region=self.region) if self.region else seen

    @cached_property
    def moments(self) -> tuple[datetime, datetime]:
        """From the first moment of the year to the last one of `until`, for columns that keep a time."""
        return (
            timezone.make_aware(datetime.combine(self.since, time.min)),
            timezone.make_aware(datetime.combine(self.until, time.max)),
        )

    def address(self, name: str, **given: Any) -> str:
        """The list behind a number, as a link that can be passed on."""
        asked = {"year": self.until.year, **({"region": self.region.code} if self.region else {}), **given}
        if self.until != min(date(self.until.year, 12, 31), timezone.localdate()):
            asked["until"] = self.until.isoformat()
        return f"{reverse('lead:list', args=[name])}?{urlencode(asked)}"


@dataclass(frozen=True)
class Selection:
    """The rows behind a number: cases, steps that are over, or open steps."""

    title: str
    definition: str
    rows: QuerySet


# --- questions about a case, each usable as a filter and as a counted condition ------------------------------------


def counts_for(scope: Scope, row: policy.TargetRow) -> Q | None:
    """Which cases count towards a target; None when the system keeps no such process."""
    if not row.policy or row.policy not in {process.policy for process in processes.PROCESSES}:
        return None
    counted = Q(policy=row.policy) & _letter_issued(scope, row.letter)
    if row.levels:
        counted &= Q(level_code__in=row.levels)
    if row.kind:
        counted &= Q(greenchannelcase__kind=row.kind)
    return counted


def _letter_issued(scope: Scope, kind: str) -> Q:
    return Q(
        Exists(
            Letter.objects.filter(
                case=OuterRef("pk"), kind=kind, state=Letter.State.VALID, issued_at__range=scope.moments
            )
        )
    )


def one_case(scope: Scope) -> Q:
    """一事一议: recognised this year with support decided for this one case."""
    return (
        Q(policy=DIRECT)
        & _letter_issued(scope, "recognition")
        & Q(greenchannelcase__isnull=False)
        & ~Q(greenchannelcase__support_items=[])
    )


def cohort(scope: Scope) -> Q:
    """Recommended this year."""
    return Q(policy=DIRECT, created_at__range=scope.moments)


def running(_scope: Scope) -> Q:
    return Q(policy=DIRECT) & ~Q(status__in=Case.ENDED)


# --- steps -----------------------------------------------------------------------------------------------------


def spans(scope: Scope) -> QuerySet[StepSpan]:
    """Steps of the 直通车 done this year."""
    return StepSpan.objects.filter(
        policy=DIRECT, closed_on__range=(scope.since, scope.until), case__in=scope.visible
    )


def steps(scope: Scope) -> QuerySet[OpenStep]:
    """Steps of the 直通车 that somebody has to take now."""
    return OpenStep.objects.filter(policy=DIRECT, case__in=scope.visible)


def nodes_of(step: str) -> list[str]:
    """The nodes of the flow that belong to a step of the edition: a joint check is one step and many nodes."""
    return [node for node, code in step_of_nodes().items() if code == step]


def step_of_nodes() -> dict[str, str]:
    flow = next(process.flow for process in processes.PROCESSES if process.policy == DIRECT)
    return {node.name: node.step_code for node in flow.instance.nodes() if getattr(node, "step_code", "")}


# --- lists by name -----------------------------------------------------------------------------------------------


def select(scope: Scope, name: str, asked: Mapping[str, str], today: date) -> Selection:
    """The list of a name; 404 for a name or a parameter that is none."""
    if name.startswith("target-"):
        return _target(scope, name.removeprefix("target-"))
    if name not in _LISTS:
        raise Http404
    return _LISTS[name](scope, asked, today)


def _target(scope: Scope, code: str) -> Selection:
    row = next((row for row in policy.yearly()[0] if row.code == code), None)
    counted = counts_for(scope, row) if row else None
    if counted is None:
        raise Http404
    return Selection(row.title, f"{row.measure}（{row.clause}）", scope.visible.filter(counted))


def _cases(title: str, definition: str, condition: Callable[[Scope], Q]) -> Callable[..., Selection]:
    return lambda scope, _asked, _today: Selection(
        str(title), str(definition), scope.visible.filter(condition(scope))
    )


def _step_title(code: str) -> str:
    figures = policy.figures(policy.edition_for(DIRECT))
    found = next((step.title for step in figures.active_steps if step.code == code), None)
    if found is None:
        raise Http404
    return found


def _passed(scope: Scope, asked: Mapping[str, str], _today: date) -> Selection:
    code = asked.get("step", "")
    title = _step_title(code)
    done = StepSpan.objects.filter(case=OuterRef("pk"), step=code, closed_on__lte=scope.until)
    return Selection(
        _("本年推荐、已办过“%(step)s”的办件") % {"step": title},
        _("本年推荐的办件中，该环节至少办结过一次的。"),
        scope.visible.filter(cohort(scope)).filter(Exists(done)),
    )


def _chain(scope: Scope, asked: Mapping[str, str], _today: date) -> Selection:
    chain = IndustryChain.objects.filter(code=asked.get("chain", "")).first()
    if chain is None:
        raise Http404
    return Selection(
        _("%(chain)s：在办的直通车办件") % {"chain": chain.name},
        _("尚未结束的办件。"),
        scope.visible.filter(running(scope), chain=chain),
    )


def _spans(scope: Scope, asked: Mapping[str, str], _today: date) -> Selection:
    found, words = spans(scope), []
    if asked.get("step"):
        found = found.filter(step=asked["step"])
        words.append(_step_title(asked["step"]))
    if asked.get("organisation"):
        found = found.filter(officer=True, organisation__code=asked["organisation"])
        words.append(_("本单位办理"))
    if asked.get("month"):
        if not asked["month"].isdecimal():
            raise Http404
        found = found.filter(officer=True, closed_on__month=int(asked["month"]))
        words.append(_("%(month)s月办结") % {"month": asked["month"]})
    verdict = asked.get("verdict", "")
    if verdict not in _VERDICTS:
        raise Http404
    if verdict:
        found = found.filter(kept=verdict == "kept")
        words.append(str(_VERDICTS[verdict]))
    return Selection(
        _("已办环节（%(what)s）") % {"what": "、".join(words) or _("全部")},
        _("本年办结的环节，一个办件可以有几个；用时按工作日，从计为到达的次日起算。"),
        found,
    )


_VERDICTS = {"": "", "kept": gettext_lazy("按时办结"), "late": gettext_lazy("超期办结")}


def _steps(scope: Scope, asked: Mapping[str, str], today: date) -> Selection:
    found, words = steps(scope), []
    if asked.get("step"):
        found = found.filter(node__in=nodes_of(asked["step"]))
        words.append(_step_title(asked["step"]))
    if asked.get("organisation"):
        found = found.filter(waiting=OpenStep.Waiting.OFFICER, organisation__code=asked["organisation"])
        words.append(_("本单位在办"))
    if asked.get("light") == "red":
        found = found.filter(waiting=OpenStep.Waiting.OFFICER).overdue(today)
        words.append(_("已超期"))
    return Selection(
        _("在办环节（%(what)s）") % {"what": "、".join(words) or _("全部")},
        _("现在等待办理的环节，不分年度。"),
        found,
    )


_LISTS: dict[str, Callable[..., Selection]] = {
    "one-case": _cases(
        gettext_lazy("一事一议"), gettext_lazy("当年制发认定书、有单独议定支持事项的办件。"), one_case
    ),
    "cohort": _cases(
        gettext_lazy("本年推荐的办件"), gettext_lazy("当年建立的直通车办件，草稿不计。"), cohort
    ),
    "running": _cases(gettext_lazy("在办的直通车办件"), gettext_lazy("尚未结束的办件，不分年度。"), running),
    "passed": _passed,
    "chain": _chain,
    "spans": _spans,
    "steps": _steps,
}
