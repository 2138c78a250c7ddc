"""Load regions, holidays, levels and every policy's edition from their TOML files; safe to repeat."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from talent.core.services import calendar, policy


class Command(BaseCommand):
    help = "载入区划、节假日、人才层次和各政策版本；内容不变时不改动，写错的数字会指明文件、键和原因"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = policy.load_all()
        except policy.PolicyError as error:
            raise CommandError(f"政策文件有误，没有载入任何内容：\n{error}") from None
        calendar.forget()
        for name, number in counts.items():
            self.stdout.write(f"{name}：{number}")
