"""Do everything that is due. Run it from a timer, every few minutes; a second run changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from workflows import tick


class Command(BaseCommand):
    help = "办理所有到期事项：期限、公示、补正、容缺、任职、文书、消息；可重复执行"

    def handle(self, *args: Any, **options: Any) -> None:
        report = tick.run()
        for name, number in report.done.items():
            self.stdout.write(f"{name}：{number}")
        if report.failed:
            raise CommandError("；".join(report.failed))
