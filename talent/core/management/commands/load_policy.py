"""Load regions, holidays, levels and every policy's edition from their TOML files; safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from talent.core.services import policy


class Command(BaseCommand):
    help = "载入区划、产业链、人才层次、节假日、部门、年度目标和各政策版本；内容不变时不改动，写错的数字会指明文件、键和原因"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = policy.load_all()
        except policy.PolicyError as error:
            raise CommandError(f"政策文件有误，没有载入任何内容：\n{error}") from None
        for result in loaded:
            self.stdout.write(f"{result.edition}：{'已载入' if result.new else '没有变化'}")
            if result.ended is not None:
                self.stdout.write(f"  版本 {result.ended.code} 于 {result.ended.effective_to} 废止")
