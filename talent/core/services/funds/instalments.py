"""One instalment's way: due, rechecked or held, released, failed and tried again, cancelled.

Every change is a conditional UPDATE on the state it leaves, so that of two at once one has an effect and the other
a sentence.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, Instalment, Organisation, Recheck, User

from .. import calendar, cases
from ..errors import ActRefused, Conflict
from ..supplements import tell_applicant
from . import rights, rules
from .ledger import Kind, Posting, post

State = Instalment.State


@dataclass(frozen=True)
class Finding:
    """One fact looked at before a payment: in post, insurance, home, other benefits … `text` is read by the applicant.

    source: where the officer looked (a register, a certificate, the employer's confirmation).
    """

    code: str
    label: str
    passed: bool
    text: str
    clause: str
    source: str = ""


@dataclass(frozen=True)
class Item:
    """One thing a policy asks again: its clause, where to look, and what the books say (`known`: None when nothing)."""

    code: str
    label: str
    clause: str
    source: str
    known: bool | None = None
    said: str = ""


@dataclass(frozen=True)
class RecheckResult:
    """What a policy found before one instalment. It passes when every finding does."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return bool(self.findings) and all(finding.passed for finding in self.findings)

    @property
    def reason(self) -> str:
        """Every fact that does not hold, with its clause."""
        return "；".join(
            _("%(text)s（%(clause)s）") % {"text": finding.text, "clause": finding.clause}
            for finding in self.findings
            if not finding.passed
        )[:300]


def move(
    instalment: Instalment,
    to: str,
    *,
    leaving: Sequence[str],
    owner: Organisation | None = None,
    role: roles.Role | None = None,
    reason: str = "",
    **fields: Any,
) -> Instalment:
    """Change the state, the owner and the reason. Raises `Conflict` when the instalment is not in one of `leaving`."""
    changed = Instalment.objects.filter(pk=instalment.pk, state__in=leaving).update(
        state=to,
        state_since=timezone.now(),
        owner_organisation=owner,
        owner_role=role.codename if role else "",
        reason=reason[:300],
        **fields,
    )
    instalment.refresh_from_db()
    if not changed:
        raise Conflict(
            _("“%(one)s”现在是“%(state)s”，不能再办理这一步，请刷新后查看。")
            % {"one": instalment.title, "state": instalment.get_state_display()}
        )
    return instalment


def handling_role(award: Award) -> roles.Role:
    """Who in the handling organisation rechecks: its intake officers where it took the case in, else its checkers."""
    same = award.handling_organisation_id == award.case.intake_organisation_id
    return roles.INTAKE if same else roles.CHECKER


def funded(instalment: Instalment) -> bool:
    """Whether budget lines bear the whole amount."""
    return sum(share.amount for share in instalment.shares.all()) == instalment.amount


def due(day: date) -> list[Instalment]:
    """The waiting instalments whose day has come, for `mark_due`; a missed night only makes the list longer."""
    rows = Instalment.objects.filter(state=State.WAITING, due_on__lte=day, award__state=Award.State.ACTIVE)
    return list(rows.select_related("award__case").order_by("pk"))


@transaction.atomic
def mark_due(instalment: Instalment) -> Instalment:
    """The day has come: the handling organisation rechecks. Called by `tick`; a second call is a `Conflict`."""
    award = rights.lock_award(instalment.award)
    if award.state != Award.State.ACTIVE:
        raise Conflict(_("资助已暂停或停发，不到期。"))
    reason = "" if funded(instalment) else _("已到应付日期，尚待安排预算。")
    return move(
        instalment,
        State.DUE,
        leaving=(State.WAITING,),
        owner=award.handling_organisation,
        role=handling_role(award),
        reason=reason,
    )


@transaction.atomic
def recheck(instalment: Instalment, result: RecheckResult, *, actor: User | None) -> Recheck:
    """发放前复核: passed, the line goes to finance; failed, it is held with the reason and the person is told.

    actor: None when the policy's own calendar rechecks from shared data. Refused while no budget bears the amount.
    """
    award = rights.lock_award(instalment.award)
    standing = None
    if actor is not None:
        standing = rights.require(actor, roles.Act.RECHECK, award.handling_organisation, case=award.case)
    if not result.findings:
        raise ActRefused(_("复核情况不能为空，请逐项填写后提交。"))
    if award.state != Award.State.ACTIVE:
        raise ActRefused(_("资助“%(title)s”已%(state)s，不能复核发放。") % _named(award))
    if result.passed and not funded(instalment):
        raise ActRefused(_("“%(one)s”尚未安排预算，请先由财政部门安排后再复核。") % {"one": instalment.title})
    if result.passed:
        move(
            instalment, State.RECHECKED, leaving=(State.DUE, State.HELD), owner=award.paying_organisation,
            role=roles.FINANCE,
        )  # fmt: skip
    else:
        move(
            instalment, State.HELD, leaving=(State.DUE, State.RECHECKED, State.HELD), owner=award.handling_organisation,
            role=handling_role(award), reason=result.reason,
        )  # fmt: skip
    found = Recheck.objects.create(
        instalment=instalment,
        passed=result.passed,
        findings=[asdict(finding) for finding in result.findings],
        reason="" if result.passed else result.reason,
        checked_by=actor,
    )
    cases.record(
        award.case,
        "instalment_rechecked",
        actor=actor,
        standing=standing,
        title=_("发放前复核：%(verdict)s") % {"verdict": _("通过") if result.passed else _("暂缓")},
        public_text=_("“%(one)s”%(text)s")
        % {
            "one": instalment.title,
            "text": _("复核通过，等待拨付。") if result.passed else instalment.reason,
        },
        figures={"instalment": instalment.seq, "passed": result.passed},
    )
    if not result.passed:
        alert(award, instalment.reason)
    elif not award.instalments.filter(state=State.HELD).exists():
        # What was warned of is over: the next time begins with a warning of its own.
        Award.objects.filter(pk=award.pk).update(alerted_at=None, stops_on=None)
    return found


def alert(award: Award, reason: str) -> None:
    """预警: tell the person what stands in the way, and note from which day on payment may be stopped at all."""
    if award.alerted_at is None:
        award.alerted_at = timezone.now()
        award.stops_on = calendar.due_after(calendar.today(), rules.limit("stop_alert_days"))
        award.save(update_fields=["alerted_at", "stops_on"])
    tell_applicant(
        award.case,
        kind="payment_held",
        subject=_("补助发放暂缓，请核对"),
        body=_("办件 %(number)s：%(reason)s 请在 %(day)s 前联系经办单位说明或更正，逾期可能停发。")
        % {"number": award.case.number, "reason": reason, "day": f"{award.stops_on:%Y-%m-%d}"},
    )


def _named(award: Award) -> dict[str, Any]:
    return {"title": award.title, "state": award.get_state_display().removeprefix("已")}


@transaction.atomic
def hold(instalment: Instalment, *, actor: User, reason: str) -> Instalment:
    """暂缓 one instalment with a reason; the applicant is told and warned."""
    award = rights.lock_award(instalment.award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    reason = stated(reason)
    move(
        instalment,
        State.HELD,
        leaving=(State.WAITING, State.DUE, State.RECHECKED, State.FAILED),
        owner=award.handling_organisation,
        role=handling_role(award),
        reason=reason,
    )
    _record(award, instalment, "instalment_held", actor, standing, _("暂缓发放"), reason)
    alert(award, reason)
    return instalment


@transaction.atomic
def release(instalment: Instalment, *, actor: User, reason: str) -> Instalment:
    """A held instalment goes on: it is rechecked anew."""
    award = rights.lock_award(instalment.award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    if award.state != Award.State.ACTIVE:
        raise ActRefused(_("资助“%(title)s”已%(state)s，请先恢复。") % _named(award))
    move(
        instalment,
        State.DUE if instalment.due_on <= calendar.today() else State.WAITING,
        leaving=(State.HELD,),
        owner=award.handling_organisation,
        role=handling_role(award),
    )
    _record(award, instalment, "instalment_released", actor, standing, _("恢复发放"), stated(reason))
    return instalment


@transaction.atomic
def retry(instalment: Instalment, *, actor: User, reason: str) -> Instalment:
    """A failed payment is tried again once its cause is gone (a new account, a corrected name); rechecked anew."""
    award = rights.lock_award(instalment.award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    move(
        instalment,
        State.DUE,
        leaving=(State.FAILED,),
        owner=award.handling_organisation,
        role=handling_role(award),
    )
    _record(award, instalment, "instalment_retried", actor, standing, _("重新发放"), stated(reason))
    return instalment


@transaction.atomic
def cancel(instalment: Instalment, *, actor: User, reason: str, clause: str) -> Instalment:
    """An instalment that is not paid after all (a period lost by the rule); what was reserved becomes free."""
    award = rights.lock_award(instalment.award)
    standing = rights.require(actor, roles.Act.HOLD_PAYMENT, award.handling_organisation, case=award.case)
    reason = _("%(reason)s（%(clause)s）") % {"reason": stated(reason), "clause": stated(clause)}
    call_off([instalment], award, State.CANCELLED, actor=actor, reason=reason)
    _record(award, instalment, "instalment_cancelled", actor, standing, _("取消一期"), reason)
    return instalment


def call_off(
    instalments: Sequence[Instalment], award: Award, to: str, *, actor: User, reason: str
) -> Sequence[Instalment]:
    """Cancel or supersede instalments and release what was reserved for them. Inside an act that holds the locks."""
    postings = []
    for instalment in instalments:
        move(instalment, to, leaving=Instalment.MOVABLE, reason=reason)
        postings += [
            Posting(
                Kind.RELEASE,
                share.amount,
                share.line,
                award.edition,
                award.case_id,
                instalment,
                reason=reason,
            )
            for share in instalment.shares.select_related("line").order_by("line_id")
        ]
    post(postings, action="funds_released", subject=award.case.number, approver=actor)
    return instalments


def stated(text: str) -> str:
    """A reason as it is kept; refused when it says nothing."""
    if len(text.strip()) < 4:
        raise ActRefused(_("请写明原因或依据（至少4个字）。"), code="reason")
    return text.strip()


def _record(award, instalment, kind, actor, standing, title, text) -> None:
    cases.record(
        award.case,
        kind,
        actor=actor,
        standing=standing,
        title=title,
        public_text=_("“%(one)s”：%(text)s") % {"one": instalment.title, "text": text},
        figures={"award": award.number, "instalment": instalment.seq},
    )
