"""P12: the subsidy for a rated year: claimed with proof, checked by the county, approved by a second person, awarded.

Money goes through the core funds: an approved claim is an award with one instalment, which finance pays like any other.
"""

from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Award, BudgetLine, Organisation, User
from talent.core.services import appointments, audit, calendar, cases, funds, materials, policy
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import Placement, PlacementCase, Rating, SubsidyClaim

from . import places
from .sides import POLICY, as_hr, as_role, tell_organisation, tell_person
from .subsidies import ONCE, amount_for, payee_of, period_of

State = SubsidyClaim.State


def _row(placement: Placement, code: str) -> rules.Subsidy:
    try:
        return places.book_of(placement.case).subsidy(code)
    except LookupError:
        raise ActRefused(_("请选择补助种类。"), code="code") from None


def _require_something(amount: rules.Amount) -> None:
    if amount.yuan <= 0:
        raise ActRefused(
            _("本期没有补助：%(reason)s（依据：%(clauses)s）。对考核有异议的，请在异议期内由本人提出。")
            % {"reason": amount.reason, "clauses": "、".join(amount.clauses)},
            code="nothing",
        )


@transaction.atomic
def claim(
    rating: Rating,
    *,
    actor: User,
    code: str,
    pay_paid: Decimal,
    evidence: UploadedFile,
    holder: str,
    bank: str,
    account: str,
) -> SubsidyClaim:
    """Claim subsidy `code` for a rated year with the proof of what was paid; the county checks next.

    pay_paid: 元 really paid in that year (0 for what is paid once). Raises `ActRefused` with reason and clauses when
    the rating gives nothing, `Conflict` when this period has been claimed.
    """
    placement = Placement.objects.select_related(
        "case__edition", "firm", "university", "person", "need__county_bureau"
    ).get(pk=rating.placement_id)
    rating.placement = placement
    row = _row(placement, code)
    claimant = payee_of(placement, row)
    standing = as_hr(actor, claimant)
    if rating.state != Rating.State.FINAL:
        raise ActRefused(
            _("第%(year)d年的考核还没有生效，生效后才能申请。") % {"year": rating.number}, code="rating"
        )
    if row.basis == "pay_paid" and pay_paid <= 0:
        raise ActRefused(_("请填写本期实付报酬，与支付凭证一致。"), code="pay_paid")
    _require_something(amount_for(rating, code, pay_paid=pay_paid))
    period = period_of(rating, row)
    version = materials.store_upload(
        evidence, owner=claimant, type_code=row.material, actor=actor,
        title=_("%(title)s凭证 %(number)s 第%(year)d年") % {"title": row.title, "number": placement.case.number, "year": rating.number},
    )  # fmt: skip
    try:
        with transaction.atomic():
            made = SubsidyClaim.objects.create(
                placement=placement, person=placement.person, claimant=claimant, code=code, rating=rating, period=period,
                pay_paid=pay_paid, evidence=version, holder=holder.strip(), bank=bank.strip(), account=account.strip(),
                claimed_by=actor, due_on=_due(placement, "claim_check_days"),
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            _("“%(title)s”第%(year)d年已经申请过，一期只能申请一次。")
            % {"title": row.title, "year": rating.number},
            code="period",
        ) from None
    cases.record(
        placement.case, "subsidy_claimed", actor=actor, standing=standing, title=_("申请补助"),
        public_text=_("%(claimant)s申请%(title)s（第%(year)d年）。")
        % {"claimant": claimant, "title": row.title, "year": rating.number},
        figures={"code": code, "period": period, "pay_paid": str(pay_paid)},
    )  # fmt: skip
    tell_organisation(
        placement.need.county_bureau, role=roles.CHECKER, kind="subsidy_claimed", subject=_("有补助申请待核实"),
        body=_("办件 %(number)s 申请%(title)s，请核对支付凭证。") % {"number": placement.case.number, "title": row.title},
        case=placement.case,
    )  # fmt: skip
    return made


def _due(placement: Placement, limit: str) -> date:
    days = policy.figures(placement.case.edition).limit(limit)
    return calendar.due_after(calendar.effective_day(timezone.now()), days)


def _locked(claim: SubsidyClaim, *wanted: str) -> SubsidyClaim:
    """The claim read again under its lock, behind the lock of its case; raises `Conflict` when it has moved on."""
    funds.lock_cases([claim.placement.case_id])
    fresh = (
        SubsidyClaim.objects.select_for_update(of=("self",))
        .select_related(
            "placement__case__edition", "placement__need__county_bureau", "placement__firm", "placement__university",
            "placement__person", "rating", "claimant",
        )
        .get(pk=claim.pk)
    )  # fmt: skip
    if fresh.state not in wanted:
        raise Conflict(_("该补助申请现在是“%(state)s”，请刷新页面。") % {"state": fresh.get_state_display()})
    fresh.rating.placement = fresh.placement
    return fresh


