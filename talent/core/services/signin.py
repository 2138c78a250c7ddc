"""Signing in: what a password must be, what is recorded, where a second factor is connected.

等保2.0 三级 8.1.4.1: a complex, changed password (a), failures end in a lock (b, by axes), a second factor (d).
"""

import re
from datetime import timedelta

from axes.signals import user_locked_out
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from talent.core.models import User

from . import audit
from .appointments import posts_of
from .errors import ActRefused

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


@transaction.atomic
def change_password(user: User, password: str, *, actor: User) -> User:
    """Give `user` a new password. Set by another hand, it must be changed at the next sign-in.

    Raises `ActRefused` with every rule the password breaks, or when it is the present one.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ActRefused("".join(error.messages), code="password") from error
    if user.has_usable_password() and user.check_password(password):
        raise ActRefused(_("新密码不能与当前密码相同。"), code="password")
    user.set_password(password)
    user.must_change_password = actor.pk != user.pk
    user.password_changed_at = timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    audit.record("password_changed", actor=actor, subject=f"user:{user.pk}")
    return user


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


def second_factor_required(user: User) -> bool:
    """Whether a post of `user` asks for a second factor (`Role.mandatory_second_factor`)."""
    return any(post.role.mandatory_second_factor for post in posts_of(user))


def second_factor_pending(user: User, session) -> str:
    """Where `user` must go to prove a second factor before anything else; empty when nothing is pending.

    `settings.SECOND_FACTOR` names a class with `required_for(user)`, `is_verified(session)` and `url`.
    """
    if not settings.SECOND_FACTOR or not user.is_authenticated:
        return ""
    factor = import_string(settings.SECOND_FACTOR)()
    if not factor.required_for(user) or factor.is_verified(session):
        return ""
    return str(factor.url)


# --- what is recorded ----------------------------------------------------------------------------


def _address(request) -> str | None:
    return request.META.get("REMOTE_ADDR") if request is not None else None


def _who(username: object) -> tuple[str, dict]:
    """Subject and detail of an attempt: the account by key, an unknown name only by its length."""
    user = User.objects.filter(username=str(username or "")).only("pk").first()
    return (f"user:{user.pk}", {}) if user else ("user:unknown", {"length": len(str(username or ""))})


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


def connect() -> None:
    """Record every sign-in, sign-out, failure and lock; called once by the app configuration."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit_signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="audit_signed_out")
    user_login_failed.connect(_failed, dispatch_uid="audit_sign_in_failed")
    user_locked_out.connect(_locked, dispatch_uid="audit_account_locked")
