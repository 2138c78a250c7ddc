"""岗位需求 (P1–P3): posted by the firm, checked by the county's bureau, published by the lead bureau.

Every act is written to the audit chain under the need's number; a need has no applicant and so is no case.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import IndustryChain, Organisation, User
from talent.core.services import audit, calendar, policy, sequences
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import FirmProfile, Need

from .sides import POLICY, as_hr, as_role, tell_organisation

NUMBER = "XQ"
COPIED = (
    "kind", "chain", "title", "field", "problem", "expected_result", "days_per_year", "pay_per_year", "term_months",
    "posts",
)  # fmt: skip


@transaction.atomic
def post(
    *,
    actor: User,
    firm: Organisation,
    kind: str,
    title: str,
    field: str,
    problem: str,
    expected_result: str,
    days_per_year: int,
    pay_per_year: Decimal,
    term_months: int,
    posts: int = 1,
    chain: IndustryChain | None = None,
    open_until: date | None = None,
    copied_from: Need | None = None,
) -> Need:
    """Post a need; it waits for the county bureau's check. Raises `ActRefused` for a term or days the kind forbids."""
    as_hr(actor, firm)
    if firm.kind != Organisation.Kind.EMPLOYER:
        raise NotAllowed(_("岗位需求由企业登记；高等院校、科研院所请发布优势学科和可派出人选。"))
    edition = policy.edition_for(POLICY)
    book = rules.Rulebook(edition.data)
    wrong = rules.failed(rules.terms(kind, term_months, days_per_year, book=book))
    if wrong:
        raise ActRefused("".join(finding.sentence for finding in wrong), code=wrong[0].condition)
    if open_until and open_until < calendar.today():
        raise ActRefused(_("征集截止日期已经过去，请改为今天以后的日期。"), code="open_until")
    publisher = book.kind(kind).publisher
    year = calendar.today().year
    need = Need.objects.create(
        number=f"{NUMBER}{year}-{sequences.next_number('need', year):04d}",
        edition=edition,
        firm=firm,
        kind=kind,
        chain=chain,
        region=firm.region,
        title=title,
        field=field,
        problem=problem,
        expected_result=expected_result,
        days_per_year=days_per_year,
        pay_per_year=pay_per_year,
        term_months=term_months,
        posts=posts,
        open_until=open_until,
        county_bureau=_county_bureau(firm, publisher),
        lead_bureau=Organisation.objects.get(code=publisher),
        copied_from=copied_from,
        posted_by=actor,
        due_on=_due(edition, "firm_check_days"),
    )
    audit.record("need_posted", actor=actor, subject=need.number, detail={"firm": firm.pk, "kind": kind})
    tell_organisation(
        need.county_bureau, role=roles.CHECKER, kind="need_posted", subject=_("有岗位需求待核验"),
        body=_("%(firm)s登记了岗位需求 %(number)s，请核验企业条件。") % {"firm": firm, "number": need.number},
    )  # fmt: skip
    return need


def _county_bureau(firm: Organisation, publisher: str) -> Organisation:
    """The bureau of the firm's own county with the same duty; the city's when the firm stands under the city."""
    local = Organisation.objects.filter(code=f"{firm.region.code}-{publisher}").first()
    return local or Organisation.objects.get(code=publisher)


def _due(edition: Any, limit: str) -> date:
    return calendar.due_after(calendar.effective_day(timezone.now()), policy.figures(edition).limit(limit))


def copy(need: Need, *, actor: User, **changes: Any) -> Need:
    """Post last year's need again, with `changes`; everything else is taken over."""
    fields = {name: getattr(need, name) for name in COPIED} | changes
    return post(actor=actor, firm=need.firm, copied_from=need, **fields)


def _locked(need: Need, *wanted: str) -> Need:
    """The need read again under its lock; raises `Conflict` when it has moved on."""
    fresh = Need.objects.select_for_update().get(pk=need.pk)
    if fresh.status not in wanted:
        raise Conflict(
            _("需求 %(number)s 现在是“%(status)s”，不能再这样办理，请刷新页面。")
            % {"number": fresh.number, "status": fresh.get_status_display()}
        )
    return fresh


