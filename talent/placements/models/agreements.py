"""三方协议: structured clauses in frozen versions, signed by each side in any order."""

import hashlib
import json

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import DocumentVersion, Letter, User

from .cases import PlacementCase


class Agreement(models.Model):
    """One version of the agreement of a case. Its text is never changed; a change is a new version."""

    class State(models.TextChoices):
        OPEN = "open", _("待签署")
        SIGNED = "signed", _("已签署")
        SUPERSEDED = "superseded", _("已被替代")

    case = models.ForeignKey(PlacementCase, models.PROTECT, related_name="agreements", verbose_name=_("办件"))
    version = models.PositiveSmallIntegerField(_("版本"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    terms = models.JSONField(_("约定事项"))
    clauses = models.JSONField(_("条款"))
    digest = models.CharField(_("内容校验值"), max_length=64)
    letter = models.OneToOneField(
        Letter, models.PROTECT, null=True, related_name="agreement", verbose_name=_("协议文本")
    )
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("起草人"))
    drafted_at = models.DateTimeField(_("起草时间"), default=timezone.now)
    signed_at = models.DateTimeField(_("签署完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("三方协议")
        ordering = ("case_id", "-version")
        constraints = (
            models.UniqueConstraint(fields=["case", "version"], name="one_agreement_per_version"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state__in=("open", "signed")), name="one_current_agreement"
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | Q(signed_at__isnull=False), name="signed_agreement_has_its_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.case} 第{self.version}版"

    @staticmethod
    def digest_of(terms: dict, clauses: list) -> str:
        """SHA-256 over everything the three sides agree on."""
        return hashlib.sha256(
            json.dumps([terms, clauses], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()


class SignedCopy(models.Model):
    """What one side signed and uploaded. A side that has uploaded nothing has not signed."""

    class Side(models.TextChoices):
        FIRM = "firm", _("用人单位")
        UNIVERSITY = "university", _("派出单位")
        PERSON = "person", _("本人")

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="copies", verbose_name=_("协议"))
    side = models.CharField(_("签署方"), max_length=10, choices=Side)
    file = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+", verbose_name=_("签署件"))
    digest = models.CharField(_("所签内容校验值"), max_length=64)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    signed_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("签署件")
        ordering = ("signed_at", "pk")
        constraints = (models.UniqueConstraint(fields=["agreement", "side"], name="one_copy_per_side"),)

    def __str__(self) -> str:
        return f"{self.agreement} {self.get_side_display()}"
