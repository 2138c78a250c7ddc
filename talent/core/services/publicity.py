"""公示 of a decision before it is final, and the objections to it.

Only the fields the edition whitelists are copied into the publicity, so nothing else can be rendered
(个人信息保护法 art. 25). An open objection keeps the result back until somebody has checked it.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, Consent, Objection, Publicity, User

from . import calendar, cases, policy, sequences
from .appointments import Standing
from .errors import ActRefused, Conflict


@transaction.atomic
def open_publicity(case: Case, shown: dict[str, str], *, actor: User, standing: Standing) -> Publicity:
    """Publish `shown` (label → text) from the next working day for the edition's working days.

    Raises `ActRefused` when the applicant has not agreed to publication, or `shown` holds a field outside the
    edition's whitelist.
    """
    figures = policy.figures(case.edition)
    extra = set(shown) - set(figures.publicity_fields)
    if extra:
        raise ActRefused(_("公示内容包含未列入清单的字段：%(names)s。") % {"names": "、".join(sorted(extra))})
    if not Consent.objects.filter(
        profile=case.applicant, purpose=Consent.Purpose.PUBLICITY, withdrawn_at__isnull=True
    ).exists():
        raise ActRefused(_("申请人尚未同意公示，请先取得同意或按程序提请不公示。"))
    # Day one is the first working day after publication; five full working days must pass.
    today = calendar.effective_day(timezone.now())
    publicity = Publicity.objects.create(
        case_id=case.pk,
        shown=shown,
        starts_on=calendar.current().next_working_day(today),
        ends_on=calendar.due_after(today, figures.limit("publicity_days")),
        state=Publicity.State.OPEN,
        opened_by=actor,
    )
    cases.set_status(case, Case.Status.PUBLICITY)
    cases.record(
        case,
        "publicity_opened",
        actor=actor,
        standing=standing,
        title=_("公示"),
        public_text=_("自%(start)s至%(end)s公示，期间可以提出异议。公示时间不计入办理时限。")
        % {"start": f"{publicity.starts_on:%Y-%m-%d}", "end": f"{publicity.ends_on:%Y-%m-%d}"},
        clock="pause",
        figures={"ends_on": publicity.ends_on.isoformat()},
    )
    return publicity


@transaction.atomic
def exempt(case: Case, reason: str, *, asked_by: User, approved_by: User, standing: Standing) -> Publicity:
    """不公示: with a written reason, approved by somebody other than who asked (涉密或其他法定情形)."""
    if len(reason.strip()) < 4:
        raise ActRefused(_("不公示必须写明理由（至少4个字）。"))
    if asked_by.pk == approved_by.pk:
        raise ActRefused(_("不公示须由提请人以外的人批准，请转其他审定人办理。"))
    publicity = Publicity.objects.create(
        case_id=case.pk,
        state=Publicity.State.EXEMPT,
        exempt_reason=reason.strip(),
        exempt_asked_by=asked_by,
        exempt_approved_by=approved_by,
        closed_at=timezone.now(),
    )
    Case.objects.filter(pk=case.pk).update(no_publicity=True)
    case.no_publicity = True
    cases.record(
        case,
        "publicity_exempted",
        actor=approved_by,
        standing=standing,
        title=_("批准不公示"),
        public_text=_("按规定不公示。"),
        internal_text=reason.strip(),
    )
    return publicity


@transaction.atomic
def object_to(
    publicity: Publicity, content: str, *, anonymous: bool, name: str = "", contact: str = ""
) -> Objection:
    """Take an objection from the public, until the end of the last day. Named ones give name and contact."""
    if publicity.state != Publicity.State.OPEN or not is_open_on(publicity, timezone.localdate()):
        raise ActRefused(_("公示期已经结束，不能再提出异议。如仍有意见，请向受理单位书面反映。"))
    if len(content.strip()) < 10:
        raise ActRefused(_("请具体写明异议的内容和事实（至少10个字），以便核查。"))
    if not anonymous and not (name.strip() and contact.strip()):
        raise ActRefused(_("实名异议请填写姓名和联系方式；不便透露的，可以选择匿名。"))
    case = publicity.case
    year = calendar.today().year
    objection = Objection.objects.create(
        publicity=publicity,
        number=f"YY{year}-{sequences.next_number('objection', year):04d}",
        anonymous=anonymous,
        name="" if anonymous else name.strip(),
        contact="" if anonymous else contact.strip(),
        content=content.strip(),
        due_on=calendar.due_after(
            calendar.effective_day(timezone.now()), policy.figures(case.edition).limit("objection_check_days")
        ),
    )
    cases.record(
        case,
        "objection_received",
        actor=None,
        title=_("收到异议"),
        public=False,
        internal_text=_("异议编号 %(number)s") % {"number": objection.number},
    )
    return objection


def is_open_on(publicity: Publicity, day: date) -> bool:
    """Whether objections are taken on `day`: from publication to the end of the last day, midnight."""
    return (
        publicity.ends_on is not None
        and publicity.opened_at.date() - timedelta(days=1) <= day <= publicity.ends_on
    )


@transaction.atomic
def settle(objection: Objection, *, upheld: bool, finding: str, actor: User, standing: Standing) -> Objection:
    """Write the finding of an objection. Upheld or not, it no longer blocks; what follows is the decider's act."""
    if len(finding.strip()) < 4:
        raise ActRefused(_("请写明核查结论（至少4个字）。"))
    updated = Objection.objects.filter(pk=objection.pk, state=Objection.State.OPEN).update(
        state=Objection.State.UPHELD if upheld else Objection.State.DISMISSED,
        finding=finding.strip(),
        handled_by=actor,
        handled_at=timezone.now(),
    )
    if not updated:
        raise Conflict(_("异议 %(number)s 已由他人核查完毕。") % {"number": objection.number})
    objection.refresh_from_db()
    cases.record(
        objection.publicity.case,
        "objection_upheld" if upheld else "objection_dismissed",
        actor=actor,
        standing=standing,
        title=_("异议成立") if upheld else _("异议不成立"),
        public=False,
        internal_text=finding.strip(),
    )
    return objection


def due_to_close(day: date) -> list[Publicity]:
    """Open publicities whose last day has passed and which no open objection holds back."""
    return list(
        Publicity.objects.filter(state=Publicity.State.OPEN, ends_on__lt=day)
        .exclude(objections__state=Objection.State.OPEN)
        .select_related("case")
        .order_by("pk")
    )


@transaction.atomic
def close(publicity: Publicity) -> Publicity:
    """The days have run and nothing is open. Safe to repeat: the second call raises `Conflict`."""
    updated = (
        Publicity.objects.filter(pk=publicity.pk, state=Publicity.State.OPEN)
        .exclude(objections__state=Objection.State.OPEN)
        .update(state=Publicity.State.CLOSED, closed_at=timezone.now())
    )
    if not updated:
        raise Conflict(_("公示已经结束，或仍有异议未核查。"))
    publicity.refresh_from_db()
    case = publicity.case
    cases.set_status(case, Case.Status.APPROVED)
    cases.record(
        case,
        "publicity_closed",
        actor=None,
        title=_("公示期满"),
        public_text=_("公示期满，没有未核查的异议。"),
        clock="resume",
    )
    return publicity
