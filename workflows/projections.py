"""What the past says in figures: the time steps took, from the rows kept when each was over.

`refresh_paces` is the tick's; the public guide reads what it wrote. The boards ask `StepSpan` itself, cut down to
what the reader may see.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count

from talent.core.services import policy
from workflows import processes

from .models import StepPace, StepSpan

A_YEAR = timedelta(days=365)


def median(counted: Iterable[tuple[int, int]]) -> Decimal | None:
    """The median of values given as (value, how often); None when there are none. Half a day at most between two."""
    ordered = sorted((value, number) for value, number in counted if number)
    total = sum(number for _value, number in ordered)
    if not total:
        return None
    return (_at(ordered, (total - 1) // 2) + _at(ordered, total // 2)) / Decimal(2)


def _at(ordered: list[tuple[int, int]], place: int) -> int:
    for value, number in ordered:
        if place < number:
            return value
        place -= number
    raise IndexError(place)


def refresh_paces(today: date) -> int:
    """Write anew, once a day, what each step took in the twelve months up to `today`. Returns how many rows."""
    if StepPace.objects.filter(made_on=today).exists():
        return 0
    rows = (
        StepSpan.objects.filter(
            policy__in=[process.policy for process in processes.PROCESSES],
            closed_on__gt=today - A_YEAR,
            closed_on__lte=today,
        )
        .order_by()
        .values_list("policy", "step", "days", "kept")
        .annotate(number=Count("pk"))
    )
    times: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    verdicts: dict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for code, step, days, kept, number in rows:
        times[code, step][days] += number
        if kept is not None:
            verdicts[code, step][kept] += number
    made = [
        StepPace(
            policy=code, step=step, spans=counted.total(), median=median(counted.items()),
            limited=verdicts[code, step].total(), kept=verdicts[code, step][True], made_on=today,
        )
        for (code, step), counted in sorted(times.items())
    ]  # fmt: skip
    with transaction.atomic():
        StepPace.objects.all().delete()
        # Another tick at the same moment writes the same rows: the second finds them and writes over them.
        StepPace.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=("policy", "step"),
            update_fields=("spans", "median", "limited", "kept", "made_on"),
        )
    return len(made)


def promise_kept(figures: policy.Figures, code: str) -> list[tuple[policy.Step, StepPace | None]]:
    """Every step of the edition beside what it really took; None while nothing is known (暂无数据)."""
    known = {pace.step: pace for pace in StepPace.objects.filter(policy=code)}
    return [(step, known.get(step.code)) for step in figures.active_steps]
