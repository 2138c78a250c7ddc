"""Take away the lost second factor of an account, when no other 安全管理员 is left who could. Recorded."""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from talent.core.models import User
from talent.core.services import second_factor
from talent.core.services.errors import ActRefused


class Command(BaseCommand):
    help = "重置一个账号的动态口令（手机和恢复码都丢失，且没有其他安全管理员时使用），留有审计记录"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="账号")
        parser.add_argument("--reason", required=True, help="原因和核实身份的方式")

    def handle(self, *args, username: str, reason: str, **options) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(_("没有账号 %(username)s。") % {"username": username})
        try:
            second_factor.reset(user, actor=None, reason=reason)
        except ActRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(_("已重置 %(username)s 的动态口令，其登录已全部失效。") % {"username": username})
