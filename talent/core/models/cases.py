"""The case (办件): one concrete table for all policies, its parties and its events.

Who sees which case is said in `visibility`.
"""

import hashlib
import json
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core import identifiers, roles

from .organisations import IndustryChain, Organisation, Region
from .people import TalentProfile, User
from .policy import PolicyEdition
from .visibility import CaseQuerySet

CAPACITY_CHOICES = [(capacity.value, label) for capacity, label in roles.CAPACITY_LABELS.items()]


class Case(models.Model):
    """One application from recommendation to its end. A policy's case inherits from it (multi-table)."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        RECOMMENDED = "recommended", _("待本人确认")
        SUBMITTED = "submitted", _("待受理")
        SUPPLEMENTING = "supplementing", _("待补正")
        ACCEPTED = "accepted", _("办理中")
        PUBLICITY = "publicity", _("公示中")
        APPROVED = "approved", _("已审定")
        COMPLETED = "completed", _("已办结")
        NOT_ACCEPTED = "not_accepted", _("不予受理")
        REFUSED = "refused", _("不予认定")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("逾期终止")
        STOPPED = "stopped", _("已终止")

    ENDED = (
        Status.COMPLETED,
        Status.NOT_ACCEPTED,
        Status.REFUSED,
        Status.WITHDRAWN,
        Status.LAPSED,
        Status.STOPPED,
    )

    # Names of the policy's own fields that every reader of the dossier sees, in order.
    facts: ClassVar[tuple[str, ...]] = ()

    number = models.CharField(_("办件编号"), max_length=30, unique=True)
    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    policy = models.SlugField(_("政策"), max_length=40)
    edition = models.ForeignKey(PolicyEdition, models.PROTECT, verbose_name=_("政策版本"))
    title = models.CharField(_("事项"), max_length=120)
    applicant = models.ForeignKey(
        TalentProfile, models.PROTECT, related_name="cases", verbose_name=_("申请人")
    )
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("用人单位")
    )
    recommender = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("推荐单位")
    )
    intake_organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("受理单位")
    )
    lead_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("牵头部门")
    )
    deciding_organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定单位")
    )
    steward = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("服务专员")
    )
    region = models.ForeignKey(Region, models.PROTECT, verbose_name=_("县市区"))
    chain = models.ForeignKey(IndustryChain, models.PROTECT, null=True, blank=True, verbose_name=_("产业链"))
    level_code = models.CharField(_("人才层次"), max_length=4, blank=True)
    status = models.CharField(_("状态"), max_length=16, choices=Status, default=Status.DRAFT)
    public_step = models.CharField(_("公开环节"), max_length=40, blank=True)
    step = models.CharField(_("内部环节"), max_length=40, blank=True)
    waiting_on = models.CharField(_("当前责任方"), max_length=120, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    due_on = models.DateField(_("法定期限"), null=True, blank=True)
    promise_due_on = models.DateField(_("承诺期限"), null=True, blank=True)
    paused = models.BooleanField(_("时限暂停"), default=False)
    no_publicity = models.BooleanField(_("不公示"), default=False)
    query_code = models.CharField(_("查询码"), max_length=12)
    submission_key = models.UUIDField(
        _("提交键"), null=True, blank=True, unique=True, help_text=_("防止同一表单重复提交")
    )
    sealed_events = models.PositiveIntegerField(_("事件数"), default=0, editable=False)
    last_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("办件")
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=["policy", "status", "-id"], name="case_by_status"),
            models.Index(fields=["status", "-id"], name="case_by_state"),
            models.Index(fields=["step", "-id"], name="case_by_step"),
            models.Index(fields=["level_code", "-id"], name="case_by_level"),
            models.Index(fields=["region", "-id"], name="case_by_region"),
            models.Index(fields=["employer", "-id"], name="case_by_employer"),
            models.Index(fields=["applicant", "-id"], name="case_by_applicant"),
            models.Index(fields=["promise_due_on"], name="case_by_promise_due"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(status__in=("completed", "not_accepted", "refused", "withdrawn", "lapsed", "stopped")),
                name="closed_case_has_ended",
                violation_error_message=_("办件尚未结束，不能记录办结时间。"),
            ),
            models.CheckConstraint(
                condition=Q(status__in=("draft", "recommended", "withdrawn", "stopped"))
                | Q(submitted_at__isnull=False),
                name="case_beyond_draft_was_submitted",
                violation_error_message=_("办件尚未提交，不能进入办理。"),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @classmethod
    def kinds(cls) -> list[str]:
        """The names under which a case reaches its policy's own row; for `select_related` before `specific`."""
        return [one.get_accessor_name() for one in cls._meta.related_objects if one.parent_link]

    def specific(self) -> "Case":
        """This case as its policy's own class (multi-table child)."""
        for name in Case.kinds() if type(self) is Case else ():
            found = getattr(self, name, None)
            if found is not None:
                # What was read together with this row need not be read again.
                return found.know(self)
        return self

    def know(self, other: "Case") -> "Case":
        """Take over what `other`, an earlier reading of this case, has read of related rows that are still the same."""
        for field in self._meta.concrete_fields:
            read = other._state.fields_cache.get(field.name) if field.is_relation else None
            if read is not None and getattr(self, field.attname) == getattr(other, field.attname, None):
                self._state.fields_cache.setdefault(field.name, read)
        return self

    @property
    def ended(self) -> bool:
        return self.status in self.ENDED

    def includes(self, profile: TalentProfile) -> bool:
        """Whether the case is about this person; a policy may have others beside the applicant."""
        return self.applicant_id == profile.pk

    @property
    def applicant_masked(self) -> str:
        return identifiers.mask("name", self.applicant.name)

    def organisation_in(self, capacity: roles.Capacity) -> Organisation | None:
        """The organisation that stands to this case in `capacity`; None when nobody does yet."""
        named = {
            roles.Capacity.INTAKE: "intake_organisation",
            roles.Capacity.LEAD: "lead_organisation",
            roles.Capacity.DECIDING: "deciding_organisation",
            roles.Capacity.EMPLOYER: "employer",
            roles.Capacity.RECOMMENDER: "recommender",
        }
        if capacity in named:
            return getattr(self, named[capacity])
        party = self.parties.filter(capacity=capacity).select_related("organisation").order_by("pk").first()
        return party.organisation if party else None


