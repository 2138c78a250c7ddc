"""引进协议 (G11): drafted and checked by two people of the lead bureau, signed by three sides in any order.

A new version changes nothing until its three copies are there; then it takes the place of the one in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, Letter, User
from talent.core.services import appointments, calendar, cases, letters, materials, messages, policy
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel.letters import AgreementText
from talent.green_channel.models import Agreement, Milestone, SignedCopy

from . import posts, team

Side, State = SignedCopy.Side, Agreement.State
_COPY = "AGREEMENT"


@dataclass(frozen=True)
class Aim:
    """A milestone to be: `amount` in 元 (0 pays nothing), `evidence` what will be shown."""

    title: str
    due_on: date
    amount: Decimal
    evidence: str


@transaction.atomic
def draft_agreement(
    case: Case,
    *,
    actor: User,
    starts_on: date,
    ends_on: date,
    service_years: int,
    duties: str,
    ip: str,
    recovery: str,
    aims: Sequence[Aim] = (),
    reason: str = "",
) -> Agreement:
    """拟稿 by an officer of the lead bureau: the first version, or an amendment with its reason."""
    case = posts.lock(case)
    post = posts.on_case(actor, case, roles.Act.CHECK)
    posts.require_recognised(case)
    if case.employer is None:
        raise ActRefused(_("该办件没有用人单位，不能签订三方协议。"))
    if ends_on <= starts_on:
        raise ActRefused(_("协议截止日期应晚于起始日期，请核对。"))
    last = case.agreements.aggregate(last=Max("version"))["last"] or 0
    if last and not reason.strip():
        raise ActRefused(_("这是协议第%(n)d版，请写明修订原因。") % {"n": last + 1})
    for aim in aims:
        if not starts_on <= aim.due_on <= ends_on:
            raise ActRefused(_("目标“%(aim)s”的完成日期不在协议期限内，请核对。") % {"aim": aim.title})
    try:
        with transaction.atomic():
            agreement = Agreement.objects.create(
                case_id=case.pk, version=last + 1, employer=case.employer, government=post.organisation,
                starts_on=starts_on, ends_on=ends_on, service_years=service_years, duties=duties, ip=ip,
                recovery=recovery, reason=reason.strip(), drafted_by=actor,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("该办件已有一版协议在拟稿或签署，请先办完再拟新版本。")) from None
    Milestone.objects.bulk_create(
        Milestone(
            agreement=agreement, place=place, title=aim.title, due_on=aim.due_on, amount=aim.amount,
            evidence=aim.evidence,
        )
        for place, aim in enumerate(aims, 1)
    )  # fmt: skip
    cases.record(
        case, "agreement_drafted", actor=actor, standing=post, title=_("拟定协议"), public=False,
        figures={"version": agreement.version, "aims": len(aims), "total": str(agreement.total)},
    )  # fmt: skip
    return agreement


@transaction.atomic
def amend(agreement: Agreement, *, actor: User, reason: str) -> Agreement:
    """An amendment with the terms and milestones of `agreement` as they are: what changes stands in its reason."""
    aims = [Aim(one.title, one.due_on, one.amount, one.evidence) for one in agreement.milestones.all()]
    return draft_agreement(
        agreement.case, actor=actor, starts_on=agreement.starts_on, ends_on=agreement.ends_on,
        service_years=agreement.service_years, duties=agreement.duties, ip=agreement.ip,
        recovery=agreement.recovery, aims=aims, reason=reason,
    )  # fmt: skip


def _locked(agreement: Agreement, *states: str) -> Agreement:
    """The agreement as it is now, its case locked; `Conflict` when it is in none of `states`."""
    case = posts.lock(agreement.case)
    fresh = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement.pk)
    fresh.case = case
    if fresh.state not in states:
        raise Conflict(
            _("协议第%(n)d版现在是“%(state)s”，不能再办理这一步，请刷新后查看。")
            % {"n": fresh.version, "state": fresh.get_state_display()}
        )
    return fresh


@transaction.atomic
def open_signing(agreement: Agreement, *, actor: User) -> Agreement:
    """The head of the lead bureau agrees to the text: it is frozen as a letter and the days to sign begin."""
    agreement = _locked(agreement, State.DRAFTED)
    case = agreement.case
    post = posts.in_office(actor, case, agreement.government, roles.BUREAU_HEAD)
    if actor.pk == agreement.drafted_by_id:
        raise NotAllowed(_("拟稿人不能审核自己拟的协议，请由其他负责人办理。"))
    sign_by = calendar.due_after(calendar.today(), policy.figures(case.edition).step("agreement").limit)
    agreement.letter = letters.issue(
        case, AgreementText.of(case, agreement, sign_by=sign_by), issuer=agreement.government, actor=actor
    )
    agreement.sign_by, agreement.state = sign_by, State.SIGNING
    agreement.save(update_fields=["letter", "sign_by", "state"])
    day = f"{sign_by:%Y-%m-%d}"
    cases.record(
        case, "agreement_opened", actor=actor, standing=post, title=_("协议送签（第%(n)d版）") % {"n": agreement.version},
        public_text=_("请各方在%(day)s前签署并提交签署件。") % {"day": day}, figures={"version": agreement.version},
    )  # fmt: skip
    _tell_sides(
        agreement, kind="agreement_to_sign", subject=_("引进协议等待签署"),
        body=_("办件 %(number)s 的引进协议请在 %(day)s 前签署并上传签署件。") % {"number": case.number, "day": day},
    )  # fmt: skip
    return agreement


@transaction.atomic
def send_back(agreement: Agreement, *, actor: User, reason: str) -> Agreement:
    """The head does not agree to the draft: it is closed with the reason, and another version is drafted."""
    agreement = _locked(agreement, State.DRAFTED)
    post = posts.in_office(actor, agreement.case, agreement.government, roles.BUREAU_HEAD)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明退回的原因。"))
    agreement.state, agreement.end_reason = State.RETURNED, reason.strip()[:300]
    agreement.save(update_fields=["state", "end_reason"])
    cases.record(
        agreement.case, "agreement_sent_back", actor=actor, standing=post, title=_("退回重拟协议"), public=False,
        internal_text=agreement.end_reason, figures={"version": agreement.version},
    )  # fmt: skip
    return agreement


def sides_of(actor: User, agreement: Agreement) -> list[str]:
    """For which sides `actor` may sign: himself, or the organisation in which he holds the post."""
    case, found = agreement.case, []
    if case.applicant.user_id == actor.pk:
        found.append(Side.TALENT)
    if appointments.standing(actor, roles.HR, agreement.employer, policy=case.policy):
        found.append(Side.EMPLOYER)
    if any(
        appointments.standing(actor, role, agreement.government, policy=case.policy)
        for role in (roles.CHECKER, roles.BUREAU_HEAD)
    ):
        found.append(Side.GOVERNMENT)
    return found


def _require_side(actor: User, agreement: Agreement, side: str) -> None:
    if side not in sides_of(actor, agreement):
        raise NotAllowed(_("您不能代表“%(side)s”签署，请由该方自己提交。") % {"side": _side(side)})
    if side == Side.GOVERNMENT and (reason := appointments.recusal_reason(actor, agreement.case)):
        raise NotAllowed(reason)


def _side(side: str) -> str:
    return str(Side(side).label) if side in Side.values else side


def file_copy(agreement: Agreement, side: str, upload: UploadedFile, *, actor: User) -> SignedCopy:
    """One side files the copy it has signed. With the third the agreement is in force.

    Raises `NotAllowed` for another side, `Conflict` when the side has filed or the days to sign are over.
    """
    _require_side(actor, agreement, side)
    owner = {
        Side.TALENT: agreement.case.applicant,
        Side.EMPLOYER: agreement.employer,
        Side.GOVERNMENT: agreement.government,
    }[side]
    title = _("引进协议签署件（第%(n)d版）") % {"n": agreement.version}
    # Before the transaction: the checks of a file take longer than a lock should be held.
    version = materials.store_upload(upload, owner=owner, type_code=_COPY, title=title, actor=actor)
    return _file(agreement, side, version, actor=actor)


@transaction.atomic
def _file(agreement: Agreement, side: str, version: Any, *, actor: User) -> SignedCopy:
    agreement = _locked(agreement, State.SIGNING)
    try:
        with transaction.atomic():
            copy = SignedCopy.objects.create(agreement=agreement, side=side, file=version, filed_by=actor)
    except IntegrityError:
        raise Conflict(_("%(side)s的签署件已经提交。") % {"side": _side(side)}) from None
    filed = set(agreement.copies.values_list("side", flat=True))
    cases.record(
        agreement.case, "agreement_signed", actor=actor, title=_("提交签署件：%(side)s") % {"side": _side(side)},
        public_text=_("已提交 %(n)d 方，共 3 方。") % {"n": len(filed)},
        figures={"version": agreement.version, "side": side},
    )  # fmt: skip
    if filed == set(Side.values):
        _take_force(agreement)
    return copy


def _take_force(agreement: Agreement) -> None:
    earlier = agreement.case.agreements.filter(state=State.IN_FORCE).select_related("letter").first()
    if earlier is not None:
        Agreement.objects.filter(pk=earlier.pk).update(state=State.SUPERSEDED)
        letters.replace(earlier.letter, agreement.letter, reason=agreement.reason)
    Agreement.objects.filter(pk=agreement.pk).update(state=State.IN_FORCE, in_force_at=timezone.now())
    team.settle(agreement.case)
    cases.record(
        agreement.case, "agreement_in_force", actor=None, title=_("协议生效"),
        public_text=_("三方签署件齐备，协议第%(n)d版生效，期限至%(day)s。")
        % {"n": agreement.version, "day": f"{agreement.ends_on:%Y-%m-%d}"},
        figures={"version": agreement.version, "replaces": earlier.version if earlier else None},
    )  # fmt: skip
    _tell_sides(
        agreement, kind="agreement_in_force", subject=_("引进协议已生效"),
        body=_("办件 %(number)s 的引进协议三方均已签署，现已生效。") % {"number": agreement.case.number},
    )  # fmt: skip


@transaction.atomic
def decline(agreement: Agreement, side: str, *, actor: User, reason: str) -> Agreement:
    """A side says that it does not sign, and why; another version may be drafted."""
    _require_side(actor, agreement, side)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明不签署的原因，便于协商修改。"))
    agreement = _locked(agreement, State.SIGNING)
    return _end_signing(
        agreement, State.DECLINED, reason=f"{_side(side)}：{reason.strip()}", actor=actor,
        kind="agreement_declined", title=_("一方不签协议"),
    )  # fmt: skip


@transaction.atomic
def lapse_signing(agreement: Agreement) -> Agreement:
    """The days to sign are over and not all sides have filed. Called by `tick`; nobody's signature is assumed."""
    agreement = _locked(agreement, State.SIGNING)
    if agreement.sign_by >= calendar.today():
        raise Conflict(_("签署期限未满。"))
    filed = set(agreement.copies.values_list("side", flat=True))
    missing = "、".join(_side(side) for side in Side.values if side not in filed)
    return _end_signing(
        agreement, State.LAPSED, reason=_("期限内未收到签署件：%(sides)s") % {"sides": missing}, actor=None,
        kind="agreement_lapsed", title=_("协议逾期未签"),
    )  # fmt: skip