@transaction.atomic
def withdraw(claim: SubsidyClaim, *, actor: User) -> SubsidyClaim:
    """The claimant takes it back before it is checked; it may be claimed again."""
    claim = _locked(claim, State.CLAIMED)
    standing = as_hr(actor, claim.claimant)
    claim.state, claim.due_on = State.WITHDRAWN, None
    claim.save(update_fields=["state", "due_on"])
    _record(claim, "subsidy_claim_withdrawn", actor, standing, _("撤回补助申请"), "")
    return claim


@transaction.atomic
def check(
    claim: SubsidyClaim, *, actor: User, passed: bool, pay_accepted: Decimal | None = None, text: str = ""
) -> SubsidyClaim:
    """The county bureau compares the claim with its proof: what was really paid, or back with the reason.

    pay_accepted: 元 the proof shows, at most what was claimed; less of it needs a reason.
    """
    claim = _locked(claim, State.CLAIMED)
    case = claim.placement.case
    standing = as_role(actor, roles.CHECKER, claim.placement.need.county_bureau)
    if actor.pk == claim.claimed_by_id:
        raise NotAllowed(_("申请人不能核实自己的申请，请由其他人员办理。"))
    text = text.strip()
    claim.checked_by, claim.checked_at, claim.check_text = actor, timezone.now(), text[:300]
    if not passed:
        if len(text) < 4:
            raise ActRefused(_("退回的，请写明缺什么、怎样补（至少4个字）。"), code="text")
        claim.state, claim.answer, claim.due_on = State.RETURNED, text[:300], None
        claim.save()
        _record(claim, "subsidy_claim_returned", actor, standing, _("退回补助申请"), text)
        _tell_claimant(claim, _("补助申请已退回"), _("原因：%(text)s 可以补充后重新申请。") % {"text": text})
        return claim
    accepted = claim.pay_paid if pay_accepted is None else pay_accepted
    if not 0 <= accepted <= claim.pay_paid:
        raise ActRefused(
            _("核实的报酬应在0元至申报的%(pay)s元之间。") % {"pay": funds.yuan(claim.pay_paid)},
            code="pay_accepted",
        )
    if accepted < claim.pay_paid and len(text) < 4:
        raise ActRefused(_("核实的报酬少于申报的，请写明原因。"), code="text")
    claim.pay_accepted, claim.state = accepted, State.CHECKED
    claim.due_on = _due(claim.placement, "claim_decide_days")
    claim.save()
    _record(
        claim, "subsidy_claim_checked", actor, standing, _("核实补助申请"),
        _("核实实付报酬%(pay)s元。%(text)s") % {"pay": funds.yuan(accepted), "text": text},
    )  # fmt: skip
    tell_organisation(
        case.lead_organisation, role=roles.BUREAU_HEAD, kind="subsidy_claim_checked", case=case,
        subject=_("有补助申请待审批"), body=_("办件 %(number)s 的补助申请已核实，请审批。") % {"number": case.number},
    )  # fmt: skip
    return claim


def _require_second(claim: SubsidyClaim, actor: User, standing: Standing) -> None:
    """Raise `NotAllowed` when who checked the claim, or whoever stands in for him, would approve it too."""
    if claim.checked_by_id in (actor.pk, standing.principal.pk if standing.principal else None):
        raise NotAllowed(_("该申请由您核实，审批须由其他人办理。"))


@transaction.atomic
def decide(claim: SubsidyClaim, *, actor: User, granted: bool, text: str = "") -> SubsidyClaim:
    """A second person, the head of the lead bureau, approves: award and instalment are made; or refuses with the reason.

    The amount is worked out anew from the accepted pay. Raises `ActRefused` when the budget is exhausted.
    """
    claim = _locked(claim, State.CHECKED)
    placement, case = claim.placement, claim.placement.case
    standing = as_role(actor, roles.BUREAU_HEAD, case.lead_organisation)
    _require_second(claim, actor, standing)
    text = text.strip()
    if not granted and len(text) < 4:
        raise ActRefused(_("不予补助的，请写明原因（至少4个字）。"), code="text")
    found = amount_for(claim.rating, claim.code, pay_paid=claim.pay_accepted)
    claim.amount, claim.reason, claim.clauses = found.yuan, found.reason[:300], list(found.clauses)
    claim.decided_by, claim.decided_at, claim.due_on = actor, timezone.now(), None
    if not granted:
        claim.state, claim.answer = State.REFUSED, text[:300]
        claim.save()
        _record(claim, "subsidy_refused", actor, standing, _("不予补助"), text)
        _tell_claimant(claim, _("不予补助"), _("原因：%(text)s") % {"text": text})
        return claim
    _require_something(found)
    row = _row(placement, claim.code)
    claim.award = _award(claim, row, found, actor=actor, standing=standing)
    claim.state = State.GRANTED
    claim.save()
    _record(claim, "subsidy_granted", actor, standing, _("核定补助"), f"{row.title}：{found.reason}")
    _tell_claimant(claim, _("补助已核定"), _("金额%(yuan)s元，等待拨付。") % {"yuan": funds.yuan(found.yuan)})
    return claim


