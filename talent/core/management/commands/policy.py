"""Show what differs between two editions: `manage.py policy diff green_channel 2025-8 2026-1`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from talent.core.models import PolicyEdition
from talent.core.services import policy


class Command(BaseCommand):
    help = "比较同一政策的两个版本"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["diff"])
        parser.add_argument("policy")
        parser.add_argument("old")
        parser.add_argument("new")

    def handle(self, *args: Any, **options: Any) -> None:
        editions = []
        for code in (options["old"], options["new"]):
            found = PolicyEdition.objects.filter(policy=options["policy"], code=code).first()
            if found is None:
                raise CommandError(f"没有政策 {options['policy']} 的版本 {code}")
            editions.append(found)
        for key, old, new in policy.edition_difference(*editions):
            self.stdout.write(f"{key}：{old} → {new}")
