"""How a recommended person without an account gets one: a signed link, good once, for fourteen days."""

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import Case, TalentProfile, User

from . import audit, organisations
from .errors import ActRefused, Conflict

_SALT = "talent.candidate"
_SECONDS = 14 * 24 * 60 * 60


def invite(case: Case, *, actor: User) -> str:
    """The link's token for the applicant of `case`; recorded. Holds a row number, no personal data."""
    if case.applicant.user_id:
        raise ActRefused(_("该人选已有账号，直接登录即可。"))
    audit.record("candidate_invited", actor=actor, subject=case.number)
    return signing.dumps(str(case.applicant.row_key), salt=_SALT)


def invited(token: str) -> TalentProfile | None:
    """The person behind a token; None when the token is not one of these, is used, or too old."""
    try:
        key = signing.loads(token, salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return None
    return TalentProfile.objects.filter(row_key=key, user__isnull=True).first()


@transaction.atomic
def accept(token: str, account: organisations.NewAccount) -> User:
    """Open the account of the invited person. Raises `ActRefused`; of two at once the second gets `Conflict`."""
    profile = invited(token)
    if profile is None:
        raise ActRefused(_("邀请链接无效、已使用或已过期，请联系推荐单位重新发送。"))
    user = organisations.new_account(account)
    if not TalentProfile.objects.filter(pk=profile.pk, user__isnull=True).update(user=user):
        raise Conflict(_("该邀请已被接受。"))
    audit.record("candidate_joined", actor=user, detail={"profile": profile.pk})
    return user
