"""Seal today's end of the audit chain, for keeping elsewhere."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from talent.core.services import audit


class Command(BaseCommand):
    help = "封存当日审计链尾，写入数据库和 var/seals/；同一天重复运行不改变任何内容"

    def handle(self, *args, **options) -> None:
        made, path = audit.seal()
        self.stdout.write(
            _("%(day)s 的审计链封存至第 %(seq)d 条：%(path)s")
            % {"day": made.day, "seq": made.seq, "path": path}
        )
        self.stdout.write(_("请将此文件交审计管理员另行保存，核对时使用 verify_audit --anchor。"))
