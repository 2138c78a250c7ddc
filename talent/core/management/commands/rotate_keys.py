"""Seal every personal field and every file again under the current key (`FIELD_KEY_CURRENT`); renew the blind indexes.

Safe to run twice and while people work: rows are locked batch by batch, an interrupted run is simply started again.
A changed `BLIND_INDEX_KEY` is carried out by the same run; kept pictures of pages are drawn anew. Prints counts and row numbers, never a value.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from talent.core import crypto
from talent.core.services import letters, materials


def sealed_models() -> dict[type[models.Model], list[str]]:
    """Every concrete model with the names of its own sealed fields, in the order of the registry."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        names = [field.name for field in model._meta.local_fields if isinstance(field, crypto.SealedField)]
        if names and not model._meta.proxy:
            found[model] = names
    return found


class Command(BaseCommand):
    help = "用当前密钥重新封存所有加密字段和文件，并更新检索索引；可重复执行"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="每批行数")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            crypto.check_keys()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if options["batch"] < 1:
            raise CommandError("每批行数应大于零。")
        broken = 0
        for model, names in sealed_models().items():
            broken += self._rotate(model, names, options["batch"])
        broken += self._rotate_files("材料文件", materials.kept_versions(), materials.reseal)
        broken += self._rotate_files("文书文件", letters.rendered().iterator(), letters.reseal)
        self.stdout.write(f"材料预览：清除 {materials.forget_all()} 张，查看时重新生成")
        if broken:
            raise CommandError(f"有 {broken} 处无法打开，未作改动，请保留旧密钥并查明原因。")
        self.stdout.write(f"全部加密字段和文件已由密钥 {settings.FIELD_KEY_CURRENT} 封存，旧密钥可以移除。")

    def _rotate_files(self, label: str, rows: Iterable[Any], reseal: Callable[[Any], bool]) -> int:
        """Walk the files of one kind; returns how many did not open."""
        seen = changed = broken = 0
        for row in rows:
            seen += 1
            try:
                changed += reseal(row)
            except crypto.SealBroken:
                broken += 1
                self.stderr.write(f"{label}：第 {row.pk} 行的文件无法打开")
        self.stdout.write(f"{label}：共 {seen} 份，重新封存 {changed} 份，无法打开 {broken} 份")
        return broken

    def _rotate(self, model: type[models.Model], names: list[str], batch: int) -> int:
        """Walk one model by primary key; returns how many rows did not open."""
        label = model._meta.verbose_name
        seen = changed = broken = 0
        last: Any = None
        while True:
            with transaction.atomic():
                # Locked, so that a number somebody corrects meanwhile is not written back to its old value.
                rows = model._base_manager.select_for_update(of=("self",)).order_by("pk")
                page = list((rows if last is None else rows.filter(pk__gt=last))[:batch])
                for row in page:
                    try:
                        changed += crypto.reseal(row, names)
                    except crypto.SealBroken:
                        broken += 1
                        self.stderr.write(f"{label}：第 {row.pk} 行无法打开")
            if not page:
                break
            seen, last = seen + len(page), page[-1].pk
            if len(page) == batch:
                self.stdout.write(f"{label}：已处理 {seen} 行")
        self.stdout.write(f"{label}：共 {seen} 行，重新封存 {changed} 行，无法打开 {broken} 行")
        return broken
