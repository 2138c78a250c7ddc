"""Recompute the audit chain and name the first broken row."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from talent.core.services import audit


class Command(BaseCommand):
    help = "核对审计链；--anchor 与保存在别处的封存文件比对；--cases 另核对每件办件的事件链"

    def add_arguments(self, parser) -> None:
        parser.add_argument("--anchor", type=Path, help="封存文件，或存放封存文件的文件夹")
        parser.add_argument("--cases", action="store_true", help="同时核对每件办件的事件链")

    def handle(self, *args, anchor: Path | None = None, cases: bool = False, **options) -> None:
        if anchor and not anchor.exists():
            raise CommandError(_("找不到封存文件 %(path)s") % {"path": anchor})
        broken = []
        found = audit.verify(anchor)
        facts = {"count": found.checked, "seq": found.first_broken_seq, "reason": found.reason}
        if found.ok:
            self.stdout.write(_("审计链完好，共 %(count)d 条。") % facts)
        else:
            broken.append(_("审计链第 %(seq)s 条：%(reason)s。") % facts)
        if cases:
            found = audit.verify_cases()
            facts = {
                "count": found.checked,
                "seq": found.first_broken_seq,
                "reason": found.reason,
                "case": found.where,
            }
            if found.ok:
                self.stdout.write(_("办件事件链完好，共 %(count)d 条。") % facts)
            else:
                broken.append(_("办件 %(case)s 第 %(seq)s 条事件：%(reason)s。") % facts)
        for name in audit.missing_guards():
            broken.append(_("数据库缺少只增不改的触发器 %(name)s。") % {"name": name})
        if broken:
            raise CommandError(_("核对未通过：") + "\n" + "\n".join(broken))
