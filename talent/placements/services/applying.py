"""P4, P5: a person applies or a firm invites, both confirm, the university consents. A place is taken when both have."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, Consent, Organisation, TalentProfile, User
from talent.core.services import calendar, cases, letters, materials, policy
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements.models import Need, PersonOffer, PlacementCase

from . import ending, places, reviewing
from .sides import Side, as_hr, standing_for, tell_organisation, tell_person, tell_sides

# Version of the consent texts shown on the application and confirmation pages.
CONSENT_TEXT = "1"
# What the person says of himself, at the application or when confirming an invitation.
OF_PERSON = ("degree", "title_rank", "plan", "declared", "declaration_note")


def _open(
    need: Need,
    *,
    actor: User,
    person: TalentProfile,
    university: Organisation,
    submission_key: Any = None,
    **fields: Any,
) -> PlacementCase:
    if submission_key and PlacementCase.objects.filter(submission_key=submission_key).exists():
        raise Conflict(_("这份申请已经提交，请在办件列表中查看，无需重复提交。"))
    follows = fields.get("renews") or fields.get("replaces")
    if not follows and not Need.objects.open_to_public(calendar.today()).filter(pk=need.pk).exists():
        raise Conflict(_("岗位需求 %(number)s 已经停止征集。") % {"number": need.number})
    if university.kind not in (Organisation.Kind.UNIVERSITY, Organisation.Kind.INSTITUTE):
        raise ActRefused(_("派出单位应为高等院校或者科研院所。"), code="university")
    running = (
        PlacementCase.objects.filter(applicant=person, need=need).running().filter(placement__isnull=True)
    )
    if running.exists():
        raise ActRefused(
            _("对岗位需求 %(number)s 已有在办的申请 %(case)s，不能重复提出。")
            % {"number": need.number, "case": running.first().number}
        )
    case = cases.open_case(
        PlacementCase,
        actor=actor,
        edition=need.edition,
        applicant=person,
        employer=need.firm,
        intake=need.lead_bureau,
        status=Case.Status.RECOMMENDED,
        region=need.region,
        chain=need.chain,
        lead_organisation=need.lead_bureau,
        need=need,
        kind=need.kind,
        university=university,
        term_months=fields.pop("term_months", need.term_months),
        days_per_year=fields.pop("days_per_year", need.days_per_year),
        pay_per_year=fields.pop("pay_per_year", need.pay_per_year),
        submission_key=submission_key,
        **fields,
    )
    cases.add_party(case, need.lead_bureau, roles.Capacity.LEAD)
    cases.add_party(case, university, roles.Capacity.SENDING)
    if need.county_bureau_id != need.lead_bureau_id:
        cases.add_party(case, need.county_bureau, roles.Capacity.DISTRICT)
    materials.build_checklist(case, policy.figures(case.edition).materials)
    return case


@transaction.atomic
def apply(
    need: Need,
    *,
    actor: User,
    university: Organisation,
    starts_on: date,
    submission_key: Any = None,
    **fields: Any,
) -> PlacementCase:
    """A person applies for a published need (P4); the firm confirms next.

    Raises `ActRefused` naming every condition that is not met, `Conflict` when the need is closed or the form came twice.
    """
    person = TalentProfile.objects.filter(user=actor).first()
    if person is None:
        raise ActRefused(_("请先在“我的资料”中填写个人信息，再提出申请。"), code="profile")
    TalentProfile.objects.select_for_update().get(pk=person.pk)
    case = _open(
        need, actor=actor, person=person, university=university, starts_on=starts_on, submission_key=submission_key, **fields
    )  # fmt: skip
    _speak_for_oneself(case, actor=actor)
    places.require_place_in_need(case)
    places.require_fit(case)
    cases.record(
        case, "applied", actor=actor, title=_("申请岗位"),
        public_text=_("申请%(firm)s的岗位“%(title)s”，等待企业确认。") % {"firm": need.firm, "title": need.title},
    )  # fmt: skip
    tell_organisation(
        need.firm, kind="applied", subject=_("有人申请岗位，请确认"), case=case,
        body=_("岗位需求 %(need)s 收到申请 %(number)s，请在期限内确认。")
        % {"need": need.number, "number": case.number},
    )  # fmt: skip
    return case


@transaction.atomic
def invite(
    need: Need,
    *,
    actor: User,
    offer: PersonOffer,
    starts_on: date,
    replaces: PlacementCase | None = None,
    **fields: Any,
) -> PlacementCase:
    """A firm invites a person whom a university has published (P4); the person confirms next.

    replaces: the case whose post, ended before its time, this person takes over; the need keeps both.
    """
    as_hr(actor, need.firm)
    TalentProfile.objects.select_for_update().get(pk=offer.person_id)
    if offer.withdrawn_at or not offer.consented_at:
        raise Conflict(_("该人选已经撤下，或者本人还没有同意发布。"))
    if replaces is not None:
        months = fields.get("term_months", need.term_months)
        ending.require_replaceable(replaces, starts_on=starts_on, months=months)
    return _by_firm(
        need, actor=actor, person=offer.person, university=offer.university, starts_on=starts_on, replaces=replaces,
        **fields,
    )  # fmt: skip


@transaction.atomic
def renew(
    case: PlacementCase, *, actor: User, months: int, uploads: Mapping[str, UploadedFile]
) -> PlacementCase:
    """The firm asks the person to stay for another term after this one (P13); the person confirms next.

    uploads: one file for each material the edition asks for (code → file), filed with the new case. Raises
    `ActRefused` when the last rating forbids it or a material is missing, `Conflict` when it has been asked already.
    """
    as_hr(actor, case.employer)
    TalentProfile.objects.select_for_update().get(pk=case.applicant_id)
    if case.renewals.exclude(status__in=Case.ENDED).exists():
        raise Conflict(_("已经提出续聘，请在办件列表中查看。"))
    asked = places.book_of(case).renewal.materials
    if missing := [code for code in asked if not uploads.get(code)]:
        names = [policy.figures(case.edition).material(code).name for code in missing]
        raise ActRefused(_("续聘请提交：%(names)s。") % {"names": "、".join(names)}, code=missing[0])
    made = _by_firm(
        case.need, actor=actor, person=case.applicant, university=case.university,
        **ending.renewal_fields(case.placement, months=months),
    )  # fmt: skip
    for code in asked:
        line = made.materials.get(code=code)
        version = materials.store_upload(
            uploads[code], owner=case.employer, type_code=code, title=line.name, actor=actor
        )
        materials.attach(line, version, actor=actor)
    return made


def _by_firm(
    need: Need,
    *,
    actor: User,
    person: TalentProfile,
    university: Organisation,
    starts_on: date,
    **fields: Any,
) -> PlacementCase:
    """The firm has said yes by asking; the person is told."""
    case = _open(
        need, actor=actor, person=person, university=university, starts_on=starts_on, invited=True,
        firm_confirmed_at=timezone.now(), **fields,
    )  # fmt: skip
    places.require_place_in_need(case)
    cases.record(
        case, "invited", actor=actor, standing=as_hr(actor, need.firm), title=_("企业邀请"),
        public_text=_("%(firm)s邀请担任“%(title)s”，等待本人确认。") % {"firm": need.firm, "title": need.title},
        figures={"renews": case.renews.number if case.renews else "", "replaces": case.replaces.number if case.replaces else ""},
    )  # fmt: skip
    tell_person(
        person, kind="invited", subject=_("有企业邀请您任职，请确认"), case=case,
        body=_("%(firm)s邀请您担任“%(title)s”（办件 %(number)s），请登录确认或谢绝。")
        % {"firm": need.firm, "title": need.title, "number": case.number},
    )  # fmt: skip
    return case


def _speak_for_oneself(case: PlacementCase, *, actor: User) -> None:
    """Confirmation, declaration and consent of the person, which nobody else can give."""
    case.person_confirmed_at = timezone.now()
    case.save(update_fields=["person_confirmed_at"])
    for purpose in (Consent.Purpose.JOINT_CHECK, Consent.Purpose.PUBLICITY):
        materials.give_consent(case.applicant, purpose, text_version=CONSENT_TEXT, actor=actor, case=case)


@transaction.atomic
def confirm(case: PlacementCase, *, actor: User, side: str, **of_person: Any) -> str:
    """The second side says yes: the place is taken and the university is asked. Returns "confirmed".

    Raises `ActRefused` when a condition is no longer met or the last place has gone.
    """
    standing = standing_for(case, side, actor=actor)
    if side == Side.PERSON:
        for name in OF_PERSON:
            if name in of_person:
                setattr(case, name, of_person[name])
        case.save(update_fields=list(OF_PERSON))
        _speak_for_oneself(case, actor=actor)
    else:
        case.firm_confirmed_at = timezone.now()
        case.save(update_fields=["firm_confirmed_at"])
    places.take(case)
    cases.submit(case, actor=actor)
    cases.record(
        case, "confirmed_by_both", actor=actor, standing=standing, title=_("双方确认"),
        public_text=_("本人和企业均已确认，等待派出单位意见。"),
        figures={"conditions": [finding["condition"] for finding in case.findings]},
    )  # fmt: skip
    tell_organisation(
        case.university, kind="consent_wanted", subject=_("有人员拟到企业任职，请审核"), case=case,
        body=_("办件 %(number)s：贵单位人员拟到%(firm)s任职，请审核兼职（挂职）并作利益冲突声明。")
        % {"number": case.number, "firm": case.employer},
    )  # fmt: skip
    return "confirmed"


@transaction.atomic
def decline(case: PlacementCase, *, actor: User, side: str, reason: str) -> str:
    """A side says no: the case ends, the need stays open. Returns "declined"."""
    standing = standing_for(case, side, actor=actor)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明谢绝的原因（至少2个字），对方可以看到。"), code="reason")
    cases.close(
        case, Case.Status.WITHDRAWN, actor=actor, standing=standing, kind="declined", title=_("未能达成意向"),
        public_text=_("%(side)s谢绝。原因：%(reason)s") % {"side": Side(side).label, "reason": reason.strip()},
    )  # fmt: skip
    tell_sides(
        case, kind="declined", subject=_("未能达成意向"), but=side,
        body=_("办件 %(number)s 未能达成意向，原因见办件页面。") % {"number": case.number},
    )  # fmt: skip
    return "declined"


@transaction.atomic
def consent(
    case: PlacementCase, *, actor: User, terms: str, declared: list[str], no_teaching_conflict: bool
) -> str:
    """P5: the university permits the part-time post and declares its own interest; the case is taken in.

    A share of the university in the firm ends it here with the clause. Returns "consented".
    """
    standing = standing_for(case, Side.UNIVERSITY, actor=actor)
    if case.applicant.user_id == actor.pk:
        raise NotAllowed(_("您是拟任职的本人，请由贵单位其他人事专员办理。"))
    if not no_teaching_conflict:
        raise ActRefused(
            _("请确认不影响教学科研任务；确有影响的，请填写不同意的理由。"), code="no_teaching_conflict"
        )
    case.declared = sorted({*case.declared, *declared})
    case.consented_at, case.consented_by, case.consent_terms = timezone.now(), actor, terms.strip()
    case.save(update_fields=["declared", "consented_at", "consented_by", "consent_terms"])
    places.check_again(case)
    cases.record(
        case, "university_consented", actor=actor, standing=standing, title=_("派出单位同意"),
        public_text=_("%(university)s同意兼职（挂职）。") % {"university": case.university},
        internal_text=case.consent_terms,
    )  # fmt: skip
    cases.accept(case, actor=actor, standing=standing)
    reviewing.ask_bureaus(case, actor=actor, standing=standing)
    letters.issue(case, letters.Acceptance.of(case), issuer=case.lead_organisation, actor=actor)
    return "consented"


@transaction.atomic
def refuse_consent(case: PlacementCase, *, actor: User, reason: str) -> str:
    """P5: the university does not permit it; the case ends and the place is free. Returns "refused"."""
    standing = standing_for(case, Side.UNIVERSITY, actor=actor)
    if len(reason.strip()) < 4:
        raise ActRefused(_("请写明不同意的理由（至少4个字）。"), code="reason")
    cases.close(
        case, Case.Status.STOPPED, actor=actor, standing=standing, kind="consent_refused", title=_("派出单位不同意"),
        public_text=_("派出单位不同意。理由：%(reason)s") % {"reason": reason.strip()},
    )  # fmt: skip
    places.give_back_ended(case.employer, case.applicant)
    tell_sides(
        case, kind="consent_refused", subject=_("派出单位不同意任职"), but=Side.UNIVERSITY,
        body=_("办件 %(number)s：派出单位不同意，理由见办件页面。") % {"number": case.number},
    )  # fmt: skip
    return "refused"
