"""The second factor (等保2.0 三级 8.1.4.1 d): one-time codes of a device, recovery codes, and the way back when both are lost.

Codes follow RFC 6238 as every authenticator reads them: six digits, thirty seconds, SHA-1. The secret is sealed in its
row; recovery codes are kept as hashes and shown once. A code is taken once; wrong codes lock the factor like wrong
passwords lock the account.
"""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pyotp
import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import RecoveryCode, SecondFactor, User
from talent.core.models.letters import CHECK_ALPHABET

from . import audit, signin
from .appointments import posts_of
from .errors import ActRefused, Conflict, NotAllowed

SESSION_KEY = "second_factor"
RECOVERY_CODES, CODE_LENGTH = 10, 16
# A clock may be off by one step; a code is good for a minute and a half at most.
STEPS_OFF = 1
REASON_LENGTH = 4


class Pending(StrEnum):
    """What somebody who gave the right password still owes."""

    NOTHING = ""
    ENROL = "enrol"
    CODE = "code"


@dataclass(frozen=True)
class Setup:
    """What is shown while a device is set up: the secret in groups of four, and the drawing to photograph."""

    secret: str
    drawing: str


def required_for(user: User) -> bool:
    """Whether a post of `user` asks for a second factor (`Role.mandatory_second_factor`), also as a deputy."""
    return any(post.role.mandatory_second_factor for post in posts_of(user))


def in_force(user: User) -> SecondFactor | None:
    """The confirmed device of `user`."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def pending(user: User, session: Mapping[str, Any]) -> Pending:
    """What `user` owes before any page is opened. Nothing while `SECOND_FACTOR` is off.

    Whoever has a device is asked for its code whatever his posts: a device taken up freely protects as well.
    """
    if not settings.SECOND_FACTOR:
        return Pending.NOTHING
    factor = in_force(user)
    if factor is not None:
        return Pending.NOTHING if is_proved(factor, session) else Pending.CODE
    return Pending.ENROL if required_for(user) else Pending.NOTHING


def is_proved(factor: SecondFactor, session: Mapping[str, Any]) -> bool:
    """Whether this very device was proved in this session; one set up later asks anew."""
    return session.get(SESSION_KEY) == str(factor.row_key)


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """Give `user` a new secret to set a device up with. Raises `Conflict` while a device is in force."""
    if in_force(user) is not None:
        raise Conflict(_("动态口令已启用；更换设备请先输入当前口令。"))
    SecondFactor.objects.filter(user=user).delete()
    return SecondFactor.objects.create(user=user, secret=pyotp.random_base32())


def setup_of(factor: SecondFactor) -> Setup:
    """What the owner needs to set up a device that is not in force yet. Raises `Conflict` afterwards."""
    if factor.confirmed_at is not None:
        raise Conflict(_("动态口令已启用，密钥不再显示。"))
    secret = factor.secret.reveal()
    address = pyotp.TOTP(secret, name=factor.user.username, issuer=settings.SITE["name"]).provisioning_uri()
    return Setup(_in_groups(secret), segno.make(address, error="l").svg_data_uri(scale=5, border=2))


def _in_groups(text: str) -> str:
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def confirm(user: User, *, code: str) -> tuple[SecondFactor, list[str]]:
    """Put the device in force by its first code. Returns it and the recovery codes, which are never shown again.

    Raises `Conflict` when nothing was begun, `ActRefused` for a wrong code.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=True).first()
        if factor is None:
            raise Conflict(_("没有正在设置的动态口令，请重新开始设置。"))
        if not _takes_digits(factor, code.strip()):
            raise ActRefused(_("口令不正确。请确认手机时间准确，输入当前显示的6位数字。"), code="code")
        factor.confirmed_at = timezone.now()
        factor.save(update_fields=["last_counter", "confirmed_at"])
        audit.record("second_factor_enrolled", actor=user, subject=f"user:{user.pk}")
        return factor, _new_codes(factor)


def _takes_digits(factor: SecondFactor, code: str) -> bool:
    """Whether `code` is the device's code of now or the step beside; a step once taken is never taken again."""
    totp = pyotp.TOTP(factor.secret.reveal())
    now = int(time.time()) // totp.interval
    for counter in range(now - STEPS_OFF, now + STEPS_OFF + 1):
        fits = secrets.compare_digest(totp.generate_otp(counter).encode(), code.encode())
        if fits and counter > factor.last_counter:
            factor.last_counter = counter
            return True
    return False


def _digest(factor: SecondFactor, code: str) -> str:
    # 79 random bits need no slow hash; the row key keeps two accounts' codes apart.
    return hashlib.sha256(f"{factor.row_key}:{code}".encode()).hexdigest()


