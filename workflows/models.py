"""The process row and the open work.

A process row carries only flow data; the business lives in the case, its `artifact`. One proxy per flow stands
in the flow's file, no extra table (two flows sharing a process class would share their permissions).
"""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _
from viewflow import jsonstore
from viewflow.workflow.models import Process, Task

from talent.core import roles
from talent.core.models import Case, Organisation, User
from talent.core.services.appointments import Standing


class CaseProcess(Process):
    """What every process remembers between two steps."""

    outcome = jsonstore.CharField(max_length=20, default="")
    # which step asked for a supplement, and who: the answer goes back to that step and that officer
    asked_from = jsonstore.CharField(max_length=40, default="")
    asked_by = jsonstore.IntegerField(default=0)

    class Meta:
        proxy = True


class OpenStepQuerySet(models.QuerySet):
    def mine(self, user: User, stood_in: "Sequence[Standing]" = ()):
        """Steps this person has taken, and those taken by whom he stands in for, in those posts (`stood_in`)."""
        wanted = models.Q(owner=user)
        for post in stood_in:
            one = models.Q(owner=post.principal, organisation=post.organisation, role=post.role.codename)
            if post.policies:
                one &= models.Q(policy__in=post.policies)
            wanted |= one
        return self.filter(wanted)

    def claimable(self, posts: "list[tuple[int, str, tuple[str, ...]]]"):
        """Steps nobody has taken, of the posts given as (organisation id, role codename, policies)."""
        wanted = models.Q(pk__in=())
        for organisation, role, policies in posts:
            one = models.Q(organisation_id=organisation, role=role)
            if policies:
                one &= models.Q(policy__in=policies)
            wanted |= one
        return self.filter(wanted, owner__isnull=True)

    def overdue(self, day):
        return self.filter(due_on__lt=day)

    def near_due(self, day):
        return self.filter(warn_on__lte=day, due_on__gte=day)


class OpenStep(models.Model):
    """One step somebody has to take now, written in the transition's own transaction.

    Closed steps leave this table (the event keeps the history), so it stays as small as the work in hand and
    every list sorts and filters on it. `role` is empty when an outsider is awaited.
    """

    class Waiting(models.TextChoices):
        OFFICER = "officer", _("经办部门")
        APPLICANT = "applicant", _("申请人")
        RECOMMENDER = "recommender", _("推荐单位")
        EMPLOYER = "employer", _("用人单位")
        UNIVERSITY = "university", _("派出单位")
        PARTIES = "parties", _("协议三方")
        SYSTEM = "system", _("到期自动办理")

    task = models.OneToOneField(Task, models.CASCADE, related_name="open_step")
    case = models.ForeignKey(Case, models.PROTECT, related_name="open_steps", verbose_name=_("办件"))
    policy = models.SlugField(_("政策"), max_length=40)
    node = models.SlugField(_("环节"), max_length=40)
    title = models.CharField(_("环节名称"), max_length=40)
    public_title = models.CharField(_("公开名称"), max_length=40)
    waiting = models.CharField(_("等待"), max_length=12, choices=Waiting)
    role = models.CharField(_("岗位"), max_length=40, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="open_steps", verbose_name=_("经办人")
    )
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    opened_at = models.DateTimeField(_("到达时间"), auto_now_add=True)
    claimed_at = models.DateTimeField(_("领取时间"), null=True)
    due_on = models.DateField(_("环节期限"), null=True)
    warn_on = models.DateField(_("提醒日"), null=True)
    warned_at = models.DateTimeField(_("已提醒"), null=True)
    escalated_at = models.DateTimeField(_("已上报"), null=True)
    escalated_to = models.CharField(_("上报给"), max_length=120, blank=True)

    objects = OpenStepQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("在办环节")
        ordering = ("due_on", "pk")
        indexes = (
            models.Index(fields=["organisation", "role", "due_on", "id"], name="step_to_claim"),
            models.Index(fields=["organisation", "due_on", "id"], name="step_by_due"),
            models.Index(fields=["organisation", "warn_on", "due_on"], name="step_by_warning"),
            models.Index(fields=["owner", "due_on", "id"], name="step_by_owner"),
            models.Index(fields=["case"], name="step_by_case"),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.title}"

    def of(self, case: Case) -> "OpenStep":
        """This step knowing that `case`, already read, is its own; returns itself."""
        self.case = case
        self.task.process.artifact = case
        return self

    @property
    def role_title(self) -> str:
        role = roles.BY_CODENAME.get(self.role)
        return role.title if role else ""

    @property
    def holder(self) -> str:
        """Who holds the step, as people say it: 「市科技局 审查人员 张三」 or 「市科技局（待领取）」."""
        if self.waiting != self.Waiting.OFFICER:
            return str(self.Waiting(self.waiting).label)
        where = self.organisation.label if self.organisation else ""
        if self.owner_id is None:
            return _("%(where)s（待领取）") % {"where": where}
        return f"{where} {self.owner}"


class StepSpan(models.Model):
    """A step that is over: how long it took whom, written in the transition's own transaction.

    The boards and the public promise read this table and never the engine's history. `days` are working days from
    the day the step counts as arrived; `kept` is None when the step had no limit, or was not the office's.
    """

    task = models.OneToOneField(Task, models.CASCADE, related_name="span")
    case = models.ForeignKey(Case, models.PROTECT, related_name="spans", verbose_name=_("办件"))
    policy = models.SlugField(_("政策"), max_length=40)
    step = models.SlugField(_("环节"), max_length=40)
    title = models.CharField(_("环节名称"), max_length=40)
    officer = models.BooleanField(_("经办部门环节"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    opened_on = models.DateField(_("到达日期"))
    closed_on = models.DateField(_("办结日期"))
    due_on = models.DateField(_("环节期限"), null=True)
    days = models.PositiveSmallIntegerField(_("用时（工作日）"))
    kept = models.BooleanField(_("按时"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("已办环节")
        ordering = ("-closed_on", "-pk")
        indexes = (
            models.Index(fields=["policy", "closed_on"], name="span_by_close"),
            models.Index(fields=["case", "step"], name="span_by_case"),
        )

    def __str__(self) -> str:
        return f"{self.case} {self.title}"


class StepPace(models.Model):
    """What a step really took in the last twelve months, over all cases: made by `tick`, shown in the public guide."""

    policy = models.SlugField(_("政策"), max_length=40)
    step = models.SlugField(_("环节"), max_length=40)
    spans = models.PositiveIntegerField(_("办结次数"))
    median = models.DecimalField(_("用时中位数（工作日）"), max_digits=6, decimal_places=1)
    limited = models.PositiveIntegerField(_("有期限的次数"))
    kept = models.PositiveIntegerField(_("按时次数"))
    made_on = models.DateField(_("统计日期"))

    class Meta:
        verbose_name = verbose_name_plural = _("环节实际用时")
        ordering = ("policy", "step")
        constraints = (models.UniqueConstraint(fields=["policy", "step"], name="one_pace_per_step"),)

    def __str__(self) -> str:
        return f"{self.policy} {self.step}"


class TakeBack(models.Model):
    """What a decision changed on the case row, so that it can be taken back while the next step has not begun."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="take_back", verbose_name=_("办件"))
    node = models.SlugField(_("环节"), max_length=40)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经办人"))
    before = models.JSONField(_("办理前"))
    first_event = models.PositiveIntegerField(_("首个事件"))
    last_event = models.PositiveIntegerField(_("末个事件"))
    made_at = models.DateTimeField(_("时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("可撤回的办理")

    def __str__(self) -> str:
        return f"{self.case} {self.node}"
