"""服务包 (G12): one order per service to the bureau that owns it, rated by the talent (好差评)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core import roles
from talent.core.crypto import SealedField
from talent.core.models import CaseParty, DocumentVersion, Organisation, User
from talent.core.models.appointments import viewing_posts

from .cases import GreenChannelCase
from .domains import Domain

# Who does an order in the bureau that owns it: its checkers, or the intake officers of one that takes cases in.
DOING = (roles.CHECKER, roles.INTAKE)
_OWNING = {role.codename for role in (*DOING, roles.BUREAU_HEAD)}
_LOOKING_AFTER = {roles.STEWARD.codename, roles.BUREAU_HEAD.codename}


class ServiceOrderQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "ServiceOrderQuerySet":
        """One's own; those of one's bureau; as steward (or the head above) those of one's people. Never the employer's."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        mine = Q(case__applicant__user=user)
        for organisation, role, policies in viewing_posts(user):
            seen = Q(pk__in=())
            if role in _OWNING:
                seen |= Q(owner_id=organisation)
            if role in _LOOKING_AFTER:
                people = CaseParty.objects.filter(
                    organisation_id=organisation, capacity=roles.Capacity.STEWARD
                )
                seen |= Q(case__in=people.values("case"))
            mine |= seen & Q(case__policy__in=policies) if policies else seen
        return self.filter(mine)

    def open(self) -> "ServiceOrderQuerySet":
        return self.filter(state__in=ServiceOrder.OPEN)


class ServiceOrder(models.Model):
    """A service asked for. `detail` is sealed; about the family it is opened to the owner only with separate consent."""

    class State(models.TextChoices):
        OPEN = "open", _("待接办")
        CLAIMED = "claimed", _("办理中")
        DONE = "done", _("已办结")
        IMPOSSIBLE = "impossible", _("不能办理")
        WITHDRAWN = "withdrawn", _("已撤回")

    class Grade(models.IntegerChoices):
        VERY_BAD = 1, _("非常不满意")
        BAD = 2, _("不满意")
        FAIR = 3, _("基本满意")
        GOOD = 4, _("满意")
        VERY_GOOD = 5, _("非常满意")

    OPEN = (State.OPEN, State.CLAIMED)
    DOING = DOING
    POOR = (Grade.VERY_BAD, Grade.BAD)

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="service_orders", verbose_name=_("办件")
    )
    place = models.PositiveSmallIntegerField(_("序号"))
    domain = models.CharField(_("领域"), max_length=10, choices=Domain)
    item = models.CharField(_("事项"), max_length=80)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    concerns_family = models.BooleanField(_("涉及家属信息"), default=False)
    detail = SealedField(_("具体需求"), mask="text", blank=True)
    need_key = models.UUIDField(_("来自申报书"), null=True, unique=True, editable=False)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("提出人"))
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    due_on = models.DateField(_("期限"), null=True, help_text=_("空为按约定时间"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.OPEN)
    claimed_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("经办人")
    )
    claimed_at = models.DateTimeField(_("接办时间"), null=True)
    result = models.CharField(_("办理结果"), max_length=500, blank=True)
    evidence = models.ForeignKey(
        DocumentVersion, models.PROTECT, null=True, related_name="+", verbose_name=_("办结凭证")
    )
    clause = models.CharField(_("不能办理的依据"), max_length=200, blank=True)
    instead = models.CharField(_("可以改办"), max_length=300, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办结人"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    warned_at = models.DateTimeField(_("临期提醒时间"), null=True)
    escalated_at = models.DateTimeField(_("超期上报时间"), null=True)
    grade = models.PositiveSmallIntegerField(_("评价"), choices=Grade, null=True)
    grade_note = models.CharField(_("评价说明"), max_length=300, blank=True)
    graded_at = models.DateTimeField(_("评价时间"), null=True)

    objects = ServiceOrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("服务事项")
        ordering = ("case_id", "place")
        indexes = (models.Index(fields=["owner", "state", "due_on"], name="order_by_owner"),)
        constraints = (
            models.UniqueConstraint(fields=["case", "place"], name="one_order_per_place"),
            models.CheckConstraint(
                condition=~Q(state="claimed") | Q(claimed_by__isnull=False), name="claimed_order_has_its_officer"
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | (~Q(result="") & Q(evidence__isnull=False)),
                name="done_order_has_its_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state="impossible") | (~Q(result="") & ~Q(clause="") & ~Q(instead="")),
                name="impossible_order_says_why_and_what_instead",
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=True) | (Q(grade__range=(1, 5)) & Q(state__in=("done", "impossible"))),
                name="only_finished_orders_are_rated",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What notices and events call the order: what it is about stays out of them."""
        return f"{self.case.number}-F{self.place:02d}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class FollowUp(models.Model):
    """A poor mark is answered by the head above the steward within the edition's days."""

    order = models.OneToOneField(
        ServiceOrder, models.PROTECT, related_name="follow_up", verbose_name=_("服务事项")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("回访单位")
    )
    due_on = models.DateField(_("期限"))
    opened_at = models.DateTimeField(_("建立时间"), default=timezone.now)
    answer = models.CharField(_("整改情况"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("回访人")
    )
    answered_at = models.DateTimeField(_("回访时间"), null=True)
    escalated_at = models.DateTimeField(_("超期上报时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("差评回访")
        ordering = ("due_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | (Q(answered_by__isnull=False) & ~Q(answer="")),
                name="answered_follow_up_has_its_words",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(self.order)
