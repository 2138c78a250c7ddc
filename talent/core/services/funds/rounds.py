"""在岗确认 of the employer each quarter, 年度复核 of the office each year: opened by the calendar, however many nights it missed.

Each row is unique per quarter or year and each message is claimed by a conditional update, so a second run does nothing.
Nothing is stopped here: who is silent is reported, and the persons concerned are warned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import AnnualReview, Award, AwardChange, Organisation, PostAnswer, PostRound, User

from .. import audit, cases, messages, standing
from ..errors import ActRefused, Conflict, NotAllowed
from . import instalments, reporting, rights
from .instalments import RecheckResult

State = PostRound.State


@dataclass(frozen=True)
class Reported:
    """What an employer says of one person who is no longer as before: kind of change, day and reason."""

    kind: str
    happened_on: date
    reason: str


def quarter_of(day: date) -> tuple[str, date]:
    """The quarter `day` lies in, as `2026Q1`, and its first day."""
    number = (day.month - 1) // 3
    return f"{day.year}Q{number + 1}", date(day.year, number * 3 + 1, 1)


def asked_about(organisation: Organisation, policies: Iterable[str], before: date) -> list[Award]:
    """The running awards of an employer's people that were granted before a day: whom a round asks about."""
    rows = Award.objects.filter(
        state__in=Award.LIVE,
        case__employer=organisation,
        case__policy__in=tuple(policies),
        approved_at__date__lt=before,
    )
    return list(rows.select_related("case__applicant").order_by("case__number", "pk"))


@transaction.atomic
def open_round(organisation: Organisation, *, day: date, days: int) -> PostRound | None:
    """Ask an employer for the quarter of `day`; it may answer in the first `days` calendar days. None when asked before."""
    quarter, first = quarter_of(day)
    made, new = PostRound.objects.get_or_create(
        organisation=organisation, quarter=quarter, defaults={"due_on": first + timedelta(days=days - 1)}
    )
    if not new:
        return None
    _tell_hr(made, _("请确认在岗情况"), _("请在 %(due)s 前确认本单位享受补贴人员的在岗情况。"), "open")
    return made


def _tell_hr(asked: PostRound, subject: str, body: str, name: str) -> None:
    for person in standing.holders(roles.HR, asked.organisation):
        messages.tell(
            person, kind="posts_asked", subject=subject, body=body % {"due": f"{asked.due_on:%Y-%m-%d}"},
            key=f"posts:{asked.pk}:{name}:{person.pk}",
        )  # fmt: skip


def to_remind(day: date) -> list[PostRound]:
    """Open rounds of which more than half the window is over, and of which nobody was reminded."""
    first = quarter_of(day)[1]
    rows = PostRound.objects.filter(state=State.OPEN, reminded_at__isnull=True, due_on__gte=day)
    return [
        asked
        for asked in rows.select_related("organisation").order_by("pk")
        if day - first > (asked.due_on - first) / 2
    ]


@transaction.atomic
def remind(asked: PostRound) -> bool:
    """One reminder to the employer. False when there has been one."""
    waiting = PostRound.objects.filter(pk=asked.pk, state=State.OPEN, reminded_at__isnull=True)
    if not waiting.update(reminded_at=timezone.now()):
        return False
    _tell_hr(asked, _("在岗确认即将到期"), _("在岗确认将于 %(due)s 截止，请尽快办理。"), "remind")
    return True


def silent(day: date) -> list[PostRound]:
    """Rounds whose window has passed without an answer."""
    return list(
        PostRound.objects.filter(state=State.OPEN, due_on__lt=day)
        .select_related("organisation")
        .order_by("pk")
    )


@transaction.atomic
def note_silence(asked: PostRound, awards: Sequence[Award]) -> bool:
    """逾期未确认: the employer is told once more, each person concerned is warned, the office reads it at the recheck."""
    if not PostRound.objects.filter(pk=asked.pk, state=State.OPEN).update(state=State.OVERDUE):
        return False
    rights.lock_cases(award.case_id for award in awards)
    _tell_hr(
        asked, _("在岗确认已逾期"), _("在岗确认已于 %(due)s 逾期，补确认前各期不能通过发放前复核。"), "late"
    )
    for row in awards:
        award = rights.lock_award(row)
        instalments.alert(award, _("用人单位未按期确认在岗。"))
        cases.record(
            award.case, "posts_unconfirmed", actor=None, title=_("单位逾期未确认在岗"),
            public_text=_("用人单位未在 %(day)s 前确认在岗，请联系单位；补确认后继续发放。")
            % {"day": f"{asked.due_on:%Y-%m-%d}"},
            figures={"award": award.number, "quarter": asked.quarter},
        )  # fmt: skip
    audit.record("posts_unconfirmed", actor=None, subject=f"organisation:{asked.organisation_id}")
    return True


