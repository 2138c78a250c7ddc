"""The audit chain: who did what, when, to which case. Append-only by trigger, linked by hash.

等保2.0 三级 8.1.4.3: covers each user, protected against change; kept at least six months
(网络安全法). `services.audit.record` is the only writer; a failed record fails the act.
"""

import hashlib
import json

import orjson
from django.db import models
from django.utils.translation import gettext_lazy as _


def _written(facts: list) -> bytes:
    """`facts` as JSON with sorted keys and no spaces: the bytes the hash covers, the same from both libraries."""
    try:
        return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # A number beyond 64 bits: only a row changed by hand has one, and it has to be named, not to stop us.
        return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


class AuditEntry(models.Model):
    """One link. `detail` holds codes and numbers, never personal data."""

    seq = models.PositiveBigIntegerField(_("序号"), primary_key=True)
    at = models.DateTimeField(_("时间"))
    actor_id_value = models.BigIntegerField(_("操作人编号"), null=True)
    actor_name = models.CharField(_("操作人"), max_length=150, blank=True)
    action = models.SlugField(_("动作"), max_length=40, db_index=True)
    subject = models.CharField(_("对象"), max_length=120, blank=True, db_index=True)
    succeeded = models.BooleanField(_("成功"), default=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True)
    detail = models.JSONField(_("内容"), default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("审计记录")
        ordering = ("seq",)

    def __str__(self) -> str:
        return f"{self.seq} {self.action}"

    def computed_hash(self) -> str:
        """SHA-256 over the previous hash and every stored fact, as JSON without spaces and with sorted keys."""
        facts = [
            self.previous_hash,
            self.seq,
            self.at.isoformat(timespec="microseconds"),
            self.actor_id_value,
            self.actor_name,
            self.action,
            self.subject,
            self.succeeded,
            self.address,
            self.detail,
        ]
        return hashlib.sha256(_written(facts)).hexdigest()


class AuditHead(models.Model):
    """The last link, in one row: locked while the next is written, compared when the chain is verified."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        verbose_name = verbose_name_plural = _("审计链头")

    def __str__(self) -> str:
        return str(self.seq)


class DailySeal(models.Model):
    """The head of a day, sealed with a key and written to a file that can be kept elsewhere."""

    day = models.DateField(_("日期"), unique=True)
    seq = models.PositiveBigIntegerField(_("末号"))
    hash = models.CharField(_("末链值"), max_length=64)
    seal = models.CharField(_("封印"), max_length=64)
    key_id = models.CharField(_("密钥编号"), max_length=20, blank=True, default="")
    made_at = models.DateTimeField(_("封存时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("审计封存")
        ordering = ("day",)

    def __str__(self) -> str:
        return str(self.day)
