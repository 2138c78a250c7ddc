"""容缺受理 with 告知承诺 (国办发〔2020〕42号; 济政发〔2025〕8号 item 16).

The officer offers it for deferrable materials, the applicant accepts or declines. Review goes on meanwhile;
no decision letter and no money until everything is in. A broken promise ends the case and leaves a credit
mark that blocks the next promise until repaired.
"""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseMaterial, CreditMark, Promise, User

from . import calendar, cases, policy
from .appointments import Standing
from .errors import ActRefused, Conflict
from .supplements import tell_applicant


def refusal_to_offer(case: Case) -> str:
    """Why no promise may be offered to this applicant; empty when one may."""
    mark = case.applicant.credit_marks.standing().first()
    if mark:
        return _("申请人有未修复的失信记录（%(reason)s），不适用告知承诺。") % {"reason": mark.reason}
    return ""


@transaction.atomic
def offer(case: Case, lines: Sequence[CaseMaterial], *, actor: User, standing: Standing) -> Promise:
    """Offer the applicant to bring `lines` later. Returns the offered promise.

    Raises `ActRefused` for a line that is not deferrable or already there, for an applicant with a credit
    mark, and when nothing is listed; `Conflict` when a promise is already live.
    """
    if not lines:
        raise ActRefused(_("请选择至少一项可容缺的材料。"))
    reason = refusal_to_offer(case)
    if reason:
        raise ActRefused(reason)
    for line in lines:
        if not line.deferrable:
            raise ActRefused(_("“%(name)s”不在可容缺材料清单内，请改为要求补正。") % {"name": line.name})
    figures = policy.figures(case.edition)
    text = figures.promise_text
    try:
        with transaction.atomic():
            promise = Promise.objects.create(
                case_id=case.pk,
                items=[{"code": line.code, "name": line.name} for line in lines],
                text=text.body,
                text_version=text.version,
                working_days=figures.limit("promise_days"),
                offered_by=actor,
            )
    except IntegrityError:
        raise Conflict(_("该办件已有未了结的容缺承诺。")) from None
    cases.record(
        case,
        "promise_offered",
        actor=actor,
        standing=standing,
        title=_("提供容缺受理"),
        public_text=_("可先行受理，以下材料可在承诺期限内补齐：%(names)s。请阅读并选择是否承诺。")
        % {"names": "、".join(line.name for line in lines)},
    )
    tell_applicant(
        case,
        kind="promise_offered",
        subject=_("可以容缺受理，请确认是否承诺"),
        body=_("办件 %(number)s 有 %(n)d 项材料可以后补，请登录查看并选择。")
        % {"number": case.number, "n": len(lines)},
    )
    return promise


@transaction.atomic
def accept(promise: Promise, *, actor: User) -> Promise:
    """The applicant promises; the days run from the next working day."""
    due = calendar.due_after(calendar.effective_day(timezone.now()), promise.working_days)
    updated = Promise.objects.filter(pk=promise.pk, state=Promise.State.OFFERED).update(
        state=Promise.State.ACCEPTED, answered_at=timezone.now(), due_on=due
    )
    if not updated:
        raise Conflict(_("这份承诺已经答复过，请刷新页面。"))
    promise.refresh_from_db()
    codes = [item["code"] for item in promise.items]
    CaseMaterial.objects.filter(case=promise.case, code__in=codes, deferrable=True).update(deferred=True)
    cases.record(
        promise.case,
        "promise_accepted",
        actor=actor,
        title=_("作出容缺承诺"),
        public_text=_("已承诺在%(due)s前补齐材料。") % {"due": f"{due:%Y-%m-%d}"},
        figures={"text_version": promise.text_version, "due_on": due.isoformat()},
    )
    return promise


@transaction.atomic
def decline(promise: Promise, *, actor: User) -> Promise:
    """The applicant prefers ordinary proof: no disadvantage, the officer asks for 补正 instead."""
    updated = Promise.objects.filter(pk=promise.pk, state=Promise.State.OFFERED).update(
        state=Promise.State.DECLINED, answered_at=timezone.now(), settled_at=timezone.now()
    )
    if not updated:
        raise Conflict(_("这份承诺已经答复过，请刷新页面。"))
    promise.refresh_from_db()
    cases.record(
        promise.case,
        "promise_declined",
        actor=actor,
        title=_("不作容缺承诺"),
        public_text=_("选择按一般程序补正材料。"),
    )
    return promise