@transaction.atomic
def check(
    need: Need, *, actor: User, firm_class: str, conditions: dict[str, bool], opinion: str = ""
) -> Need:
    """P2: the county bureau states the firm's class and each condition. A firm that does not fit gets its need back."""
    need = _locked(need, Need.Status.CHECKING)
    as_role(actor, roles.CHECKER, need.county_bureau)
    book = rules.Rulebook(need.edition.data)
    known = {row.code: row for row in book.firm_conditions}
    if set(conditions) != set(known):
        raise ActRefused(_("请逐条核验企业条件。"), code="conditions")
    if firm_class not in {row.code for row in book.firm_classes}:
        raise ActRefused(_("请选择企业类别。"), code="firm_class")
    FirmProfile.objects.update_or_create(
        firm=need.firm,
        defaults={
            "firm_class": firm_class,
            "conditions": conditions,
            "checked_by": actor,
            "checked_at": timezone.now(),
        },
    )
    unmet = [known[code] for code, holds in conditions.items() if not holds]
    need.checked_by, need.checked_at = actor, timezone.now()
    if unmet:
        reason = "；".join(f"{row.text}（{row.clause}）" for row in unmet)
        return _end(
            need, Need.Status.RETURNED, actor=actor, kind="need_returned",
            reason=_("企业不符合：%(reason)s。%(opinion)s") % {"reason": reason, "opinion": opinion},
        )  # fmt: skip
    need.status, need.due_on = Need.Status.CHECKED, _due(need.edition, "need_publish_days")
    need.save(update_fields=["status", "checked_by", "checked_at", "due_on"])
    audit.record(
        "need_checked",
        actor=actor,
        subject=need.number,
        detail={"firm_class": firm_class, "opinion": opinion},
    )
    tell_organisation(
        need.lead_bureau, role=roles.CHECKER, kind="need_checked", subject=_("有岗位需求待发布"),
        body=_("岗位需求 %(number)s 已由%(bureau)s核验，请发布。")
        % {"number": need.number, "bureau": need.county_bureau.label},
    )  # fmt: skip
    return need


@transaction.atomic
def publish(need: Need, *, actor: User) -> Need:
    """P3: the lead bureau makes the need public."""
    need = _locked(need, Need.Status.CHECKED)
    as_role(actor, roles.CHECKER, need.lead_bureau)
    need.status, need.due_on = Need.Status.PUBLISHED, None
    need.published_by, need.published_at = actor, timezone.now()
    need.save(update_fields=["status", "due_on", "published_by", "published_at"])
    audit.record("need_published", actor=actor, subject=need.number)
    tell_organisation(
        need.firm, kind="need_published", subject=_("岗位需求已发布"),
        body=_("岗位需求 %(number)s 已向社会发布，可以接受申请和邀请人选。") % {"number": need.number},
    )  # fmt: skip
    return need


@transaction.atomic
def send_back(need: Need, *, actor: User, reason: str) -> Need:
    """The county or lead bureau returns a need with the reason; the firm may copy it and post it again."""
    need = _locked(need, Need.Status.CHECKING, Need.Status.CHECKED)
    as_role(
        actor, roles.CHECKER, need.county_bureau if need.status == Need.Status.CHECKING else need.lead_bureau
    )
    return _end(need, Need.Status.RETURNED, actor=actor, kind="need_returned", reason=reason)


@transaction.atomic
def withdraw(need: Need, *, actor: User, reason: str) -> Need:
    """The firm takes a need back before it is published."""
    need = _locked(need, Need.Status.CHECKING, Need.Status.CHECKED)
    as_hr(actor, need.firm)
    return _end(need, Need.Status.WITHDRAWN, actor=actor, kind="need_withdrawn", reason=reason)


@transaction.atomic
def close(need: Need, *, actor: User, reason: str) -> Need:
    """The firm closes a published need; running applications go on."""
    need = _locked(need, Need.Status.PUBLISHED)
    as_hr(actor, need.firm)
    return _end(need, Need.Status.CLOSED, actor=actor, kind="need_closed", reason=reason)


def _end(need: Need, status: str, *, actor: User, kind: str, reason: str) -> Need:
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明原因（至少2个字）。"), code="reason")
    need.status, need.reason, need.due_on, need.ended_at = status, reason.strip()[:300], None, timezone.now()
    need.save()
    audit.record(kind, actor=actor, subject=need.number, detail={"reason": need.reason})
    if actor.pk != need.posted_by_id:
        tell_organisation(
            need.firm, kind=kind, subject=_("岗位需求%(status)s") % {"status": need.get_status_display()},
            body=_("岗位需求 %(number)s %(status)s。原因：%(reason)s")
            % {"number": need.number, "status": need.get_status_display(), "reason": need.reason},
        )  # fmt: skip
    return need


def published(
    day: date, *, kind: str = "", chain: IndustryChain | None = None, text: str = ""
) -> QuerySet[Need]:
    """The needs anybody may see on `day`, newest first; nothing in them is about a person."""
    found = Need.objects.open_to_public(day).select_related("firm", "chain", "region")
    if kind:
        found = found.filter(kind=kind)
    if chain:
        found = found.filter(chain=chain)
    if text:
        found = found.filter(Q(field__contains=text) | Q(title__contains=text) | Q(problem__contains=text))
    return found.order_by("-published_at", "-pk")
