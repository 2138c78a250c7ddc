"""Everything that is due: done once, whenever it is asked, however often, after however many missed days.

Each due row is claimed by a conditional update inside its own transaction, so two ticks at once do it once. A row
that fails is reported and does not stop the others.
"""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case
from talent.core.services import (
    appointments,
    audit,
    calendar,
    cases,
    checks,
    drafts,
    funds,
    letters,
    materials,
    messages,
    origin,
    promises,
    publicity,
    signin,
    supplements,
)
from talent.core.services.errors import ActRefused, Conflict

from . import processes, projections
from .base import acts
from .base.joint import CheckTask
from .base.nodes import PUBLICITY
from .models import OpenStep

logger = logging.getLogger(__name__)
AN_HOUR = timedelta(hours=1)


@dataclass
class Report:
    """How many of each kind were done, and what failed."""

    done: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def count(self, name: str, number: int = 1) -> None:
        self.done[name] = self.done.get(name, 0) + number


def _each(report: Report, name: str, rows: Iterable[Any], act: Callable[[Any], object]) -> None:
    """Do `act` for each row in a transaction of its own; one that answers False had nothing to do."""
    for row in rows:
        try:
            with transaction.atomic():
                did = act(row)
        except ActRefused:
            # Another tick, or a person, was faster: nothing is due here any more.
            continue
        except Exception as error:
            logger.exception("tick %s failed", name)
            report.failed.append(f"{name}：{type(error).__name__}")
        else:
            if did is not False:
                report.count(name)


def _all(report: Report, name: str, act: Callable[[], int]) -> None:
    """Do what finds its rows itself and says how many; when it fails the rest of the tick goes on."""
    try:
        report.count(name, act())
    except Exception as error:
        logger.exception("tick %s failed", name)
        report.failed.append(f"{name}：{type(error).__name__}")


def run() -> Report:
    """Do everything due today."""
    report = Report()
    today = calendar.today()
    _all(report, _("任职生效与到期"), lambda: appointments.sync_shadows(today))
    _each(report, _("补正逾期"), supplements.overdue(today), lapse_supplement)
    _each(report, _("容缺逾期"), promises.overdue(today), lapse_promise)
    _each(
        report,
        _("公示期满"),
        publicity.due_to_close(today),
        lambda row: acts.answer(row.case.specific(), PUBLICITY, actor=None),
    )
    _each(report, _("分期到期"), funds.due(today), funds.mark_due)
    _each(report, _("补正提醒"), supplements.to_remind(), lambda row: supplements.remind(row, today))
    _each(report, _("容缺提醒"), promises.to_remind(), lambda row: promises.remind(row, today))
    _each(report, _("草稿到期提醒"), drafts.unfinished(), lambda case: drafts.warn(case, today))
    _each(report, _("草稿到期清除"), drafts.due(today), lambda case: purge_draft(case, today))
    for process in processes.PROCESSES:
        for due in process.due:
            _each(report, due.title, due.rows(today), lambda row, act=due.act: act(row, today))
    _each(report, _("环节临期提醒"), _to_warn(today), _warn)
    _each(report, _("环节超期上报"), _to_escalate(today), _escalate)
    _each(report, _("期限重算"), _paused_cases(), lambda step: cases.refresh_due(step.case))
    _all(report, _("环节用时统计"), lambda: projections.refresh_paces(today))
    for process in processes.PROCESSES:
        for name, act in process.nightly:
            _all(report, str(name), act)
    _all(report, _("清除访问计数"), origin.forget_old_tries)
    # What a crash left lying open while it was being checked.
    _all(
        report,
        _("清除上传残留"),
        lambda: len(materials.sweep_orphans(folders=["incoming"], older_than=AN_HOUR)),
    )
    _all(report, _("清除过期会话"), signin.forget_ended_sessions)
    _all(report, _("文书生成"), lambda: letters.render_waiting(100))
    _all(report, _("消息发送"), lambda: messages.deliver_waiting(100))
    audit.seal()
    return report


