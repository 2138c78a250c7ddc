"""Draft, hand in (H1), and the employer's word (H2)."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from housing.models import HousingCase
from talent.core import identifiers, roles
from talent.core.models import Case, Organisation, TalentProfile, User
from talent.core.services import (
    appointments,
    calendar,
    cases,
    dossier,
    intake,
    materials,
    messages,
    policy,
    supplements,
)
from talent.core.services.dossier import Part
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

from .reading import POLICY, assess, figures_of


def offered_instruments() -> list[tuple[str, str]]:
    """What can be applied for: (code, name) of every instrument that pays money."""
    figures = figures_of(policy.edition_for(POLICY))
    paying = {rate.instrument for rate in figures.rate if rate.rent_pct is None}
    return [(row.code, row.name) for row in figures.instrument if row.code in paying]


def intake_organisation(employer: Organisation, figures: Any) -> Organisation:
    """Who takes the case in: the city for central, provincial and city units, else the employer's county."""
    routing = figures.routing
    city = employer.region.kind == employer.region.Kind.CITY
    code = routing.city_bureau if city else f"{employer.region.code}-{routing.county_bureau}"
    found = Organisation.objects.confirmed().filter(code=code).first()
    if found is None:
        raise ActRefused(_("“%(region)s”还没有受理部门，请联系市人社局。") % {"region": employer.region})
    return found


@transaction.atomic
def begin(
    *,
    actor: User,
    applicant: TalentProfile,
    submission_key: Any = None,
    instrument: str,
    employer: Organisation,
    level_code: str,
) -> HousingCase:
    """A person begins his own application: a draft nobody else sees, with the checklist of its instrument.

    Raises `NotAllowed` for somebody else's application, `Conflict` for the same form sent twice or while the person
    has an open application for the same instrument.
    """
    if applicant.user_id != actor.pk:
        raise NotAllowed(_("只能为本人申报；为他人申报请由其本人登录办理。"))
    case = open_draft(
        actor=actor, applicant=applicant, submission_key=submission_key, instrument=instrument, employer=employer,
        level_code=level_code,
    )  # fmt: skip
    cases.record(
        case, "begun", actor=actor, title=_("建立申报书"), public_text=_("申请人建立申报书，尚未提交。")
    )
    return case


def open_draft(
    *,
    actor: User,
    applicant: TalentProfile,
    submission_key: Any = None,
    instrument: str,
    employer: Organisation,
    level_code: str,
    **stated: Any,
) -> HousingCase:
    """The draft itself, with its checklist; the caller has asked the right, holds the transaction and records.

    stated: further fields of the case. Raises `Conflict` as `begin` does.
    """
    # Two forms of one person at the same moment follow each other here.
    TalentProfile.objects.select_for_update().get(pk=applicant.pk)
    if submission_key and Case.objects.filter(submission_key=submission_key).exists():
        raise Conflict(_("这份申报已经建立，请在“我的办件”中查看，无需重复提交。"))
    _release_ended(applicant)
    edition = policy.edition_for(POLICY)
    figures = figures_of(edition)
    deciding = Organisation.objects.get(code=figures.deciding_of(level_code).bureau)
    taking_in = intake_organisation(employer, figures)
    key = f"{applicant.pk}:{instrument}"
    try:
        with transaction.atomic():
            case = cases.open_case(
                HousingCase, actor=actor, edition=edition, applicant=applicant, intake=taking_in, deciding=deciding,
                region=employer.region, submission_key=submission_key, instrument=instrument, level_code=level_code,
                open_key=key, **stated,
            )  # fmt: skip
    except IntegrityError:
        other = HousingCase.objects.filter(open_key=key).first()
        raise Conflict(
            _("%(who)s已有同一事项的办件 %(number)s，请先办完或撤回，不能重复申报。")
            % {
                "who": _("您") if applicant.user_id == actor.pk else _("该人"),
                "number": other.number if other else "",
            }
        ) from None
    # The employer becomes a party when the application is handed in: a draft is the applicant's alone.
    case.employer, case.lead_organisation = employer, taking_in
    case.title = f"{edition.title}·{case.get_instrument_display()}"
    case.save(update_fields=["employer", "lead_organisation", "title"])
    cases.add_party(case, taking_in, roles.Capacity.LEAD)
    materials.build_checklist(
        case, [row for row in policy.figures(edition).materials if not row.kinds or instrument in row.kinds]
    )
    return case


def _release_ended(applicant: TalentProfile) -> None:
    """Ended applications no longer stand in the way of a new one (whoever ended them)."""
    ended = HousingCase.objects.filter(applicant=applicant, open_key__isnull=False, status__in=Case.ENDED)
    HousingCase.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).update(open_key=None)


def dossier_of(case: HousingCase) -> list[Part]:
    """The dossier's parts in order, derived from what is recorded."""
    saved = dossier.saved(case)
    bank = bool(case.applicant.bank_name and case.applicant.bank_account_index)
    return [
        dossier.person(case),
        dossier.history(case),
        Part("work", _("工作和参保"), _("合同、参保、来本地时间"), "work" in saved),
        Part("household", _("家庭和住房"), _("婚姻、住房、其他待遇"), "household" in saved),
        Part(
            "home", _("所购住房") if case.instrument == "purchase" else _("所租住房"),
            _("合同、价款或租金"), "home" in saved,
        ),
        Part("account", _("收款账户"), _("本人社会保障卡银行账户"), bank and "account" in saved),
        dossier.materials(case),
    ]  # fmt: skip


