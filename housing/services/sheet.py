"""审批表 of one case on A4: who asked for what, by which facts and conditions, who said what on the way, and the money."""

from collections.abc import Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from housing.models import HousingCase
from talent.core.models import Award, CaseEvent, TalentLevel, User
from talent.core.services import audit, calendar, checks, funds, letters, policy

from .reading import explain, figures_of

# Whose word stands on the form, in the order of the procedure: the events it is read from, and the row's name.
_OPINIONS = (
    (("employer_confirmed",), "用人单位意见"),
    (("accepted", "accepted_with_promise"), "受理意见"),
    (("county_reviewed", "taken_over"), "县市区审核意见"),
    (("amount_calculated",), "市级核定意见"),
    (("amount_verified",), "市级复核意见"),
    (("endorsed",), "组织部门意见"),
    (("publicity_closed",), "公示情况"),
    (("granted", "refused", "not_accepted"), "审定意见"),
)
# Facts of the home and the employment; never a full number or an address.
_FACTS = {
    "purchase": ("home_unit_no", "sale_contract_no", "bought_on", "price", "price_paid_up", "co_owner"),
    "rent": ("lease_no", "lease_from", "lease_to", "rent", "registered_lease"),
}
_PERSON = ("arrived_on", "contract_from", "contract_years", "insured_months", "marriage", "household_homes")


@transaction.atomic
def approval_sheet(case: HousingCase, *, actor: User) -> bytes:
    """The form as PDF, as the case stands today; numbers of persons are masked. Who made it is recorded."""
    events = list(case.events.select_related("actor", "organisation").order_by("seq"))
    answer = explain(case) or {}
    level = TalentLevel.objects.filter(code=case.level_code).first()
    context = {
        "case": case,
        "city": settings.SITE["city"],
        "mark": case.edition.mark,
        "made_on": calendar.today(),
        "level": str(level) if level else case.level_code,
        "rows": _pairs(_facts(case)),
        "findings": answer.get("findings", []),
        "amount": _amount(answer.get("amount")),
        "opinions": _opinions(
            events, endorsed=figures_of(case.edition).deciding_of(case.level_code).endorsed
        ),
        "checks": _checks(case, reader=actor),
        "awards": [
            _award(award) for award in case.awards.select_related("paying_organisation").order_by("pk")
        ],
    }
    audit.record("approval_sheet_made", actor=actor, subject=case.number)
    return letters.render_pdf(render_to_string("letters/housing/approval_sheet.html", context))


def _amount(worked_out: dict[str, Any] | None) -> dict[str, Any] | None:
    """The calculation with its amounts as they are read; None while nothing is worked out."""
    if not worked_out:
        return None
    lines = [line | {"amount": funds.yuan(Decimal(line["amount"]))} for line in worked_out["lines"]]
    return {
        "unit": worked_out["unit_words"],
        "lines": lines,
        "months": worked_out["month_lines"],
        "total": funds.yuan(Decimal(worked_out["total"])),
    }


def _award(award: Award) -> dict[str, Any]:
    """What was granted and how far it is paid, for finance."""
    return {
        "award": award,
        "total": funds.yuan(award.total),
        "words": funds.in_words(award.total),
        "paid": funds.yuan(funds.paid_of(award)),
        "steps": [asdict(step) | {"yuan": funds.yuan(step.amount)} for step in funds.timeline(award)],
    }


def _facts(case: HousingCase) -> list[tuple[str, str]]:
    rows = []
    for name in (*_PERSON, *_FACTS.get(case.instrument, ())):
        field = case._meta.get_field(name)
        display = getattr(case, f"get_{name}_display", None)
        value: Any = display() if display else getattr(case, name)
        if isinstance(value, bool):
            value = _("是") if value else _("否")
        elif isinstance(value, Decimal):
            value = f"{value:,.2f}"
        rows.append((str(field.verbose_name), "" if value is None else str(value)))
    return rows


def _pairs(rows: Sequence[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Two facts a line."""
    filled = [*rows, ("", "")] if len(rows) % 2 else list(rows)
    return [filled[at : at + 2] for at in range(0, len(filled), 2)]


def _checks(case: HousingCase, *, reader: User) -> list[dict[str, Any]]:
    """Which bureau was asked what; what it found only for those who read findings on the case page too."""
    reads = checks.reads_findings(reader, case)
    found = []
    for check in checks.own_checks(reader, case, everything=True):
        told = next((one for one in checks.opinions(case, check) if one.current), None)
        said = f"{told.finding}。{told.opinion.text}" if told and reads else check.get_state_display()
        found.append(
            {
                "subject": policy.figures(case.edition).check(check.subject).title,
                "bureau": check.organisation.label,
                "said": said,
                "officer": told.opinion.officer if told and reads else "",
            }
        )
    return found


def _opinions(events: Sequence[CaseEvent], *, endorsed: bool) -> list[dict[str, Any]]:
    """The last word of each stage with its person and day; a stage not reached yet is an empty box to sign."""
    found = []
    for kinds, label in _OPINIONS:
        if kinds == ("endorsed",) and not endorsed:
            continue
        event = next((one for one in reversed(events) if one.kind in kinds), None)
        said = [part for part in (event.public_text, event.internal_text) if part] if event else []
        found.append({"label": label, "event": event, "said": said})
    return found