class CaseParty(models.Model):
    """An organisation takes part in a case in one capacity."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="parties", verbose_name=_("办件"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    capacity = models.CharField(_("身份"), max_length=16, choices=CAPACITY_CHOICES)

    class Meta:
        verbose_name = verbose_name_plural = _("办件参与单位")
        constraints = (
            models.UniqueConstraint(
                fields=["case", "organisation", "capacity"], name="one_party_per_capacity"
            ),
        )
        indexes = (models.Index(fields=["organisation", "capacity", "case"], name="party_by_organisation"),)

    def __str__(self) -> str:
        return f"{self.organisation}（{self.get_capacity_display()}）"


class CaseEvent(models.Model):
    """What happened, in the past tense. Append-only: a trigger refuses change and deletion.

    `public_text` is what the applicant reads; `internal_text` never leaves the desk. `hash` covers the
    previous event of the same case.
    """

    class ClockEffect(models.TextChoices):
        NONE = "", _("无")
        START = "start", _("起算")
        PAUSE = "pause", _("暂停")
        RESUME = "resume", _("恢复")
        EXTEND = "extend", _("延长")
        STOP = "stop", _("办结")

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name=_("办件"))
    seq = models.PositiveIntegerField(_("序号"))
    kind = models.SlugField(_("事件"), max_length=40)
    title = models.CharField(_("标题"), max_length=80)
    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("操作人"))
    role = models.CharField(_("岗位"), max_length=40, blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    on_behalf_of = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("被代理人")
    )
    step = models.CharField(_("环节"), max_length=40, blank=True)
    public = models.BooleanField(_("申请人可见"), default=True)
    public_text = models.TextField(_("公开说明"), blank=True)
    internal_text = models.TextField(_("内部意见"), blank=True)
    clock = models.CharField(
        _("时限作用"), max_length=8, choices=ClockEffect, default=ClockEffect.NONE, blank=True
    )
    clock_day = models.DateField(_("计时日"), null=True)
    clock_days = models.PositiveSmallIntegerField(_("延长天数"), default=0)
    figures = models.JSONField(_("当时的数据"), default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = _("办件事件")
        ordering = ("case_id", "seq")
        constraints = (models.UniqueConstraint(fields=["case", "seq"], name="one_event_per_place"),)

    def __str__(self) -> str:
        return f"{self.case} {self.title}"

    def computed_hash(self) -> str:
        """SHA-256 over the previous hash and every stored fact of this event."""
        facts = [
            self.previous_hash,
            self.case_id,
            self.seq,
            self.kind,
            self.title,
            self.at.isoformat(timespec="microseconds"),
            self.actor_id,
            self.role,
            self.organisation_id,
            self.on_behalf_of_id,
            self.step,
            self.public,
            self.public_text,
            self.internal_text,
            self.clock,
            self.clock_day.isoformat() if self.clock_day else None,
            self.clock_days,
            self.figures,
        ]
        return hashlib.sha256(
            json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()

    @property
    def by(self) -> str:
        """Who acted, both names when somebody stood in: 「张三（代 李四）」."""
        if not self.actor_id:
            return str(_("系统"))
        if self.on_behalf_of_id:
            return _("%(deputy)s（代 %(principal)s）") % {
                "deputy": self.actor,
                "principal": self.on_behalf_of,
            }
        return str(self.actor)

    @property
    def role_title(self) -> str:
        role = roles.BY_CODENAME.get(self.role)
        return role.title if role else ""


class DossierSection(models.Model):
    """One part of a dossier: saved at any time, complete when its form says so."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="sections", verbose_name=_("办件"))
    code = models.SlugField(_("部分"), max_length=30)
    complete = models.BooleanField(_("已完成"), default=False)
    saved_at = models.DateTimeField(_("保存时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("申报书部分")
        constraints = (models.UniqueConstraint(fields=["case", "code"], name="one_section_per_code"),)

    def __str__(self) -> str:
        return f"{self.case} {self.code}"


class Urge(models.Model):
    """催办 by the applicant or employer, 督办 by a supervisor: addressed to the holder, answered on the case."""

    class Kind(models.TextChoices):
        URGE = "urge", _("催办")
        SUPERVISE = "supervise", _("督办")

    case = models.ForeignKey(Case, models.PROTECT, related_name="urges", verbose_name=_("办件"))
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    step = models.CharField(_("环节"), max_length=40, blank=True)
    note = models.TextField(_("内容"), max_length=500)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    made_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    reply = models.TextField(_("答复"), max_length=500, blank=True)
    replied_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("答复人")
    )
    replied_at = models.DateTimeField(_("答复时间"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("催办督办")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.case}"


class SavedPhrase(models.Model):
    """A stock phrase (常用意见) of an organisation's step."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("单位")
    )
    step = models.SlugField(_("环节"), max_length=40, blank=True)
    outcome = models.SlugField(_("结果"), max_length=20, blank=True)
    text = models.CharField(_("内容"), max_length=200)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("常用意见")
        ordering = ("order", "pk")

    def __str__(self) -> str:
        return self.text