@transaction.atomic
def answer_round(
    asked: PostRound, awards: Sequence[Award], changed: Mapping[int, Reported], *, actor: User, within: int
) -> PostRound:
    """The employer's word about all its people at once: `changed` by award, everybody else is in post as before.

    Also after the window. Raises `NotAllowed` for anybody but the employer's HR, `Conflict` for a second answer.
    """
    cases_locked = rights.lock_cases(award.case_id for award in awards)
    if standing.standing(actor, roles.HR, asked.organisation) is None:
        raise NotAllowed(_("在岗情况由“%(name)s”的人事专员确认。") % {"name": asked.organisation})
    if any(case.applicant.user_id == actor.pk for case in cases_locked.values()) and len(awards) == 1:
        raise NotAllowed(_("不能只确认本人的在岗情况，请由本单位其他人事专员办理。"))
    if changed.keys() - {award.pk for award in awards}:
        raise ActRefused(_("名单已有变化，请刷新后重新确认。"))
    waiting = PostRound.objects.filter(pk=asked.pk, state__in=PostRound.ASKED)
    if not waiting.update(state=State.ANSWERED, answered_by=actor, answered_at=timezone.now()):
        raise Conflict(_("本季度在岗情况已经确认。"))
    for award in awards:
        found, change = changed.get(award.pk), None
        if found:
            change = reporting.noted(
                award, kind=found.kind, happened_on=found.happened_on, statement=found.reason, actor=actor,
                side=AwardChange.Side.EMPLOYER, within=within,
            )  # fmt: skip
        PostAnswer.objects.create(round=asked, award=award, unchanged=found is None, change=change)
        if found is None:
            cases.record(
                cases_locked[award.case_id], "posts_confirmed", actor=actor, title=_("单位确认在岗"),
                public_text=_("用人单位确认在岗且无变化（%(quarter)s）。") % {"quarter": asked.quarter},
                figures={"award": award.number},
            )  # fmt: skip
    audit.record(
        "posts_answered", actor=actor, subject=f"organisation:{asked.organisation_id}",
        detail={"quarter": asked.quarter, "people": len(awards), "changed": len(changed)},
    )  # fmt: skip
    asked.refresh_from_db()
    return asked


def last_word(award: Award) -> PostAnswer | PostRound | None:
    """What the employer said last, or the round it has not answered; None when it was never asked about this award."""
    rounds = PostRound.objects.filter(organisation_id=award.case.employer_id).order_by("-quarter")
    latest = rounds.first()
    if latest is None:
        return None
    return latest.answers.filter(award=award).select_related("round", "change").first() or (
        latest if latest.state in PostRound.ASKED else None
    )


# --- once a year ---------------------------------------------------------------------------------------------


@transaction.atomic
def open_review(award: Award, *, year: int, due_on: date) -> AnnualReview | None:
    """Put an award on the list of the year; the office is told. None when it is there already."""
    made, new = AnnualReview.objects.get_or_create(award=award, year=year, defaults={"due_on": due_on})
    if not new:
        return None
    for person in standing.holders(instalments.handling_role(award), award.handling_organisation):
        messages.tell(
            person, kind="review_due", subject=_("有资助待年度复核"), case=award.case,
            body=_("请在 %(day)s 前完成年度复核，见资金中的“年度复核”。") % {"day": f"{due_on:%Y-%m-%d}"},
            key=f"review:{year}:{award.handling_organisation_id}:{person.pk}",
        )  # fmt: skip
    return made


def to_review(policies: Iterable[str], *, year: int, before: date) -> list[Award]:
    """The running awards granted before a day that are not on the list of the year."""
    rows = Award.objects.filter(
        state__in=Award.LIVE, case__policy__in=tuple(policies), approved_at__date__lt=before
    ).exclude(reviews__year=year)
    return list(rows.select_related("case", "handling_organisation").order_by("pk"))


@transaction.atomic
def review(row: AnnualReview, result: RecheckResult, *, actor: User) -> AnnualReview:
    """年度复核: passed, or not, with every fact; the person is warned, and what follows is a change of its own."""
    award = rights.lock_award(row.award)
    post = rights.require(actor, roles.Act.RECHECK, award.handling_organisation, case=award.case)
    if not result.findings:
        raise ActRefused(_("复核情况不能为空，请逐项填写后提交。"))
    found = {
        "state": AnnualReview.State.PASSED if result.passed else AnnualReview.State.FAILED,
        "findings": [asdict(finding) for finding in result.findings],
        "reviewed_by": actor,
        "reviewed_at": timezone.now(),
    }
    if not AnnualReview.objects.filter(pk=row.pk, state=AnnualReview.State.OPEN).update(**found):
        raise Conflict(_("该资助本年度已经复核。"))
    cases.record(
        award.case, "award_reviewed", actor=actor, standing=post,
        title=_("年度复核：%(verdict)s") % {"verdict": _("符合") if result.passed else _("不符合")},
        public_text=_("年度复核通过。") if result.passed else result.reason,
        figures={"award": award.number, "year": row.year, "passed": result.passed},
    )  # fmt: skip
    if not result.passed:
        instalments.alert(award, result.reason)
    row.refresh_from_db()
    return row
