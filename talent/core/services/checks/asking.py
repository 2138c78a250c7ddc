"""Whom a case asks, why, until when; silence is recorded and never an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, CaseParty, Check, Organisation, User
from talent.core.services import appointments, calendar, cases, messages, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict


@dataclass(frozen=True)
class Proposed:
    """What the edition proposes for one subject: whom to ask, and why it is asked (or left out)."""

    subject: policy.CheckSubject
    organisation: Organisation | None
    wanted: bool
    why: str


def propose(case: Case, *, text: str = "") -> list[Proposed]:
    """Every subject of the edition with the bureau it would ask, None while nobody there can answer.

    text: the case's field, searched for the keywords of subjects that are not always asked.
    """
    subjects = policy.figures(case.edition).checks
    wanted = {subject.code: _code(subject, case) for subject in subjects}
    found = {one.code: one for one in Organisation.objects.checking().filter(code__in=wanted.values())}
    proposals = []
    for subject in subjects:
        word = next((word for word in subject.keywords if word in text), "")
        needed = bool(word) or not subject.keywords
        why = subject.reason
        if word:
            why = _("领域含“%(word)s”：%(reason)s") % {"word": word, "reason": subject.reason}
        elif not needed:
            why = _("领域不含%(words)s，一般不需要") % {
                "words": "、".join(f"“{one}”" for one in subject.keywords)
            }
        if wanted[subject.code] not in found:
            why = _("%(why)s；建议的部门还没有审查人员") % {"why": why}
        proposals.append(Proposed(subject, found.get(wanted[subject.code]), needed, why))
    return proposals


def further(case: Case) -> list[Proposed]:
    """Every subject nobody is answering now, with nothing chosen: for asking more bureaus."""
    waiting = set(case.checks.open().values_list("subject", flat=True))
    return [
        replace(one, wanted=False, why=one.subject.question)
        for one in propose(case)
        if one.subject.code not in waiting
    ]


def _code(subject: policy.CheckSubject, case: Case) -> str:
    return f"{case.region.code}-{subject.bureau}" if subject.level == "county" else subject.bureau


@transaction.atomic
def ask(
    case: Case, chosen: Mapping[str, Organisation], *, actor: User, standing: Standing, reason: str = ""
) -> list[Check]:
    """Ask `chosen` (subject code → bureau) at once; each has its own due date in working days from today.

    A bureau becomes a party that sees only what its check needs. Raises `ActRefused` for nobody, for a bureau that is
    not confirmed, and for a subject on which another bureau's answer is still awaited.
    """
    if not chosen:
        raise ActRefused(_("请至少选择一个核查部门。"))
    figures = policy.figures(case.edition)
    waiting = {one.subject: one for one in case.checks.open().select_related("organisation")}
    place = case.checks.aggregate(last=Max("place"))["last"] or 0
    today = calendar.effective_day(calendar.now())
    asked = []
    for code, organisation in chosen.items():
        subject = figures.check(code)
        if code in waiting:
            raise Conflict(
                _("“%(subject)s”正在由%(bureau)s核查，答复后才能再征询其他部门。")
                % {"subject": subject.title, "bureau": waiting[code].organisation}
            )
        if organisation.status != Organisation.Status.CONFIRMED:
            raise ActRefused(_("“%(bureau)s”尚未核验或已停用，不能征询。") % {"bureau": organisation})
        place += 1
        asked.append(
            Check.objects.create(
                case_id=case.pk, place=place, subject=code, organisation=organisation, counts=subject.counts,
                asked_by=actor, reason=reason, due_on=calendar.due_after(today, subject.limit),
            )
        )  # fmt: skip
        cases.add_party(case, organisation, roles.Capacity.CHECKING)
    names = "；".join(f"{figures.check(one.subject).title}：{one.organisation}" for one in asked)
    cases.record(
        case, "checks_asked", actor=actor, standing=standing, title=_("提请部门核查"),
        public_text=_("已提请有关部门核查。"), internal_text="\n".join(part for part in (names, reason) if part),
        figures={"checks": [one.place for one in asked]},
    )  # fmt: skip
    follow_clock(case)
    return asked


def refusal_to_withdraw(check: Check) -> str:
    """Why a check can no longer be withdrawn; empty when it can. What was answered, or found against the case, stays."""
    if check.state == Check.State.CANCELLED:
        return _("该项核查已经撤销。")
    if not check.is_open:
        return _("该部门已经答复，不能撤回；请在汇总时说明是否采信。")
    if check.opinions.filter(adverse=True).exists():
        return _("该部门已提出不利意见，不能撤回；请等待确认，在汇总时说明是否采信。")
    return ""


@transaction.atomic
def withdraw(
    case: Case, check: Check, *, actor: User, standing: Standing, reason: str, instead: Organisation | None = None
) -> list[Check]:  # fmt: skip
    """The lead takes back a question that was sent to the wrong bureau, which is told; `instead` is asked in its place.

    Returns the check asked instead, if any. Raises `ActRefused` for an answered check, without a reason, or when nothing
    would be left to check; `Conflict` when it is over already.
    """
    check = Check.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=check.pk)
    if refused := refusal_to_withdraw(check):
        raise Conflict(refused)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明撤回核查的原因（至少2个字）。"))
    if instead is None and not case.checks.counted().exclude(pk=check.pk).exists():
        raise ActRefused(_("这是唯一的核查，撤回时请同时改征询其他部门。"))
    if instead is not None and instead.pk == check.organisation_id:
        raise ActRefused(_("改征询的部门与原部门相同，请另选。"))
    Check.objects.filter(pk=check.pk).update(state=Check.State.CANCELLED, closed_at=calendar.now())
    title = policy.figures(case.edition).check(check.subject).title
    cases.record(
        case, "check_withdrawn", actor=actor, standing=standing, title=_("撤回核查"), public=False,
        internal_text=f"{title}：{check.organisation}。{reason.strip()}", figures={"check": check.place},
    )  # fmt: skip
    for person in appointments.holders(roles.CHECKER, check.organisation):
        messages.tell(
            person, kind="check_withdrawn", subject=_("核查已撤回"), key=f"check_withdrawn:{check.pk}:{person.pk}",
            body=_("办件 %(number)s 的“%(subject)s”核查已由牵头部门撤回，无需再答复。原因：%(reason)s")
            % {"number": case.number, "subject": title, "reason": reason.strip()},
        )  # fmt: skip
    asked = (
        ask(case, {check.subject: instead}, actor=actor, standing=standing, reason=reason) if instead else []
    )
    _leave_out_idle(case)
    follow_clock(case)
    return asked


def _leave_out_idle(case: Case) -> None:
    """A bureau left without a check is no party any more."""
    CaseParty.objects.filter(case_id=case.pk, capacity=roles.Capacity.CHECKING).exclude(
        organisation__in=case.checks.counted().values("organisation")
    ).delete()


def follow_clock(case: Case) -> None:
    """The legal clock stands still while only checks outside it are awaited, and the applicant is told."""
    if case.accepted_at is None:
        return
    awaited = list(case.checks.open().values_list("counts", flat=True))
    outside = bool(awaited) and not any(awaited)
    if outside == case.paused:
        return
    cases.record(
        case, "checks_outside_clock" if outside else "checks_inside_clock", actor=None,
        title=_("等待不计时的核查") if outside else _("继续计时"),
        public_text=_("正在等待的核查按规定不计入办理时限。") if outside else _("核查已答复，继续计算办理时限。"),
        clock="pause" if outside else "resume",
    )  # fmt: skip


@transaction.atomic
def record_silence(check: Check, superiors: Iterable[User]) -> bool:
    """逾期未复: the limit passed without a confirmed answer. Once per check; False when it is recorded already.

    It is no answer: the check stays open and the case waits. `superiors` are named on the check.
    """
    today = calendar.today()
    names = "、".join(str(person) for person in superiors)[:120]
    recorded = Check.objects.filter(
        pk=check.pk, silent_on__isnull=True, due_on__lt=today, state__in=Check.OPEN
    ).update(silent_on=today, escalated_to=names)
    if not recorded:
        return False
    case = check.case
    cases.record(
        case, "check_overdue", actor=None, title=_("逾期未复"), public=False,
        internal_text=_("%(bureau)s“%(subject)s”应于%(due)s前答复，至今未复，不视为同意。已上报：%(names)s")
        % {"bureau": check.organisation, "subject": policy.figures(case.edition).check(check.subject).title,
           "due": f"{check.due_on:%Y-%m-%d}", "names": names or _("（无上级，请安全管理员任命）")},
        figures={"check": check.place},
    )  # fmt: skip
    return True


def take_back(case: Case, *, first_event: int) -> None:
    """As before the events from `first_event` on: what they asked is withdrawn, a conclusion among them is open again.

    A bureau left without a check is no party any more.
    """
    for event in case.events.filter(seq__gte=first_event, kind__in=("checks_asked", "checks_concluded")):
        if event.kind == "checks_concluded":
            case.checks.update(concluded=False)
            continue
        case.checks.filter(place__in=event.figures["checks"], state=Check.State.ASKED, version=0).update(
            state=Check.State.CANCELLED, closed_at=calendar.now()
        )
        _leave_out_idle(case)
