"""What a decision becomes in the books (H9), and what the books say was paid before."""

from decimal import Decimal

from django.utils.translation import gettext as _

from housing.models import HousingCase
from housing.rules import Amount, Assessment, HousingFigures
from housing.rules.amounts import UNIT_MONTHS, cents
from talent.core.models import BudgetLine, Organisation, TalentProfile, User
from talent.core.services import funds
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused

ZERO = Decimal(0)


def award(
    case: HousingCase, answer: Assessment, figures: HousingFigures, *, actor: User, standing: Standing
) -> None:
    """Grant the amount of `answer` with its lines and instalments, and reserve the budget of this year's.

    Instalments of years without a budget wait for it. Raises `ActRefused` when this year's budget is exhausted or
    the payee has no account.
    """
    plan = [
        funds.Planned(
            period=f"{due.begins:%Y-%m}", title=_("第%(n)d期") % {"n": due.number}, amount=due.amount, due_on=due.due_on,
            portions=portions_of(case, figures, due.due_on.year),
        )
        for due in answer.dues
    ]  # fmt: skip
    funds.grant(
        case, kind=case.instrument, title=case.get_instrument_display(), lines=_lines(answer.amount), plan=plan,
        account=_account(case, answer.amount.payee), handling=case.intake_organisation, paying=_paying(case, figures),
        actor=actor, standing=standing,
    )  # fmt: skip


def _lines(amount: Amount) -> list[funds.Line]:
    """The lines of the calculation over the whole time, so that they add up to the total."""
    length = UNIT_MONTHS[amount.unit]
    over = _("（%(n)d个月）") % {"n": amount.months} if length else ""
    shares = [cents(line.amount * amount.months / length) if length else line.amount for line in amount.lines]
    shares[0] += amount.total - sum(shares)
    return [
        funds.Line(f"{line.label}{over}", share, line.clause)
        for line, share in zip(amount.lines, shares, strict=True)
        if share
    ]


def portions_of(case: HousingCase, figures: HousingFigures, year: int) -> tuple[funds.Portion, ...]:
    """The budget lines of `year` and what each bears; empty while one of them is not there."""
    bearing = figures.bearing
    city_pct = 100 if case.city_level else bearing.city_pct
    parts = {
        BudgetLine.Share.CITY: Decimal(city_pct) / 100,
        BudgetLine.Share.COUNTY: Decimal(100 - city_pct) / 100,
    }
    rows = BudgetLine.objects.filter(
        year=year, source=bearing.source_of_money, region=case.region, closed_at__isnull=True
    )
    lines = {line.share: line for line in rows}
    wanted = {share: part for share, part in parts.items() if part}
    if wanted.keys() - lines.keys():
        return ()
    return tuple(funds.Portion(lines[share], part) for share, part in wanted.items())


def _paying(case: HousingCase, figures: HousingFigures) -> Organisation:
    code = figures.bearing.finance_bureau
    county = Organisation.objects.confirmed().filter(code=f"{case.region.code}-{code}").first()
    return county if county and not case.city_level else Organisation.objects.get(code=code)


def _account(case: HousingCase, payee: str) -> funds.Account:
    person = case.applicant
    if payee != "person" or person.bank_account is None:
        raise ActRefused(_("收款账户尚未登记，不能批准；请补全收款账户。"))
    return funds.Account(person, person.name, person.bank_name, person.bank_account.reveal())


def rent_paid(person: TalentProfile) -> tuple[Decimal, int]:
    """What a person was paid as 租房补贴 here: 元, and full months at the granted rate."""
    total, months = ZERO, 0
    rents = HousingCase.objects.filter(applicant=person, instrument="rent", granted_on__isnull=False)
    for case in rents.prefetch_related("awards"):
        paid = sum((funds.paid_of(one) for one in case.awards.all()), ZERO)
        total, months = total + paid, months + int(paid // case.amount_each)
    return total, months