def _award(
    claim: SubsidyClaim, row: rules.Subsidy, found: rules.Amount, *, actor: User, standing: Standing
) -> Award:
    """The award of an approved claim with its one instalment, due at once."""
    case, today = claim.placement.case, calendar.today()
    funding = places.book_of(case).funding
    period = _("一次性") if claim.period == ONCE else _("第%(n)d年") % {"n": claim.period}
    plan = [
        funds.Planned(
            period=str(claim.period), title=period, amount=found.yuan, due_on=today,
            portions=_portions(case, funding, today.year),
        )
    ]  # fmt: skip
    return funds.grant(
        case,
        kind=f"{claim.code}_{claim.period}",
        title=f"{row.title}（{period}）",
        lines=[funds.Line(found.reason[:200], found.yuan, "、".join(found.clauses)[:200])],
        plan=plan,
        account=funds.Account(claim.claimant, claim.holder, claim.bank, claim.account.reveal()),
        handling=case.lead_organisation,
        paying=_paying(case, funding),
        actor=actor,
        standing=standing,
    )


def _portions(case: PlacementCase, funding: rules.Funding, year: int) -> tuple[funds.Portion, ...]:
    """The budget lines of `year` and what each bears; empty while one of them is missing."""
    wanted = {
        share: Decimal(percent) / 100
        for share, percent in (
            (BudgetLine.Share.CITY, funding.city_pct), (BudgetLine.Share.COUNTY, 100 - funding.city_pct),
        )
        if percent
    }  # fmt: skip
    lines = {
        line.share: line
        for line in BudgetLine.objects.filter(
            year=year, source=funding.source_of_money, region=case.region, closed_at__isnull=True
        )
    }
    if wanted.keys() - lines.keys():
        return ()
    return tuple(funds.Portion(lines[share], part) for share, part in wanted.items())


def _paying(case: PlacementCase, funding: rules.Funding) -> Organisation:
    """The finance bureau: of the city when it bears anything, else the county's own."""
    if not funding.city_pct:
        local = Organisation.objects.confirmed().filter(code=f"{case.region.code}-{funding.finance_bureau}")
        if found := local.first():
            return found
    return Organisation.objects.get(code=funding.finance_bureau)


def _record(claim: SubsidyClaim, kind: str, actor: User, standing: Standing, title: str, text: str) -> None:
    cases.record(
        claim.placement.case, kind, actor=actor, standing=standing, title=title, public_text=text,
        figures={"code": claim.code, "period": claim.period, "amount": str(claim.amount or "")},
    )  # fmt: skip


def _tell_claimant(claim: SubsidyClaim, subject: str, text: str) -> None:
    body = _("办件 %(number)s：%(text)s") % {"number": claim.placement.case.number, "text": text}
    tell_organisation(
        claim.claimant, kind="subsidy_answered", subject=subject, body=body, case=claim.placement.case
    )
    tell_person(
        claim.placement.person, kind="subsidy_answered", subject=subject, body=body, case=claim.placement.case
    )


def require_reader(claim: SubsidyClaim, *, actor: User) -> None:
    """Let the claimant's HR and the checking and deciding bureaus read the proof of a claim; every look is on record.

    Raises `NotAllowed` for everybody else.
    """
    case = claim.placement.case
    readers = (
        (roles.HR, claim.claimant),
        (roles.CHECKER, claim.placement.need.county_bureau),
        (roles.CHECKER, case.lead_organisation),
        (roles.BUREAU_HEAD, case.lead_organisation),
    )
    for role, organisation in readers:
        if appointments.standing(actor, role, organisation, policy=POLICY) is not None:
            audit.record("claim_evidence_read", actor=actor, subject=case.number, detail={"claim": claim.pk})
            return
    raise NotAllowed(_("只有申请单位和核实、审批部门可以查看支付凭证。"))
