"""回避: declared once, kept for good; who has declared it neither sees the case nor acts in it."""

from django.db import transaction
from django.utils.translation import gettext as _

from talent.core.models import Case, Recusal, User

from . import audit
from .errors import ActRefused


@transaction.atomic
def declare(case: Case, user: User, *, actor: User, reason: str) -> Recusal:
    """Note that `user` stays away from `case`; repeating it changes nothing. Raises `ActRefused` without a reason.

    Kept out of the case's events: who reads them must not learn who is tied to whom.
    """
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明回避理由（至少2个字）。"), code="reason")
    recusal, made = Recusal.objects.get_or_create(
        case_id=case.pk, user=user, defaults={"reason": reason.strip()[:200], "declared_by": actor}
    )
    if made:
        audit.record("recusal_declared", actor=actor, subject=case.number, detail={"recusal": recusal.pk})
    return recusal
