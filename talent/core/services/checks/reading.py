"""Who reads what of a joint check: findings for those who decide, its own answer for each bureau, counts for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.clock import Light
from talent.core.models import Case, Check, CheckConfirmation, CheckOpinion, PolicyEdition, User
from talent.core.services import appointments, calendar, policy

_ANSWERING = (roles.CHECKER, roles.BUREAU_HEAD)


@dataclass(frozen=True)
class Line:
    """One bureau's check as a page shows it; `left` in working days, None when it is over."""

    check: Check
    title: str
    question: str
    state: str
    light: Light
    left: int | None


@dataclass(frozen=True)
class Progress:
    """n of m answered, and every line. `adverse` is for those who may read findings."""

    lines: tuple[Line, ...]

    @property
    def asked(self) -> int:
        return len(self.lines)

    @property
    def answered(self) -> int:
        return sum(not line.check.is_open for line in self.lines)

    @property
    def late(self) -> int:
        return sum(line.light == Light.RED for line in self.lines)

    def __str__(self) -> str:
        return f"{self.answered}/{self.asked}"


def words(case: Case) -> str:
    """「背景核查（3/5）」 is the step's title and this: how many of how many have answered."""
    states = list(case.checks.counted().values_list("state", flat=True))
    return f"{sum(state not in Check.OPEN for state in states)}/{len(states)}"


def progress(found: Iterable[Case]) -> dict[int, Progress]:
    """The progress of each case that has checks, by its key: two queries for a whole list."""
    by_key = {case.pk: case for case in found}
    rows: dict[int, list[Check]] = {}
    if by_key:
        checks = Check.objects.counted().filter(case__in=by_key).select_related("organisation")
        for check in checks.order_by("case_id", "place"):
            rows.setdefault(check.case_id, []).append(check)
    editions = PolicyEdition.objects.in_bulk({by_key[key].edition_id for key in rows})
    return {
        key: Progress(tuple(_lines(policy.figures(editions[by_key[key].edition_id]), checks)))
        for key, checks in rows.items()
    }


def lines(case: Case, checks: Iterable[Check]) -> list[Line]:
    """`checks` of one case as lines, in their order."""
    return _lines(policy.figures(case.edition), checks)


def _lines(figures: policy.Figures, checks: Iterable[Check]) -> list[Line]:
    today, current = calendar.today(), calendar.current()
    made = []
    for check in checks:
        subject = figures.check(check.subject)
        light, left = _light(check, today, current, figures.limit("near_due_days"))
        made.append(Line(check, subject.title, subject.question, _state(check, today), light, left))
    return made


def _state(check: Check, today: date) -> str:
    if check.late_on(today):
        return _("逾期未复")
    return str(check.get_state_display())


def _light(check: Check, today: date, current, warn: int) -> tuple[Light, int | None]:
    if not check.is_open:
        return Light.DONE, None
    left = current.working_days_between(today, check.due_on)
    if check.due_on < today:
        return Light.RED, left
    return (Light.YELLOW if left <= warn else Light.GREEN), left


def reads_findings(user: User, case: Case) -> bool:
    """Whether `user` reads what every bureau found: lead, intake and deciding organisation, never a bureau that is asked."""
    return appointments.standing_on(user, case, roles.Act.READ_FINDINGS) is not None


def _with_opinions(case: Case):
    versions = CheckOpinion.objects.select_related(
        "officer", "on_behalf_of", "confirmation__head", "confirmation__on_behalf_of"
    ).order_by("-version")
    return (
        case.checks.counted()
        .select_related("organisation", "asked_by")
        .prefetch_related(Prefetch("opinions", versions))
        .order_by("place")
    )


def own_checks(user: User, case: Case, *, everything: bool = False) -> list[Check]:
    """The checks whose opinions `user` reads, newest version first: those of his own bureaus, or all of the case."""
    found = _with_opinions(case)
    if not everything:
        found = found.filter(
            organisation__in=appointments.organisations_where(user, *_ANSWERING, policy=case.policy)
        )
    return list(found)


def materials_for(user: User, case: Case) -> set[str]:
    """Codes of the materials a checking officer may open: what his running checks need; none once it is concluded."""
    figures = policy.figures(case.edition)
    if case.ended:
        return set()
    running = [check for check in own_checks(user, case) if not check.concluded]
    return {code for check in running for code in figures.check(check.subject).materials}


@dataclass(frozen=True)
class Told:
    """One version of an opinion as its readers see it; `void`: confirmed once, then edited."""

    opinion: CheckOpinion
    finding: str
    confirmation: CheckConfirmation | None
    current: bool

    @property
    def void(self) -> bool:
        return self.confirmation is not None and not self.current


def opinions(case: Case, check: Check) -> list[Told]:
    """Every version of a check's opinion, newest first (`check` from `own_checks`)."""
    titles = {one.code: one.title for one in policy.figures(case.edition).check(check.subject).finding}
    return [
        Told(one, titles.get(one.finding, one.finding), getattr(one, "confirmation", None), one.version == check.version)
        for one in check.opinions.all()
    ]  # fmt: skip


def unexplained(case: Case) -> list[Check]:
    """Confirmed checks whose finding is adverse while the last conclusion explains nothing."""
    last = case.check_conclusions.order_by("-pk").first()
    if last is not None and last.explanation:
        return []
    confirmed = case.checks.filter(state=Check.State.CONFIRMED).prefetch_related("opinions").order_by("place")
    return [
        check
        for check in confirmed
        if any(one.adverse and one.version == check.version for one in check.opinions.all())
    ]
