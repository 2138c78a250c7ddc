"""Signing in: what a password must be and must not have been, and what is recorded.

等保2.0 三级 8.1.4.1: a complex, changed password (a), failures end in a lock (b, by axes); the second factor (d) is in
`second_factor`.
"""

import re
from datetime import timedelta

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from talent.core.models import UsedPassword, User

from . import audit
from .errors import ActRefused
from .origin import client_address

_CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9\s]")


class CharacterClassesValidator:
    """At least `minimum` of: small letters, capitals, digits, other signs."""

    def __init__(self, minimum: int = 3) -> None:
        self.minimum = minimum

    def validate(self, password: str, user: User | None = None) -> None:
        present = sum(bool(re.search(pattern, password)) for pattern in _CLASSES)
        if present < self.minimum:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        return _("密码须包含大写字母、小写字母、数字、符号中的至少%(minimum)d类。") % {
            "minimum": self.minimum
        }


class PasswordHistoryValidator:
    """None of the account's last `remember` passwords, the present one included.

    Django calls `password_changed` after every new password, whoever set it: nothing passes by the list.
    """

    def __init__(self, remember: int = 5) -> None:
        self.remember = remember

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or user.pk is None:
            return
        # The present one is asked of the row: forms put the new one on the object first.
        present = User.objects.filter(pk=user.pk).values_list("password", flat=True)
        used = UsedPassword.objects.filter(user=user.pk).values_list("password", flat=True)[: self.remember]
        if any(check_password(password, known) for known in {*present, *used}):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is None or not user.has_usable_password():
            return
        UsedPassword.objects.create(user=user, password=user.password)
        kept = UsedPassword.objects.filter(user=user).values_list("pk", flat=True)[: self.remember]
        UsedPassword.objects.filter(user=user).exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        return _("新密码不能与最近用过的%(remember)d个密码相同。") % {"remember": self.remember}


@transaction.atomic
def change_password(user: User, password: str, *, actor: User) -> User:
    """Give `user` a new password. Set by another hand, it must be changed at the next sign-in.

    Sessions opened with the old password end; the caller keeps its own (`update_session_auth_hash`). Raises `ActRefused`
    with every rule the password breaks.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ActRefused("".join(error.messages), code="password") from error
    user.set_password(password)
    user.must_change_password = actor.pk != user.pk
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("password_changed", actor=actor, subject=f"user:{user.pk}")
    return user


def end_sessions(user: User) -> None:
    """Every session of `user` is over with its next request."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)


def forget_ended_sessions() -> int:
    """Remove sessions whose time is over; returns how many."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def password_notice(user: User) -> str:
    """Why the password should (or must) be changed now; empty when it need not.

    `PASSWORD_MAX_DAYS` (days, 90 is usual) turns the age notice on.
    """
    if user.must_change_password:
        return _("首次登录或密码被重置，请先修改密码。")
    days = getattr(settings, "PASSWORD_MAX_DAYS", None)
    since = user.password_changed_at or user.date_joined
    if days and timezone.now() - since > timedelta(days=days):
        return _("密码已超过%(days)d天未修改，请修改密码。") % {"days": days}
    return ""


# --- what is recorded ----------------------------------------------------------------------------


def _address(request) -> str | None:
    return client_address(request) if request is not None else None


def _who(username: object) -> tuple[str, dict]:
    """Subject and detail of an attempt: the account by key, an unknown name only by its length."""
    user = User.objects.filter(username=str(username or "")).only("pk").first()
    return (f"user:{user.pk}", {}) if user else ("user:unknown", {"length": len(str(username or ""))})


def name_to_lock(request, credentials: dict | None = None) -> str | None:
    """Under which name axes counts failures: the account's own, or a keyed hash of what no account is called."""
    typed = (credentials or {}).get("username") or (request.POST.get("username") if request else None)
    if not typed or User.objects.filter(username=str(typed)).exists():
        return typed or None
    return salted_hmac("signin.unknown", str(typed), algorithm="sha256").hexdigest()


def _signed_in(sender, request=None, user=None, **kwargs) -> None:
    audit.record("signed_in", actor=user, subject=f"user:{user.pk}", address=_address(request))


def _signed_out(sender, request=None, user=None, **kwargs) -> None:
    if user is not None:
        audit.record("signed_out", actor=user, subject=f"user:{user.pk}", address=_address(request))


def _failed(sender, credentials=None, request=None, **kwargs) -> None:
    subject, detail = _who((credentials or {}).get("username"))
    audit.record("sign_in_failed", subject=subject, detail=detail, succeeded=False, address=_address(request))


def _locked(sender, request=None, username=None, **kwargs) -> None:
    subject, detail = _who(username)
    audit.record("account_locked", subject=subject, detail=detail, succeeded=False, address=_address(request))


def _remember_first(sender, instance, created=False, **kwargs) -> None:
    # `create_user` writes the hash itself and passes by `password_changed`.
    if created and instance._password is None and instance.password and instance.has_usable_password():
        UsedPassword.objects.create(user=instance, password=instance.password)


def connect() -> None:
    """Record every sign-in, sign-out, failure and lock, and first passwords; called once by the app configuration."""
    post_save.connect(_remember_first, sender=User, dispatch_uid="remember_first_password")
    user_logged_in.connect(_signed_in, dispatch_uid="audit_signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit_signed_out")
    user_login_failed.connect(_failed, dispatch_uid="audit_sign_in_failed")
    user_locked_out.connect(_locked, dispatch_uid="audit_account_locked")