def _end_signing(
    agreement: Agreement, state: str, *, reason: str, actor: User | None, kind: str, title: str
) -> Agreement:
    agreement.state, agreement.end_reason = state, reason[:300]
    agreement.save(update_fields=["state", "end_reason"])
    letters.revoke(agreement.letter, actor=actor, reason=reason)
    cases.record(
        agreement.case, kind, actor=actor, title=title, public_text=reason, figures={"version": agreement.version}
    )  # fmt: skip
    _tell_sides(
        agreement, kind=kind, subject=title,
        body=_("办件 %(number)s 的引进协议第%(n)d版没有签成，牵头部门可以另拟新版本。")
        % {"number": agreement.case.number, "n": agreement.version},
    )  # fmt: skip
    return agreement


@transaction.atomic
def warn_to_sign(agreement: Agreement) -> bool:
    """A few days before the end: whoever has not filed is reminded, once. Called by `tick`."""
    if not Agreement.objects.filter(pk=agreement.pk, warned_at__isnull=True).update(warned_at=timezone.now()):
        return False
    filed = set(agreement.copies.values_list("side", flat=True))
    _tell_sides(
        agreement, kind="agreement_reminder", subject=_("引进协议尚未签署"), without=filed,
        body=_("办件 %(number)s 的引进协议请在 %(day)s 前提交签署件，逾期不作签署处理。")
        % {"number": agreement.case.number, "day": f"{agreement.sign_by:%Y-%m-%d}"},
    )  # fmt: skip
    return True


