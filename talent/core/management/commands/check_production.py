"""Is this installation fit for real people's data? Names everything that is not."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Appointment, User
from talent.core.services import audit, letters, origin

KEY_LENGTH = 32


def accounts() -> Iterator[str]:
    """Accounts that pass by every right."""
    for name in User.objects.filter(is_superuser=True).order_by("pk").values_list("username", flat=True):
        yield _("存在超级用户 %(name)s：请取消其超级用户身份，权限只通过任职授予。") % {"name": name}
    if (
        User.objects.filter(username__iexact="AnonymousUser").exists()
        or settings.ANONYMOUS_USER_NAME is not None
    ):
        yield _("存在匿名用户账号 AnonymousUser：请将其停用改名，并保持 ANONYMOUS_USER_NAME 为空。")
    if getattr(settings, "GUARDIAN_LEGACY_GLOBAL_PERMS_GROUP_UNION", False):
        yield _("GUARDIAN_LEGACY_GLOBAL_PERMS_GROUP_UNION 已打开：请关闭。")
    for role in (roles.SYSTEM_ADMIN, roles.SECURITY_ADMIN, roles.AUDIT_ADMIN):
        if not Appointment.objects.filter(role=role.codename, dismissed_at__isnull=True).exists():
            yield _("尚未任命%(role)s：三员应分别到位。") % {"role": role.title}


def configuration() -> Iterator[str]:
    """Switches and keys."""
    if not settings.PRODUCTION:
        yield _("未设置 PRODUCTION=1。")
    if settings.DEBUG:
        yield _("DEBUG 已打开：请关闭。")
    if settings.DEMO:
        yield _("演示模式已打开：请去掉 DEMO=1。")
    named = {
        "SECRET_KEY": settings.SECRET_KEY,
        "BLIND_INDEX_KEY": settings.BLIND_INDEX_KEY,
        **{f"AUDIT_SEAL_KEYS[{key}]": value for key, value in settings.AUDIT_SEAL_KEYS.items()},
        **{f"FIELD_KEYS[{key}]": value for key, value in settings.FIELD_KEYS.items()},
    }
    for name, value in named.items():
        lowered = value.lower()
        if len(value) < KEY_LENGTH or any(
            word in lowered for word in ("demo", "insecure", "changeme", "test")
        ):
            yield _("密钥 %(name)s 过短或是演示密钥：请另行生成。") % {"name": name}
    if len(set(named.values())) < len(named):
        yield _("不同用途的密钥相同：请分别生成。")
    development = settings.VAR / "keys.env"
    if development.exists():
        kept = development.read_text(encoding="utf-8")
        for name, value in named.items():
            if value in kept:
                yield _("密钥 %(name)s 与开发环境 var/keys.env 中的相同：请另行生成。") % {"name": name}
    if settings.AUDIT_SEAL_KEY_CURRENT not in settings.AUDIT_SEAL_KEYS:
        yield _("AUDIT_SEAL_KEY_CURRENT 指定的密钥不在 AUDIT_SEAL_KEYS 中。")
    if connection.vendor != "postgresql":
        yield _("数据库不是 PostgreSQL：SQLite 只适合单机演示。")
    if not settings.SECOND_FACTOR:
        yield _("动态口令检查已关闭：请去掉 SECOND_FACTOR=0，等保三级要求两种以上鉴别方式。")


def sharing() -> Iterator[str]:
    """What must be right when several workers serve behind a proxy."""
    if not settings.TRUSTED_PROXIES:
        yield _("未设置 TRUSTED_PROXIES：审计、锁定和限次看到的都是反向代理的地址。")
    yield from origin.problems_of(settings.TRUSTED_PROXIES)
    if not settings.CACHES["default"]["BACKEND"].endswith(".DatabaseCache"):
        yield _("缓存不在数据库中：各工作进程看到的内容会不一致。")
    elif settings.CACHES["default"]["LOCATION"] not in connection.introspection.table_names():
        yield _("缺少缓存表 %(table)s：请执行迁移。") % {"table": settings.CACHES["default"]["LOCATION"]}
    if settings.SITE["address"].startswith("http://"):
        yield _("SITE_ADDRESS 不是 https 地址：邮件和二维码中的链接会被劫持。")


def database() -> Iterator[str]:
    """Guards inside the database."""
    for name in audit.missing_guards():
        yield _("缺少只增不改的触发器 %(name)s：请重新执行迁移。") % {"name": name}
    result = audit.verify()
    if not result.ok:
        yield _("审计链第 %(seq)s 条：%(reason)s。") % {
            "seq": result.first_broken_seq,
            "reason": result.reason,
        }


def machine() -> Iterator[str]:
    """Fonts and libraries letters are drawn with."""
    yield from letters.check_libraries()
    yield from letters.check_fonts()


def deployment() -> Iterator[str]:
    """What `check --deploy` says."""
    for message in run_checks(include_deployment_checks=True):
        if message.level >= WARNING and not message.is_silenced():
            yield f"{message.id}：{message.msg}"


class Command(BaseCommand):
    help = "上线前检查：账号、密钥、开关、数据库、字体；有一项不合格即以错误结束"
    requires_system_checks = ()

    def handle(self, *args, **options) -> None:
        problems = [
            problem
            for part in (accounts, configuration, sharing, database, machine, deployment)
            for problem in part()
        ]
        if problems:
            lines = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(problems, 1))
            raise CommandError(f"{_('上线检查未通过：')}\n{lines}")
        self.stdout.write(_("上线检查通过。"))
