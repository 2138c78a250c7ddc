"""补正: one notice lists everything, one open at a time, the clock stands still meanwhile.

行政许可法 art. 32(4): the applicant is told once, on the spot or within five days, of **all** that is missing. A
second notice for a new defect needs a reason of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, CaseEvent, CaseMaterial, Supplement, SupplementItem, User

from . import calendar, cases, messages, policy
from .appointments import Standing
from .errors import ActRefused, Conflict


@dataclass(frozen=True)
class Missing:
    """One thing to supplement: a checklist line or, without one, a named part of the dossier; and why."""

    reason: str
    material: CaseMaterial | None = None
    subject: str = ""

    @property
    def name(self) -> str:
        return self.material.name if self.material else self.subject


@transaction.atomic
def ask(
    case: Case,
    missing: Sequence[Missing],
    *,
    actor: User,
    standing: Standing,
    step: str,
    again_reason: str = "",
) -> Supplement:
    """Send one 补正 notice; the clock pauses from today. Returns the open supplement.

    Raises `ActRefused` when nothing is listed, an item has no reason, or a second notice does not say why;
    `Conflict` when one is already open.
    """
    if not missing:
        raise ActRefused(_("请至少列出一项需要补正的内容，并写明原因。"))
    for item in missing:
        if not item.reason.strip():
            raise ActRefused(_("“%(name)s”没有写明补正原因，请补充后再发出。") % {"name": item.name})
    earlier = case.supplements.count()
    if earlier and not again_reason.strip():
        raise ActRefused(
            _("这是第%(n)d次补正，请说明首次为何未一并告知（行政许可法第三十二条）。") % {"n": earlier + 1}
        )
    days = policy.figures(case.edition).limit("supplement_days")
    try:
        with transaction.atomic():
            supplement = Supplement.objects.create(
                case_id=case.pk,
                round=earlier + 1,
                step=step,
                asked_by=actor,
                again_reason=again_reason.strip(),
                due_on=calendar.due_after(calendar.today(), days),
            )
    except IntegrityError:
        raise Conflict(_("该办件已有一份补正通知未答复，不能再次发出。")) from None
    for item in missing:
        SupplementItem.objects.create(
            supplement=supplement,
            material=item.material,
            subject=item.name,
            reason=item.reason.strip(),
            before=item.material.version if item.material else None,
        )
        if item.material:
            CaseMaterial.objects.filter(pk=item.material.pk).update(
                tick=CaseMaterial.Tick.SUPPLEMENT,
                reason=item.reason.strip(),
                ticked_by=actor,
                ticked_at=timezone.now(),
            )
    cases.set_status(case, Case.Status.SUPPLEMENTING)
    names = "、".join(item.name for item in missing)
    cases.record(
        case,
        "supplement_requested",
        actor=actor,
        standing=standing,
        title=_("要求补正（第%(n)d次）") % {"n": supplement.round},
        public_text=_("请在%(due)s前补正：%(names)s。补正期间不计入办理时限。")
        % {"due": f"{supplement.due_on:%Y-%m-%d}", "names": names},
        clock=CaseEvent.ClockEffect.PAUSE,
        figures={"round": supplement.round, "due_on": supplement.due_on.isoformat()},
    )
    tell_applicant(
        case,
        kind="supplement_requested",
        subject=_("请补正申报材料"),
        body=_("办件 %(number)s 需要补正 %(n)d 项，请在 %(due)s 前完成。")
        % {"number": case.number, "n": len(missing), "due": f"{supplement.due_on:%Y-%m-%d}"},
    )
    return supplement


@transaction.atomic
def answer(supplement: Supplement, answers: dict[int, str], *, actor: User) -> Supplement:
    """The applicant resubmits. `answers` maps item id to a remark; files are already attached to the lines.

    Raises `ActRefused` naming every item that still has neither a new file nor an answer.
    """
    case = supplement.case
    open_items = []
    for item in supplement.items.select_related("material__version"):
        item.answer = answers.get(item.pk, "").strip()
        item.after = item.material.version if item.material else None
        changed = item.material is not None and item.after_id is not None and item.after_id != item.before_id
        if not changed and not item.answer:
            open_items.append(item.subject)
        item.save(update_fields=["answer", "after"])
    if open_items:
        raise ActRefused(
            _("以下内容尚未补正：%(names)s。请上传新文件或填写说明。") % {"names": "、".join(open_items)}
        )
    updated = Supplement.objects.filter(pk=supplement.pk, state=Supplement.State.OPEN).update(
        state=Supplement.State.ANSWERED, answered_at=timezone.now()
    )
    if not updated:
        raise Conflict(_("这份补正通知已经答复或已失效，请刷新页面。"))
    CaseMaterial.objects.filter(
        pk__in=[item.material_id for item in supplement.items.all() if item.material_id]
    ).update(tick=CaseMaterial.Tick.OPEN, reason="")
    supplement.refresh_from_db()
    cases.set_status(case, Case.Status.ACCEPTED if case.accepted_at else Case.Status.SUBMITTED)
    cases.record(
        case,
        "supplement_answered",
        actor=actor,
        title=_("已补正（第%(n)d次）") % {"n": supplement.round},
        public_text=_("已补正，办理时限恢复计算。"),
        clock=CaseEvent.ClockEffect.RESUME,
        figures={"round": supplement.round},
    )
    return supplement


@transaction.atomic
def withdraw(supplement: Supplement, *, actor: User, standing: Standing) -> Supplement:
    """The officer takes a 补正 notice back before it is answered; the clock runs on."""
    updated = Supplement.objects.filter(pk=supplement.pk, state=Supplement.State.OPEN).update(
        state=Supplement.State.CANCELLED
    )
    if not updated:
        raise Conflict(_("申请人已经补正，不能再撤回补正通知。"))
    case = supplement.case
    cases.set_status(case, Case.Status.ACCEPTED if case.accepted_at else Case.Status.SUBMITTED)
    cases.record(
        case,
        "supplement_withdrawn",
        actor=actor,
        standing=standing,
        title=_("撤回补正通知"),
        public_text=_("补正通知已撤回，无需补正。"),
        clock=CaseEvent.ClockEffect.RESUME,
    )
    supplement.refresh_from_db()
    return supplement


def overdue(day: date) -> "list[Supplement]":
    """Open notices whose last day has passed: due on Friday lapses from Saturday on."""
    return list(
        Supplement.objects.filter(state=Supplement.State.OPEN, due_on__lt=day)
        .select_related("case")
        .order_by("pk")
    )


@transaction.atomic
def lapse(supplement: Supplement) -> Case:
    """The deadline passed without an answer: the case ends, the letter says so. Safe to repeat."""
    if not Supplement.objects.filter(pk=supplement.pk, state=Supplement.State.OPEN).update(
        state=Supplement.State.LAPSED
    ):
        raise Conflict(_("这份补正通知已经答复或已失效。"))
    return cases.close(
        supplement.case,
        Case.Status.LAPSED,
        actor=None,
        kind="supplement_lapsed",
        title=_("逾期未补正，终止办理"),
        public_text=_("未在%(due)s前补正，办理终止。补齐材料后可以重新申报。")
        % {"due": f"{supplement.due_on:%Y-%m-%d}"},
        figures={"round": supplement.round},
    )


def to_remind() -> "list[Supplement]":
    """The open notices, each of which `remind` may have a word about."""
    return list(
        Supplement.objects.filter(state=Supplement.State.OPEN)
        .select_related("case__edition", "case__applicant__user")
        .order_by("pk")
    )


@transaction.atomic
def remind(supplement: Supplement, day: date) -> bool:
    """Remind the applicant at the edition's days before the end, each once. Whether there was something to say."""
    left, passed = calendar.reminders_passed(
        supplement.case, "supplement_reminders", due_on=supplement.due_on, day=day
    )
    if passed <= supplement.reminded:
        return False
    claimed = Supplement.objects.filter(
        pk=supplement.pk, reminded=supplement.reminded, state=Supplement.State.OPEN
    ).update(reminded=passed)
    if not claimed:
        return False
    tell_applicant(
        supplement.case,
        kind="supplement_reminder",
        subject=_("补正即将到期"),
        body=_("办件 %(number)s 的补正还剩 %(n)d 个工作日（%(due)s 截止）。")
        % {"number": supplement.case.number, "n": left, "due": f"{supplement.due_on:%Y-%m-%d}"},
        key=f"supplement:{supplement.pk}:{passed}",
    )
    return True


def tell_applicant(case: Case, *, kind: str, subject: str, body: str, key: str | None = None) -> None:
    """Send the applicant a message when the person has an account."""
    if case.applicant.user_id:
        messages.tell(case.applicant.user, kind=kind, subject=subject, body=body, case=case, key=key)