def people_of(agreement: Agreement, side: str) -> list[User]:
    """Who is told for a side."""
    if side == Side.TALENT:
        return [agreement.case.applicant.user] if agreement.case.applicant.user_id else []
    if side == Side.EMPLOYER:
        return appointments.holders(roles.HR, agreement.employer)
    return appointments.holders(roles.CHECKER, agreement.government)


def _tell_sides(agreement: Agreement, *, kind: str, subject: str, body: str, without: Any = ()) -> None:
    for side in Side.values:
        for person in () if side in without else people_of(agreement, side):
            messages.tell(
                person, kind=kind, subject=subject, body=body, case=agreement.case,
                key=f"{kind}:{agreement.pk}:{person.pk}",
            )  # fmt: skip


def current(case: Case) -> Agreement | None:
    """The agreement in force; None when there is none."""
    return case.agreements.filter(state=State.IN_FORCE).first()


def may_read(letter: Letter, reader: User) -> bool:
    """Whether somebody who sees the case may open one of its letters: an agreement is not for its recommender."""
    if letter.kind != AgreementText.kind:
        return True
    agreement = Agreement.objects.select_related("case__applicant", "employer", "government").get(
        letter=letter
    )
    officer = any(post.role in roles.OFFICERS for post in appointments.posts_of(reader))
    return officer or bool(sides_of(reader, agreement))
