"""Two levels of one case: the city takes an open step over from a county, and how long each level has had it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import gettext as _

from talent.core.models import Case, Region, User
from talent.core.services import calendar
from workflows.models import OpenStep, StepSpan, TakeBack

from .acts import locked_task, unassign
from .nodes import note_place


def take_over(step: OpenStep, *, do: Callable[..., None], actor: User, reason: str) -> OpenStep:
    """提级办理: `do(case, node=…, actor=…, reason=…)` moves the case, and its open step goes to who holds it now.

    Whoever had taken the step loses it; what was decided before can no longer be taken back.
    """
    with step.task.flow_task.flow_class.lock(step.task.process_id):
        task = locked_task(step)
        node, case = task.flow_task, task.process.artifact
        do(case, node=node.name, actor=actor, reason=reason)
        if task.owner_id:
            unassign(task)
            task = locked_task(step)
        organisation = node.organisation_for(case)
        task.owner_permission_obj_pk = str(organisation.pk)
        task.save(update_fields=["owner_permission_obj_pk"])
        OpenStep.objects.filter(task=task).update(organisation=organisation)
        TakeBack.objects.filter(case_id=case.pk).delete()
        opened = OpenStep.objects.select_related("organisation", "task").get(task=task)
        note_place(case, opened.of(case))
    return opened


def times_of(case: Case, open_steps: Iterable[OpenStep]) -> list[dict[str, Any]]:
    """How many working days county and city have had the case, and whether one of them has it now.

    Bureaus that answer side by side count once; empty while only one level has worked on it.
    """
    days: dict[str, dict[tuple, int]] = {}
    now: set[str] = set()
    spans = StepSpan.objects.filter(case_id=case.pk, officer=True, organisation__isnull=False)
    for span in spans.select_related("organisation__region").order_by("pk"):
        _longest(days, span.organisation.region, (span.step, span.opened_on), span.days)
    today, current = calendar.today(), calendar.current()
    for step in open_steps:
        if step.waiting != OpenStep.Waiting.OFFICER or step.organisation is None:
            continue
        arrived = calendar.effective_day(step.opened_at)
        used = max(0, current.working_days_between(arrived, today))
        now.add(_longest(days, step.organisation.region, (step.node.partition("_")[0], arrived), used))
    if len(days) < 2:
        return []
    labels = {"county": _("县市区"), "city": _("市级")}
    return [
        {"label": labels[level], "days": sum(days[level].values()), "now": level in now}
        for level in ("county", "city")
        if level in days
    ]


def _longest(days: dict[str, dict[tuple, int]], region: Region, step: tuple, used: int) -> str:
    level = "city" if region.kind == Region.Kind.CITY else "county"
    known = days.setdefault(level, {})
    known[step] = max(known.get(step, 0), used)
    return level
