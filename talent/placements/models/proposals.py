"""What one side proposes about a running term and the other two sign: a suspension, or an end before its time."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.models import User

from .agreements import SignedCopy
from .places import Placement


class TermProposal(models.Model):
    """A suspension from `first_day` until `until`, or an end whose last day is `first_day`.

    It takes effect when both other sides have signed; an end with notice (`by_notice`) has effect at once, and the
    others sign what is settled. Nobody's signature is assumed: what is not signed in time lapses.
    """

    class Kind(models.TextChoices):
        SUSPEND = "suspend", _("中止")
        END = "end", _("提前终止")

    class State(models.TextChoices):
        OPEN = "open", _("待会签")
        AGREED = "agreed", _("三方一致")
        REFUSED = "refused", _("未达成一致")
        LAPSED = "lapsed", _("逾期未会签")
        WITHDRAWN = "withdrawn", _("已撤回")

    placement = models.ForeignKey(Placement, models.PROTECT, related_name="proposals", verbose_name=_("任职"))
    kind = models.CharField(_("事项"), max_length=8, choices=Kind)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.OPEN)
    first_day = models.DateField(_("中止日期或者最后一天"))
    until = models.DateField(_("恢复日期"), null=True, blank=True)
    reason = models.SlugField(_("事由"), max_length=20)
    text = models.CharField(_("说明"), max_length=500)
    settled_days = models.PositiveSmallIntegerField(_("结算天数"), null=True, blank=True)
    settled_pay = models.DecimalField(
        _("结算报酬（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    by_notice = models.BooleanField(_("提前告知"), default=False)
    side = models.CharField(_("提出方"), max_length=10, choices=SignedCopy.Side)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    proposed_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    answer_by = models.DateField(_("会签期限"))
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("中止和终止提议")
        ordering = ("-proposed_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["placement"], condition=Q(state="open"), name="one_open_proposal",
                violation_error_message=_("已有一份提议待会签。"),
            ),
            models.CheckConstraint(
                condition=Q(kind="suspend", until__isnull=False, by_notice=False)
                | Q(kind="end", settled_days__isnull=False, settled_pay__gte=0),
                name="proposal_is_complete",
                violation_error_message=_("中止应写明恢复日期，终止应写明结算天数和报酬。"),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} {self.get_kind_display()}"


class Countersignature(models.Model):
    """What one of the other sides says: signed, or not, with the reason."""

    proposal = models.ForeignKey(
        TermProposal, models.PROTECT, related_name="signatures", verbose_name=_("提议")
    )
    side = models.CharField(_("会签方"), max_length=10, choices=SignedCopy.Side)
    agreed = models.BooleanField(_("同意"))
    text = models.CharField(_("意见"), max_length=300, blank=True)
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("会签人"))
    signed_at = models.DateTimeField(_("会签时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("会签")
        ordering = ("signed_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["proposal", "side"], name="one_countersignature_per_side"),
            models.CheckConstraint(
                condition=Q(agreed=True) | ~Q(text=""),
                name="refused_countersignature_says_why",
                violation_error_message=_("不同意的，应写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal} {self.get_side_display()}"
