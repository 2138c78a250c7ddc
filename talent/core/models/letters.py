"""Letters (文书): numbered without gaps, frozen once issued, checkable by anyone."""

import secrets
import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .organisations import Organisation
from .people import User

CHECK_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_check_code() -> str:
    """A code nobody guesses and anybody can type: 12 letters and digits without look-alikes."""
    return "".join(secrets.choice(CHECK_ALPHABET) for _place in range(12))


class Sequence(models.Model):
    """A counter per key and year, taken under a row lock in the transaction that uses the number."""

    key = models.CharField(_("序列"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年份"))
    last = models.PositiveIntegerField(_("已用至"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("编号序列")
        constraints = (models.UniqueConstraint(fields=["key", "year"], name="one_sequence_per_year"),)

    def __str__(self) -> str:
        return f"{self.key} {self.year}"


class Letter(models.Model):
    """One issued document. `facts` is what it states; the PDF is made once from them."""

    class State(models.TextChoices):
        VALID = "valid", _("有效")
        SUPERSEDED = "superseded", _("已被替代")
        REVOKED = "revoked", _("已撤销")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    # None: of no single case, as the minutes of a meeting; such a letter is in no applicant's list.
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("办件")
    )
    kind = models.SlugField(_("文书种类"), max_length=30)
    title = models.CharField(_("标题"), max_length=120)
    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("发文机关"))
    number = models.CharField(_("文号"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年份"))
    serial = models.PositiveIntegerField(_("顺序号"))
    facts = models.JSONField(_("记载内容"))
    template_version = models.CharField(_("版式版本"), max_length=20)
    check_code = models.CharField(_("校验码"), max_length=16, unique=True, default=new_check_code)
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.VALID)
    state_reason = models.CharField(_("状态说明"), max_length=200, blank=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", verbose_name=_("替代")
    )
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("签发人"))
    issued_at = models.DateTimeField(_("签发时间"), default=timezone.now)
    pdf = models.FileField(_("文件"), upload_to="letters/", max_length=200, blank=True)
    sha256 = models.CharField(_("校验值"), max_length=64, blank=True)
    rendered_at = models.DateTimeField(_("生成时间"), null=True)
    attempts = models.PositiveSmallIntegerField(_("生成次数"), default=0)
    needs_receipt = models.BooleanField(_("需送达回证"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("文书")
        ordering = ("-issued_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="one_letter_per_number"),
            models.CheckConstraint(
                condition=Q(rendered_at__isnull=True) | (~Q(sha256="") & ~Q(pdf="")),
                name="rendered_letter_has_its_file",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class LetterRead(models.Model):
    """送达回证: who opened a letter first, and when."""

    letter = models.ForeignKey(Letter, models.PROTECT, related_name="reads", verbose_name=_("文书"))
    reader = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签收人"))
    read_at = models.DateTimeField(_("签收时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("送达回证")
        ordering = ("read_at", "pk")
        constraints = (models.UniqueConstraint(fields=["letter", "reader"], name="one_receipt_per_reader"),)

    def __str__(self) -> str:
        return f"{self.letter} {self.reader}"


class VoidedNumber(models.Model):
    """A number that will never be used, with the reason; numbers are not re-used."""

    issuer = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("发文机关"))
    number = models.CharField(_("文号"), max_length=60)
    reason = models.CharField(_("原因"), max_length=200)
    voided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("作废人"))
    voided_at = models.DateTimeField(_("作废时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("作废文号")

    def __str__(self) -> str:
        return self.number