@transaction.atomic
def state_household(case: HousingCase, *, actor: User, spouse_id_number: str, benefits: list[str]) -> None:
    """Record spouse and other benefits of a draft; an empty number keeps the one on record."""
    if case.applicant.user_id != actor.pk:
        raise NotAllowed(_("只有申请人本人可以填写。"))
    case.benefits, case.benefits_stated = benefits, True
    if not case.married:
        case.spouse_name = case.spouse_id_number = ""
    elif spouse_id_number:
        try:
            checked = identifiers.check_identity(
                case.spouse_id_kind, spouse_id_number, today=calendar.today()
            )
        except ValueError as error:
            raise ActRefused(_("配偶证件号码：%(error)s") % {"error": error}) from None
        case.spouse_id_number = checked.number
    case.save()


@transaction.atomic
def submit(case: HousingCase, *, actor: User) -> HousingCase:
    """H1: the applicant hands in; the employer is told. Raises `ActRefused` for what is open or not eligible at all."""
    answer = assess(case)
    if answer.unknown:
        asked = "；".join(finding.change for finding in answer.unknown)
        raise ActRefused(_("还有条件无法判断：%(asked)s。") % {"asked": asked})
    case.handed_in = True
    try:
        with transaction.atomic():
            case.save(update_fields=["handed_in"])
    except IntegrityError:
        raise ActRefused(_("所填住房或家庭信息不完整，请补全后再提交。")) from None
    intake.hand_in(case, dossier_of(case), actor=actor)
    cases.add_party(case, case.employer, roles.Capacity.EMPLOYER)
    if stands_as_stated(case):
        cases.record(
            case, "employer_confirmed", actor=None, title=_("单位确认"),
            public_text=_("用人单位批量申报时已确认在岗、合同和参保情况，本人未作改动。"),
        )  # fmt: skip
        return case
    for person in appointments.holders(roles.HR, case.employer):
        messages.tell(
            person, kind="employer_asked", subject=_("请确认本单位人员的人才安居申请"), case=case,
            body=_("%(name)s的办件 %(number)s 等待单位确认，请登录办理。")
            % {"name": case.applicant.masked_name, "number": case.number},
        )  # fmt: skip
    return case


def stated_by_employer(case: HousingCase) -> dict[str, Any]:
    """The facts of the employment as they stand now, as they are kept for comparing."""
    values = {name: getattr(case, name) for name in HousingCase.employer_facts}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def stands_as_stated(case: HousingCase) -> bool:
    """Whether the employer's list already confirmed what is handed in; a changed fact voids that confirmation."""
    if case.employer_confirmed_at is None:
        return False
    if case.employer_stated == stated_by_employer(case):
        return True
    case.employer_stated, case.employer_confirmed_at, case.employer_confirmed_by = {}, None, None
    case.save(update_fields=["employer_stated", "employer_confirmed_at", "employer_confirmed_by"])
    return False


@transaction.atomic
def answer_employer(case: HousingCase, *, actor: User, confirmed: bool, note: str = "") -> str:
    """H2: HR confirms that the person is in post, under contract, and that what is stated is true; or declines with a reason.

    A declined application returns to the applicant as a draft. Returns "confirmed" or "declined".
    """
    standing = appointments.standing(actor, roles.HR, case.employer, policy=POLICY)
    if standing is None:
        raise NotAllowed(_("只有“%(name)s”的人事专员可以确认。") % {"name": case.employer})
    if case.applicant.user_id == actor.pk:
        raise NotAllowed(_("不能确认本人的申请，请由本单位其他人事专员办理。"))
    note = note.strip()
    if not confirmed and len(note) < 4:
        raise ActRefused(_("不予确认的，请写明理由（至少4个字）。"))
    case.employer_note = note
    case.employer_confirmed_at = timezone.now() if confirmed else None
    case.employer_confirmed_by = actor if confirmed else None
    case.handed_in = confirmed
    case.save(update_fields=["employer_note", "employer_confirmed_at", "employer_confirmed_by", "handed_in"])
    if confirmed:
        cases.record(
            case, "employer_confirmed", actor=actor, standing=standing, title=_("单位确认"),
            public_text=_("用人单位已确认在岗、合同和填报内容。") + note,
        )  # fmt: skip
        return "confirmed"
    cases.set_status(case, Case.Status.DRAFT)
    cases.record(
        case, "employer_declined", actor=actor, standing=standing, title=_("单位不予确认"),
        public_text=_("用人单位不予确认，理由：%(note)s") % {"note": note},
    )  # fmt: skip
    supplements.tell_applicant(
        case, kind="employer_declined", subject=_("用人单位不予确认"),
        body=_("办件 %(number)s 被用人单位退回，请登录查看理由；更正后可以再次提交。") % {"number": case.number},
    )  # fmt: skip
    return "declined"
