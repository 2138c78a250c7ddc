"""Compare what must agree: open steps with live tasks, cases with their processes, rows with their files."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

from talent.core.models import Case
from talent.core.services import letters, materials
from workflows.models import OpenStep


def findings() -> list[str]:
    """Every disagreement, in plain words."""
    found = []
    live = Task.objects.filter(status__in=(STATUS.NEW, STATUS.ASSIGNED, STATUS.STARTED)).filter(
        open_step__isnull=True
    )
    found += [
        f"任务 {task.pk} 仍在办，但没有在办环节"
        for task in live.order_by("pk")
        if str(task.flow_task_type) in ("HUMAN", "FUNCTION")
    ]
    stale = OpenStep.objects.exclude(task__status__in=(STATUS.NEW, STATUS.ASSIGNED)).order_by("pk")
    found += [f"在办环节 {step.pk}（{step.case}）的任务已经结束" for step in stale.select_related("case")]
    ended = OpenStep.objects.filter(case__status__in=Case.ENDED).select_related("case").order_by("pk")
    found += [f"办件 {step.case} 已结束，但仍有在办环节“{step.title}”" for step in ended]
    idle = Case.objects.running().filter(open_steps__isnull=True).order_by("pk")
    found += [f"办件 {case} 在办，但没有任何环节" for case in idle]
    closed = (
        Process.objects.exclude(status=PROCESS.NEW)
        .filter(task__status__in=(STATUS.NEW, STATUS.ASSIGNED))
        .distinct()
    )
    found += [f"流程 {process.pk} 已结束，但仍有在办任务" for process in closed.order_by("pk")]
    found += [f"材料版本 {version.pk} 的文件缺失或内容不符" for version in materials.damaged_files()]
    found += [
        f"文书 {letter.check_code} 的文件缺失或内容不符"
        for letter in letters.rendered().iterator()
        if not letters.is_whole(letter)
    ]
    return found


class Command(BaseCommand):
    help = "核对在办环节、任务、办件和文件是否一致"

    def handle(self, *args: Any, **options: Any) -> None:
        problems = findings()
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"发现 {len(problems)} 处不一致")
        self.stdout.write("全部一致")
