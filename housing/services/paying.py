"""While money is paid (H9–H10): what is asked again before each instalment, each quarter and year, and what a level adds."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from housing import rules
from housing.models import HousingCase, Tenancy
from housing.rules import History, HousingFigures
from housing.rules.amounts import UNIT_MONTHS, cents
from talent.core.models import Award, AwardChange, Case, Instalment, Organisation, PostRound
from talent.core.services import calendar, funds
from talent.core.services.errors import ActRefused

from .money import portions_of, rent_paid
from .reading import POLICY, current_edition, facts_of, figures_of, history_of
from .support import open_tenancy

ZERO = Decimal(0)
# The published conditions that can change while money is paid, with the words of the question.
_ASKED = (
    ("H1", "in_post", "在岗"),
    ("H2", "insurance", "社会保险"),
    ("H4", "home", "家庭住房"),
    ("H9", "benefits", "其他住房待遇"),
)
_SOURCES = {
    "in_post": "用人单位季度确认",
    "insurance": "社会保险信息",
    "home": "不动产登记信息",
    "benefits": "住房保障信息",
    "flat": "人才公寓台账",
    "rent": "拨付台账",
}


def recheck_items(award: Award) -> list[funds.Item]:
    """What has to hold before `award` pays again, each with its clause and with what the books say already."""
    case = award.case.specific()
    figures = figures_of(case.edition)
    clauses = {row.code: row.clause for row in figures.condition}
    known = {"in_post": _post(award), "benefits": _benefits(case, figures)}
    items = [
        funds.Item(code, label, clauses[condition], _SOURCES[code], *known.get(code, (None, "")))
        for condition, code, label in _ASKED
        if condition in clauses and (condition, case.instrument) != ("H4", "purchase")
    ]
    return items + _flat(case, figures) + _rent_ended(case, figures)


def _post(award: Award) -> tuple[bool | None, str]:
    word = funds.last_word(award)
    if word is None:
        return None, ""
    if isinstance(word, PostRound):
        return False, _("单位尚未确认 %(quarter)s 的在岗情况。") % {"quarter": word.quarter}
    if word.unchanged:
        return True, _("单位已确认 %(quarter)s 在岗且无变化。") % {"quarter": word.round.quarter}
    return False, _("单位报告：%(text)s") % {"text": word.change.statement}


def _benefits(case: HousingCase, figures: HousingFigures) -> tuple[bool | None, str]:
    if case.instrument == HousingCase.Instrument.RENT and open_tenancy(case.applicant):
        return False, _("正在租住人才公寓，不能同时享受租房补贴。")
    # What may be enjoyed until it is paid is asked about by `_flat`.
    names = {
        row.code: row.name
        for row in figures.exclusion
        if not (row.blocks == "payment" and case.instrument in row.against)
    }
    enjoyed = [names[code] for code in case.benefits if code in names]
    if enjoyed:
        return False, _("填报时正在享受：%(names)s。") % {"names": "、".join(enjoyed)}
    return None, ""


def _flat(case: HousingCase, figures: HousingFigures) -> list[funds.Item]:
    """What may be enjoyed at the decision but must be given up before anything is paid: the flat of a buyer.

    The ledger of flats says who lives in one of ours; a flat elsewhere is what was stated and reported.
    """
    found, tenancy = [], open_tenancy(case.applicant)
    returned = case.applicant.tenancies.filter(state=Tenancy.State.ENDED).exists()
    for row in figures.exclusion:
        if row.blocks != "payment" or case.instrument not in row.against:
            continue
        left = tenancy is None and (
            returned
            or AwardChange.objects.filter(
                award__case__applicant=case.applicant,
                kind=AwardChange.Kind.FLAT,
                state=AwardChange.State.DONE,
            ).exists()
        )
        lives = tenancy is not None or (row.code in case.benefits and not left)
        said = row.change if lives else _("已退出%(name)s。") % {"name": row.name} if left else ""
        label = _("已退出%(name)s") % {"name": row.name}
        found.append(
            funds.Item("flat", label, row.clause, _SOURCES["flat"], False if lives else left or None, said)
        )
    return found


def _rent_ended(case: HousingCase, figures: HousingFigures) -> list[funds.Item]:
    """由租转购: a buyer's rent subsidy has ended, and what it paid is what the decision deducted."""
    if case.instrument != HousingCase.Instrument.PURCHASE:
        return []
    running = Award.objects.filter(
        case__applicant=case.applicant, case__policy=POLICY, kind="rent", state__in=Award.LIVE
    ).first()
    paid, _months = rent_paid(case.applicant)
    if not paid and running is None:
        return []
    offset = next((row for row in figures.offset if row.code == "rent_paid"), None)
    lines = (case.assessment.get("amount") or {}).get("lines", [])
    deducted = -sum(
        (Decimal(line["amount"]) for line in lines if offset and offset.name in line["label"]), ZERO
    )
    clause = offset.clause if offset else figures.upgrade.clause
    label = _("租房补贴已停发并抵扣")
    if running is not None:
        said = _("租房补贴 %(number)s 仍在执行，请先办理由租房转为购房。") % {"number": running.number}
        return [funds.Item("rent", label, clause, _SOURCES["rent"], False, said)]
    holds = deducted >= paid
    said = _("已领租房补贴 %(paid)s 元，决定时抵扣 %(deducted)s 元。") % {
        "paid": funds.yuan(paid), "deducted": funds.yuan(deducted),
    }  # fmt: skip
    return [funds.Item("rent", label, clause, _SOURCES["rent"], holds, said)]


