"""补助申请: what a firm or a university claims for a rated year, checked and approved by two people, paid as an award."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import Award, DocumentVersion, Organisation, TalentProfile, User

from .conduct import Rating
from .places import Placement

OVER = ("returned", "refused", "withdrawn")


class SubsidyClaimQuerySet(models.QuerySet):
    def standing(self):
        """Claims that count: under way or granted, not given back."""
        return self.exclude(state__in=OVER)


class SubsidyClaim(models.Model):
    """One claim for one period. `period` is the number of the rated year, 0 for what is paid once.

    pay_paid is what the claimant says was paid, pay_accepted what the evidence shows; amount and reason are worked
    out from the accepted pay and the rating when it is approved.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("待核实")
        CHECKED = "checked", _("待审批")
        GRANTED = "granted", _("已核定")
        RETURNED = "returned", _("已退回")
        REFUSED = "refused", _("不予补助")
        WITHDRAWN = "withdrawn", _("已撤回")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    placement = models.ForeignKey(Placement, models.PROTECT, related_name="claims", verbose_name=_("任职"))
    person = models.ForeignKey(TalentProfile, models.PROTECT, related_name="+", verbose_name=_("人员"))
    claimant = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("申请单位"))
    code = models.SlugField(_("补助种类"), max_length=30)
    rating = models.ForeignKey(Rating, models.PROTECT, related_name="claims", verbose_name=_("考核"))
    period = models.PositiveSmallIntegerField(_("年次"))
    pay_paid = models.DecimalField(_("实付报酬（元）"), max_digits=12, decimal_places=2)
    evidence = models.ForeignKey(
        DocumentVersion, models.PROTECT, related_name="+", verbose_name=_("支付凭证")
    )
    holder = models.CharField(_("户名"), max_length=100)
    bank = models.CharField(_("开户银行"), max_length=80)
    account = SealedField(_("银行账号"), mask="bank_card")
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.CLAIMED)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    claimed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    claimed_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    pay_accepted = models.DecimalField(
        _("核实的实付报酬（元）"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    check_text = models.CharField(_("核实意见"), max_length=300, blank=True)
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核实人")
    )
    checked_at = models.DateTimeField(_("核实时间"), null=True, blank=True)
    amount = models.DecimalField(_("补助金额（元）"), max_digits=12, decimal_places=2, null=True, blank=True)
    reason = models.CharField(_("计算依据"), max_length=300, blank=True)
    clauses = models.JSONField(_("条款"), default=list, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    answer = models.CharField(_("退回或者不予补助的原因"), max_length=300, blank=True)
    award = models.OneToOneField(
        Award, models.PROTECT, null=True, blank=True, related_name="placement_claim", verbose_name=_("资助")
    )

    objects = SubsidyClaimQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("补助申请")
        ordering = ("-claimed_at", "-pk")
        indexes = (models.Index(fields=["state", "due_on"], name="claim_by_state"),)
        constraints = (
            models.UniqueConstraint(
                fields=["placement", "code", "period"],
                condition=~Q(state__in=OVER),
                name="one_claim_per_period",
                violation_error_message=_("这一期已经申请过补助。"),
            ),
            models.UniqueConstraint(
                fields=["person", "claimant", "code"],
                condition=~Q(state__in=OVER) & Q(period=0),
                name="one_off_is_claimed_once",
                violation_error_message=_("一次性补助已经申请过。"),
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("claimed_by")),
                name="claim_is_checked_by_somebody_else",
                violation_error_message=_("申请人不能核实自己的申请。"),
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("checked_by")),
                name="claim_is_decided_by_a_second_person",
                violation_error_message=_("核实人不能审批自己核实的申请。"),
            ),
            models.CheckConstraint(
                condition=Q(pay_paid__gte=0)
                & (Q(pay_accepted__isnull=True) | Q(pay_accepted__gte=0, pay_accepted__lte=F("pay_paid"))),
                name="accepted_pay_within_what_was_claimed",
                violation_error_message=_("核实的报酬不能多于申报的报酬。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="granted")
                | Q(award__isnull=False, amount__gt=0, checked_by__isnull=False, decided_by__isnull=False),
                name="granted_claim_has_its_award",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("returned", "refused")) | ~Q(answer=""),
                name="claim_given_back_says_why",
                violation_error_message=_("退回或者不予补助应写明原因。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.placement} {self.code} {self.period}"
