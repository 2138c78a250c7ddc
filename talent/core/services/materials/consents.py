"""Consent, one purpose at a time, given and taken back by the person alone (个人信息保护法 arts. 14, 15, 23, 29)."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Case, Consent, TalentProfile, User

from .. import audit, cases
from ..errors import ActRefused, NotAllowed


def _require_oneself(profile: TalentProfile, actor: User, case: Case | None) -> None:
    if profile.user_id is None or profile.user_id != actor.pk:
        raise NotAllowed(_("同意只能由本人作出或撤回，请由申请人登录后办理。"))
    if case is not None and not case.specific().includes(profile):
        raise NotAllowed(
            _("您不是办件 %(number)s 的申请人或核心成员，不能在该办件中作出或撤回同意。")
            % {"number": case.number}
        )


def _in_force(profile: TalentProfile, purpose: str):
    return Consent.objects.filter(profile=profile, purpose=purpose, withdrawn_at__isnull=True)


@transaction.atomic
def give_consent(
    profile: TalentProfile, purpose: str, *, text_version: str, actor: User, case: Case | None = None
) -> Consent:
    """Record that the person agreed to `purpose` after reading version `text_version` of its text.

    With a `case` it holds for this case only. Repeating it changes nothing. Raises `NotAllowed` for anybody else,
    `ActRefused` for an unknown purpose or without a text version.
    """
    _require_oneself(profile, actor, case)
    if purpose not in Consent.Purpose.values:
        raise ActRefused(_("没有这一项同意用途，请刷新页面后重试。"), code="purpose")
    if not text_version.strip():
        raise ActRefused(_("没有告知文本的版本，不能记录同意，请联系系统管理员。"), code="text_version")
    TalentProfile.objects.select_for_update().get(pk=profile.pk)
    known = _in_force(profile, purpose).filter(case=case, text_version=text_version).first()
    if known is not None:
        return known
    consent = Consent.objects.create(profile=profile, purpose=purpose, text_version=text_version, case=case)
    _note("consent_given", _("同意：%(purpose)s"), profile, purpose, text_version, actor=actor, case=case)
    return consent


@transaction.atomic
def withdraw_consent(profile: TalentProfile, purpose: str, *, actor: User, case: Case | None = None) -> int:
    """Take consent to `purpose` back: in one `case`, or everywhere. Returns how many were in force.

    What was done before remains valid (art. 15(2)). Repeating it changes nothing.
    """
    _require_oneself(profile, actor, case)
    found = _in_force(profile, purpose)
    if case is not None:
        found = found.filter(case=case)
    ended = found.update(withdrawn_at=timezone.now())
    if ended:
        _note("consent_withdrawn", _("撤回同意：%(purpose)s"), profile, purpose, "", actor=actor, case=case)
    return ended


def has_consent(profile: TalentProfile, purpose: str, *, case: Case | None = None) -> bool:
    """Whether consent to `purpose` is in force: a general one, or one for this `case`."""
    covering = Q(case__isnull=True)
    if case is not None:
        covering |= Q(case_id=case.pk)
    return _in_force(profile, purpose).filter(covering).exists()


def _note(
    kind: str,
    title: str,
    profile: TalentProfile,
    purpose: str,
    text_version: str,
    *,
    actor: User,
    case: Case | None,
) -> None:
    if case is None:
        detail = {"purpose": purpose, "text_version": text_version}
        audit.record(kind, actor=actor, subject=f"profile:{profile.pk}", detail=detail)
        return
    cases.record(
        case,
        kind,
        actor=actor,
        title=title % {"purpose": Consent.Purpose(purpose).label},
        figures={"purpose": purpose, "text_version": text_version},
    )
