"""What universities and institutes publish: their strengths (优势学科、成果) and people who want to work for a firm."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import IndustryChain, Organisation, TalentProfile, User


class UniversityStrength(models.Model):
    """A discipline or a result a university is strong in."""

    class Kind(models.TextChoices):
        DISCIPLINE = "discipline", _("优势学科")
        RESULT = "result", _("科技成果")

    university = models.ForeignKey(
        Organisation, models.PROTECT, related_name="strengths", verbose_name=_("派出单位")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=Kind)
    title = models.CharField(_("名称"), max_length=120)
    field = models.CharField(_("技术领域"), max_length=80)
    chain = models.ForeignKey(
        IndustryChain, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("产业链")
    )
    summary = models.TextField(_("简介"), max_length=600, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("优势学科和成果")
        ordering = ("-published_at", "-pk")

    def __str__(self) -> str:
        return self.title


class PersonOfferQuerySet(models.QuerySet):
    def offered(self):
        """Offers a firm may see: the person has agreed and nobody took it down."""
        return (
            self.filter(consented_at__isnull=False, withdrawn_at__isnull=True)
            .select_related("university", "chain", "person")
            .order_by("pk")
        )


class PersonOffer(models.Model):
    """A person open to a post, published by the university with the person's consent. Firms see no name before both agree."""

    university = models.ForeignKey(
        Organisation, models.PROTECT, related_name="offers", verbose_name=_("派出单位")
    )
    person = models.ForeignKey(TalentProfile, models.PROTECT, related_name="offers", verbose_name=_("人选"))
    kinds = models.JSONField(_("愿意担任的岗位种类"), default=list)
    field = models.CharField(_("技术领域"), max_length=80)
    chain = models.ForeignKey(
        IndustryChain, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("产业链")
    )
    days_per_year = models.PositiveSmallIntegerField(_("每年可用天数"))
    summary = models.TextField(_("能解决的问题"), max_length=600, blank=True)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)
    consented_at = models.DateTimeField(_("本人同意时间"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)

    objects = PersonOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("可派出人选")
        ordering = ("-published_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["university", "person"], condition=Q(withdrawn_at__isnull=True), name="one_live_offer",
                violation_error_message=_("该人选已经发布，请直接修改。"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.university} {self.field}"