def lapse_supplement(supplement) -> None:
    """The case of an unanswered 补正 notice ends: process first, then the case with its letter."""
    acts.end_process(supplement.case)
    processes.of(supplement.case).services.lapse_supplement(supplement)


def lapse_promise(promise) -> None:
    """The case of a broken promise ends: process first, then the case with letter and credit mark."""
    acts.end_process(promise.case)
    processes.of(promise.case).services.lapse_promise(promise)


def purge_draft(case: Case, today: date) -> bool:
    """A draft nobody handed in ends: its process first, if it has begun one, then what it holds is removed."""
    with suppress(Conflict):
        acts.end_process(case)
    return drafts.purge(case, today)


def _paused_cases():
    """An open pause moves the due date every day."""
    return OpenStep.objects.filter(case__paused=True).select_related("case__edition").order_by("pk")


def _to_warn(today):
    near = OpenStep.objects.filter(
        waiting=OpenStep.Waiting.OFFICER, warned_at__isnull=True, warn_on__lte=today, due_on__gte=today
    )
    return near.select_related("case", "organisation", "owner").order_by("pk")


def _warn(step: OpenStep) -> bool:
    if not OpenStep.objects.filter(pk=step.pk, warned_at__isnull=True).update(warned_at=timezone.now()):
        return False
    people = (
        [step.owner]
        if step.owner_id
        else appointments.holders(roles.BY_CODENAME[step.role], step.organisation)
    )
    for person in people:
        messages.tell(
            person,
            kind="step_near_due",
            subject=_("“%(step)s”即将到期") % {"step": step.title},
            body=_("办件 %(number)s 的“%(step)s”应于 %(due)s 前完成。")
            % {"number": step.case.number, "step": step.title, "due": f"{step.due_on:%Y-%m-%d}"},
            case=step.case,
            key=f"warn:{step.pk}:{person.pk}",
        )
    return True


def _to_escalate(today):
    over = OpenStep.objects.filter(
        waiting=OpenStep.Waiting.OFFICER, escalated_at__isnull=True, due_on__lt=today
    )
    return over.select_related("case__edition", "organisation", "owner", "task").order_by("pk")


def escalate_overdue(case) -> None:
    """What the tick does today for the overdue steps of one case."""
    for step in _to_escalate(calendar.today()).filter(case_id=case.pk):
        _escalate(step)


def _escalate(step: OpenStep) -> bool:
    superiors = appointments.superior_of(roles.BY_CODENAME[step.role], step.organisation)
    names = "、".join(str(person) for person in superiors)[:120]
    claimed = OpenStep.objects.filter(pk=step.pk, escalated_at__isnull=True).update(
        escalated_at=timezone.now(), escalated_to=names
    )
    if not claimed:
        return False
    for person in superiors:
        messages.tell(
            person,
            kind="step_overdue",
            subject=_("“%(step)s”已超期") % {"step": step.title},
            body=_("办件 %(number)s 的“%(step)s”应于 %(due)s 前完成，至今未办，经办：%(holder)s。")
            % {
                "number": step.case.number,
                "step": step.title,
                "due": f"{step.due_on:%Y-%m-%d}",
                "holder": step.holder,
            },
            case=step.case,
            key=f"escalate:{step.pk}:{person.pk}",
        )
    # 逾期未复 is recorded once per check; a late officer and then a late head are told of each.
    node = step.task.flow_task
    if isinstance(node, CheckTask) and checks.record_silence(node.check(step.case), superiors):
        return True
    cases.record(
        step.case,
        "step_escalated",
        actor=None,
        title=_("“%(step)s”超期上报") % {"step": step.title},
        public=False,
        internal_text=_("已上报：%(names)s") % {"names": names or _("（无上级，请安全管理员任命）")},
    )
    return True
