"""The case of a placement: from the application or invitation to the end of the term (P4–P14)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from talent.core import roles
from talent.core.models import Case, Organisation, User

from .needs import Need


class PlacementCase(Case):
    """One person for one post of a need, sent by one university. The firm is the case's employer."""

    class Degree(models.TextChoices):
        DOCTOR = "doctor", _("博士")
        MASTER = "master", _("硕士")
        BACHELOR = "bachelor", _("学士")

    class Final(models.TextChoices):
        REACHED = "reached", _("达到目标")
        EXEMPT = "exempt", _("未达目标·尽职免责")
        FAILED = "failed", _("未履行约定")

    need = models.ForeignKey(Need, models.PROTECT, related_name="cases", verbose_name=_("岗位需求"))
    kind = models.SlugField(_("岗位种类"), max_length=30)
    university = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("派出单位"))
    invited = models.BooleanField(_("由企业邀请"), default=False)
    starts_on = models.DateField(_("开始日期"))
    term_months = models.PositiveSmallIntegerField(_("聘期（月）"))
    days_per_year = models.PositiveSmallIntegerField(_("每年在岗天数"))
    pay_per_year = models.DecimalField(_("年报酬（元）"), max_digits=12, decimal_places=2)
    degree = models.CharField(_("最高学位"), max_length=10, choices=Degree, blank=True)
    title_rank = models.CharField(_("职称级别"), max_length=10, blank=True)
    plan = models.TextField(_("任职计划"), max_length=2000, blank=True)
    declared = models.JSONField(_("申明的回避关系"), default=list, blank=True)
    declaration_note = models.CharField(_("情况说明"), max_length=500, blank=True)
    person_confirmed_at = models.DateTimeField(_("本人确认时间"), null=True, blank=True)
    firm_confirmed_at = models.DateTimeField(_("单位确认时间"), null=True, blank=True)
    consented_at = models.DateTimeField(_("派出单位同意时间"), null=True, blank=True)
    consented_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("派出单位经办人")
    )
    consent_terms = models.CharField(_("派出单位意见"), max_length=500, blank=True)
    findings = models.JSONField(_("条件核对结果"), default=list, blank=True)
    renews = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name=_("续聘自")
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replacements", verbose_name=_("接替")
    )
    final_result = models.CharField(_("期满评估"), max_length=10, choices=Final, blank=True)
    final_text = models.TextField(_("评估意见"), max_length=1000, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("校聘企用办件")
        constraints = (
            models.CheckConstraint(
                condition=Q(consented_at__isnull=True)
                | Q(person_confirmed_at__isnull=False, firm_confirmed_at__isnull=False),
                name="consent_follows_both_confirmations",
                violation_error_message=_("本人和企业都确认以后，派出单位才能出具意见。"),
            ),
        )

    @property
    def confirmed(self) -> bool:
        """Whether person and firm have both said yes."""
        return self.person_confirmed_at is not None and self.firm_confirmed_at is not None

    def organisation_in(self, capacity: roles.Capacity) -> Organisation | None:
        return self.university if capacity is roles.Capacity.SENDING else super().organisation_in(capacity)
