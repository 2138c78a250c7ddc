"""Make the PDF files of letters that are still waiting for theirs (`tick` does the same)."""

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from talent.core.services import letters


class Command(BaseCommand):
    help = "生成尚未生成的文书文件；--all 连同多次失败的一并重试"

    def add_arguments(self, parser) -> None:
        parser.add_argument("--limit", type=int, default=500, help="最多生成多少份")
        parser.add_argument("--all", action="store_true", help="包括已多次失败、不再自动重试的")

    def handle(self, *args, **options) -> None:
        made = letters.render_waiting(options["limit"], exhausted=options["all"])
        left = letters.waiting(exhausted=True).count()
        self.stdout.write(_("已生成 %(made)d 份，尚余 %(left)d 份。") % {"made": made, "left": left})
        if left and options["all"]:
            raise CommandError(_("仍有文书未能生成，请查看日志中的原因。"))