def report_days(case: Case) -> int:
    """Working days within which a change is to be reported."""
    return figures_of(case.edition).recheck.change_report_days


# --- the level -----------------------------------------------------------------------------------------------


def difference(case: Case, level_code: str) -> funds.Difference:
    """What `level_code` adds to what was granted, by the edition's rule. Raises `ActRefused` when it adds nothing.

    A single sum: the new standard less what was granted, in the parts of its plan from today. By the month: the higher
    rate for every period that has not begun to be paid.
    """
    figures = figures_of(case.edition)
    if level_code == case.level_code or figures.upgrade.rule != "difference":
        raise ActRefused(_("按政策，层次没有提高或者层次提升不补差。"))
    before = history_of(case)
    months = UNIT_MONTHS[_rate(figures, case, level_code).unit]
    history = History(
        received=before.received,
        drawn={},
        own=ZERO if months else before.own + case.amount_total,
        spouse=before.spouse,
    )
    answer = rules.assess(
        figures,
        instrument=case.instrument,
        level=level_code,
        facts=facts_of(case),
        day=calendar.today(),
        history=history,
    )
    if answer.amount is None:
        raise ActRefused(_("该层次一事一议，请按新的申请办理。"))
    found = _monthly(case, figures, answer.amount.each) if months else _single(case, answer, figures)
    if found.total <= 0:
        raise ActRefused(_("按新层次核定的金额没有提高，不需要补差。"))
    return found


def _rate(figures: HousingFigures, case: Case, level_code: str) -> Any:
    rate = figures.rate_of(case.instrument, level_code)
    if rate is None:
        raise ActRefused(_("本版本政策没有该层次的标准，不能补差。"))
    return rate


def _single(case: Case, answer: Any, figures: HousingFigures) -> funds.Difference:
    lines = tuple(
        funds.Line(line.label, line.amount, line.clause) for line in answer.amount.lines if line.amount
    )
    plan = tuple(
        funds.Planned(
            f"{answer.level}-{due.begins:%Y-%m}", _("补差第%(n)d期") % {"n": due.number}, due.amount, due.due_on,
            portions_of(case, figures, due.due_on.year),
        )
        for due in answer.dues
        if due.amount
    )  # fmt: skip
    return funds.Difference(lines, plan)


def _monthly(case: Case, figures: HousingFigures, each: Decimal) -> funds.Difference:
    more = each - case.amount_each
    award = case.awards.filter(kind=case.instrument, state__in=Award.LIVE).first()
    rows = award.instalments.filter(state=Instalment.State.WAITING).order_by("seq") if award else []
    plan = []
    for row in rows:
        amount = cents(more * row.amount / case.amount_each)
        if amount > 0:
            plan.append(
                funds.Planned(
                    f"{row.period}+", _("%(title)s补差") % {"title": row.title}, amount, row.due_on,
                    portions_of(case, figures, row.due_on.year),
                )
            )  # fmt: skip
    total = sum((one.amount for one in plan), ZERO)
    text = _("层次提升：每期标准由 %(before)s 元提高到 %(after)s 元，余 %(n)d 期") % {
        "before": funds.yuan(case.amount_each), "after": funds.yuan(each), "n": len(plan),
    }  # fmt: skip
    return funds.Difference((funds.Line(text, total, figures.upgrade.clause),) if plan else (), tuple(plan))


def set_level(case: Case, level_code: str, added: Decimal) -> None:
    """The level of the case from now on, and what was granted in all."""
    case.level_code = level_code
    case.amount_total += added
    case.save(update_fields=["level_code", "amount_total"])


# --- the calendar --------------------------------------------------------------------------------------------


def rounds_due(day: date) -> list[Organisation]:
    """Employers to be asked for the quarter of `day` who have not been: those with people paid since before it."""
    quarter, first = funds.quarter_of(day)
    asked = PostRound.objects.filter(quarter=quarter).values("organisation")
    rows = Organisation.objects.filter(
        pk__in=Award.objects.filter(
            state__in=Award.LIVE, case__policy=POLICY, approved_at__date__lt=first
        ).values("case__employer")
    ).exclude(pk__in=asked)
    return list(rows.order_by("pk"))


def open_round(organisation: Organisation, day: date) -> bool:
    days = _recheck_of_today().quarterly_days
    return funds.open_round(organisation, day=day, days=days) is not None


def note_silence(asked: PostRound, day: date) -> bool:
    first = funds.quarter_of(asked.due_on)[1]
    return funds.note_silence(asked, funds.asked_about(asked.organisation, [POLICY], first))


def reviews_due(day: date) -> list[Award]:
    """Awards to be put on the list of the year: from the first day of the edition's month on."""
    if day.month < _recheck_of_today().annual_month:
        return []
    return funds.to_review([POLICY], year=day.year, before=date(day.year, 1, 1))


def open_review(award: Award, day: date) -> bool:
    last = rules.add_months(date(day.year, _recheck_of_today().annual_month, 1), 1)
    return (
        funds.open_review(award, year=day.year, due_on=calendar.current().previous_working_day(last))
        is not None
    )


def _recheck_of_today() -> Any:
    return figures_of(current_edition()).recheck