def _new_codes(factor: SecondFactor) -> list[str]:
    factor.codes.all().delete()
    codes = [
        "".join(secrets.choice(CHECK_ALPHABET) for _place in range(CODE_LENGTH))
        for _n in range(RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes
    )
    return [_in_groups(code) for code in codes]


def codes_left(factor: SecondFactor) -> int:
    """How many recovery codes have not been used."""
    return factor.codes.filter(used_at__isnull=True).count()


def prove(user: User, *, code: str) -> SecondFactor:
    """Take a code of the device, or a recovery code, once. Returns the device that is proved.

    Raises `ActRefused` for a code that is wrong, was used or comes while the factor is locked, `Conflict` when no
    device is in force. What the attempt changed stays, whatever is raised.
    """
    with transaction.atomic():
        factor, refusal = _judge(user, code)
    if refusal is not None:
        raise refusal
    return factor


def _judge(user: User, code: str) -> tuple[SecondFactor, ActRefused | None]:
    """One attempt under the row's lock: so many at once are counted one by one."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at__isnull=False).first()
    if factor is None:
        raise Conflict(_("动态口令尚未启用或已被重置，请重新登录后设置。"))
    now, subject = timezone.now(), f"user:{user.pk}"
    if factor.locked_until and factor.locked_until > now:
        return factor, _locked(factor)
    typed = code.strip()
    by_device = typed.isascii() and typed.isdigit()
    if _takes_digits(factor, typed) if by_device else _takes_recovery(factor, typed):
        factor.failures, factor.locked_until, refusal = 0, None, None
        audit.record(
            "second_factor_proved" if by_device else "recovery_code_used", actor=user, subject=subject
        )
    else:
        factor.failures += 1
        refusal = ActRefused(_("口令不正确或已经用过，请等待下一个口令后重新输入。"), code="code")
        audit.record("second_factor_failed", actor=user, subject=subject, succeeded=False)
    if factor.failures >= settings.AXES_FAILURE_LIMIT:
        factor.failures, factor.locked_until = 0, now + timedelta(hours=settings.AXES_COOLOFF_TIME)
        refusal = _locked(factor)
        audit.record("second_factor_locked", actor=user, subject=subject, succeeded=False)
    factor.save(update_fields=["last_counter", "failures", "locked_until"])
    return factor, refusal


def _locked(factor: SecondFactor) -> ActRefused:
    until = timezone.localtime(factor.locked_until)
    return ActRefused(
        _("动态口令连续输错次数过多，已锁定至%(until)s，请届时再试。") % {"until": f"{until:%H:%M}"},
        code="locked",
    )


def _takes_recovery(factor: SecondFactor, typed: str) -> bool:
    code = "".join(sign for sign in typed.upper() if sign in CHECK_ALPHABET)
    unused = factor.codes.filter(digest=_digest(factor, code), used_at__isnull=True)
    return bool(unused.update(used_at=timezone.now()))


def renew_codes(user: User, *, code: str) -> list[str]:
    """New recovery codes in place of the old ones, for a code. Raises as `prove`."""
    factor = prove(user, code=code)
    with transaction.atomic():
        audit.record("recovery_codes_renewed", actor=user, subject=f"user:{user.pk}")
        return _new_codes(factor)


def replace(user: User, *, code: str) -> SecondFactor:
    """Give the device up for a new one, for a code. Returns the new one, to be set up. Raises as `prove`."""
    prove(user, code=code)
    with transaction.atomic():
        SecondFactor.objects.filter(user=user).delete()
        audit.record("second_factor_given_up", actor=user, subject=f"user:{user.pk}")
        return begin(user)


@transaction.atomic
def reset(user: User, *, actor: User | None, reason: str) -> None:
    """Take the device of `user` away because it is lost; all sessions end and the next sign-in sets up another.

    By a 安全管理员, never one's own: together with a new password, which is the 系统管理员's act, it takes two people to
    take an account over. `actor` is None for the command on the server. Raises `NotAllowed`, `ActRefused` without a
    reason, `Conflict` when there is no device.
    """
    if actor is not None and not any(post.role is roles.SECURITY_ADMIN for post in posts_of(actor)):
        raise NotAllowed(_("只有安全管理员可以重置动态口令。"))
    if actor is not None and actor.pk == user.pk:
        raise NotAllowed(_("不能重置自己的动态口令，请由其他安全管理员办理。"))
    if len(reason.strip()) < REASON_LENGTH:
        raise ActRefused(_("请写明重置的原因和核实身份的方式（至少4个字）。"), code="reason")
    if audit.contains_personal_data(reason):
        raise ActRefused(_("原因中不能写证件号码或手机号码。"), code="personal_data")
    removed, _kinds = SecondFactor.objects.filter(user=user).delete()
    if not removed:
        raise Conflict(_("“%(user)s”没有启用动态口令，无需重置。") % {"user": user})
    signin.end_sessions(user)
    audit.record(
        "second_factor_reset", actor=actor, subject=f"user:{user.pk}", detail={"reason": reason.strip()[:200]}
    )
