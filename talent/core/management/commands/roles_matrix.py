"""Print who may do what: the table role × act."""

import unicodedata

from django.core.management.base import BaseCommand

from talent.core import roles


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


class Command(BaseCommand):
    help = "打印岗位权限表（岗位 × 事项）和不能兼任的岗位"

    def handle(self, *args, **options) -> None:
        acts = list(roles.Act)
        left = max(_width(role.title) for role in roles.ROLES) + 2
        self.stdout.write("事项：")
        for number, act in enumerate(acts, 1):
            self.stdout.write(f"  {number:>2} {roles.ACT_LABELS[act]}")
        self.stdout.write("")
        self.stdout.write(
            "岗位" + " " * (left - 4) + "".join(f"{number:>3}" for number in range(1, len(acts) + 1))
        )
        for role, row in roles.matrix():
            marks = "".join(f"{'●' if allowed else '·':>3}" for allowed in row)
            self.stdout.write(role.title + " " * (left - _width(role.title)) + marks)
        self.stdout.write("")
        self.stdout.write("不能由同一人担任：")
        for pair in sorted(tuple(sorted(pair)) for pair in roles.INCOMPATIBLE):
            first, second = (roles.BY_CODENAME[codename].title for codename in pair)
            self.stdout.write(f"  {first} 与 {second}")