def missing_items(promise: Promise) -> list[CaseMaterial]:
    """The promised lines that have no file yet, or a refused one."""
    codes = [item["code"] for item in promise.items]
    lines = promise.case.materials.filter(code__in=codes)
    return [line for line in lines if line.version_id is None or line.tick == CaseMaterial.Tick.SUPPLEMENT]


@transaction.atomic
def fulfil(promise: Promise, *, actor: User) -> Promise:
    """Everything promised is in: the promise is kept and nothing is deferred any more."""
    missing = missing_items(promise)
    if missing:
        raise ActRefused(
            _("承诺的材料还缺：%(names)s。") % {"names": "、".join(line.name for line in missing)}
        )
    updated = Promise.objects.filter(pk=promise.pk, state=Promise.State.ACCEPTED).update(
        state=Promise.State.FULFILLED, settled_at=timezone.now()
    )
    if not updated:
        raise Conflict(_("这份承诺已经了结，请刷新页面。"))
    promise.refresh_from_db()
    codes = [item["code"] for item in promise.items]
    CaseMaterial.objects.filter(case=promise.case, code__in=codes).update(deferred=False)
    cases.record(
        promise.case,
        "promise_fulfilled",
        actor=actor,
        title=_("容缺材料已补齐"),
        public_text=_("承诺的材料已全部补齐。"),
    )
    return promise


def overdue(day: date) -> list[Promise]:
    """Accepted promises whose last day has passed."""
    return list(
        Promise.objects.filter(state=Promise.State.ACCEPTED, due_on__lt=day)
        .select_related("case__applicant")
        .order_by("pk")
    )


@transaction.atomic
def lapse(promise: Promise) -> Case:
    """A broken promise: the case ends and the credit mark is made, in one transaction. Safe to repeat."""
    updated = Promise.objects.filter(pk=promise.pk, state=Promise.State.ACCEPTED).update(
        state=Promise.State.LAPSED, settled_at=timezone.now()
    )
    if not updated:
        raise Conflict(_("这份承诺已经了结。"))
    case = promise.case
    CreditMark.objects.create(
        profile=case.applicant,
        case_id=case.pk,
        reason=_("办件%(number)s未按承诺补齐材料") % {"number": case.number},
    )
    return cases.close(
        case,
        Case.Status.LAPSED,
        actor=None,
        kind="promise_lapsed",
        title=_("逾期未履行容缺承诺，终止办理"),
        public_text=_("未在%(due)s前补齐承诺的材料，办理终止，并记入失信记录；修复后可再次适用告知承诺。")
        % {"due": f"{promise.due_on:%Y-%m-%d}"},
    )


def to_remind() -> list[Promise]:
    """The accepted promises, each of which `remind` may have a word about."""
    return list(
        Promise.objects.filter(state=Promise.State.ACCEPTED)
        .select_related("case__edition", "case__applicant__user")
        .order_by("pk")
    )


@transaction.atomic
def remind(promise: Promise, day: date) -> bool:
    """Remind the applicant at the edition's days before the end, each once. Whether there was something to say."""
    left, passed = calendar.reminders_passed(
        promise.case, "promise_reminders", due_on=promise.due_on, day=day
    )
    if passed <= promise.reminded:
        return False
    claimed = Promise.objects.filter(
        pk=promise.pk, reminded=promise.reminded, state=Promise.State.ACCEPTED
    ).update(reminded=passed)
    if not claimed:
        return False
    tell_applicant(
        promise.case,
        kind="promise_reminder",
        subject=_("容缺承诺即将到期"),
        body=_("办件 %(number)s 承诺的材料还剩 %(n)d 个工作日（%(due)s 截止）。")
        % {"number": promise.case.number, "n": left, "due": f"{promise.due_on:%Y-%m-%d}"},
        key=f"promise:{promise.pk}:{passed}",
    )
    return True


@transaction.atomic
def repair(mark: CreditMark, *, actor: User, reason: str) -> CreditMark:
    """信用修复: a recorded act with a reason; the mark stays readable."""
    if len(reason.strip()) < 4:
        raise ActRefused(_("请写明信用修复的理由（至少4个字）。"))
    updated = CreditMark.objects.filter(pk=mark.pk, repaired_at__isnull=True).update(
        repaired_at=timezone.now(), repaired_by=actor, repair_reason=reason.strip()
    )
    if not updated:
        raise Conflict(_("这条失信记录已经修复。"))
    mark.refresh_from_db()
    cases.record(mark.case, "credit_repaired", actor=actor, title=_("信用修复"), public_text=reason.strip())
    return mark
