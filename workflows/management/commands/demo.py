"""Make the demo data, or list the demo accounts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from talent.core.models import Case
from workflows import demo

ACCOUNTS, PASSWORD = demo.ACCOUNTS, demo.PASSWORD


class Command(BaseCommand):
    help = "生成演示数据（仅限空库）；--accounts 只列出演示账号"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="只列出演示账号")
        parser.add_argument("--if-empty", action="store_true", help="已有办件时安静退出")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["accounts"]:
            for username, role, organisation in ACCOUNTS:
                self.stdout.write(f"{username:<14}{role}（{organisation}）")
            self.stdout.write(f"密码均为 {PASSWORD}")
            return
        if Case.objects.exists():
            if options["if_empty"]:
                self.stdout.write("已有数据，跳过演示数据。")
                return
            raise CommandError("数据库中已有办件，演示数据只能建在空库中。")
        number = demo.build(self.stdout.write)
        self.stdout.write(f"已生成 {number} 件演示办件。")
