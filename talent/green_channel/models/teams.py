"""Teams of the 直通车 (济政发〔2025〕8号 item 7): the applicant leads, each core member is a person of its own.

A member's dossier is the person's profile, the declaration and files here, and consents of the member's own.
"""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talent.core.crypto import SealedField
from talent.core.models import DocumentVersion, TalentProfile, User

from .agreements import Agreement
from .cases import GreenChannelCase


class TeamMemberQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "TeamMemberQuerySet":
        """The places in teams that `user` holds himself: a member reads the own part, and nobody else's."""
        return self.filter(profile__user=user) if user.is_authenticated else self.none()

    def current(self) -> "TeamMemberQuerySet":
        """Who is in the team now."""
        return self.filter(state=TeamMember.State.CONFIRMED)

    def agreed(self) -> "TeamMemberQuerySet":
        """Who is in the team once every change that was approved has taken effect; for the text of an agreement."""
        leaves, joins = (
            TeamChange.objects.approved().filter(member=OuterRef("pk"), kind=kind)
            for kind in (TeamChange.Kind.LEAVE, TeamChange.Kind.JOIN)
        )
        return self.filter(
            Q(state=TeamMember.State.CONFIRMED) & ~Exists(leaves)
            | Q(state=TeamMember.State.JOINING) & Exists(joins)
        )


class TeamMember(models.Model):
    """A core member next to the leader. `id_number` is the one under which the member confirmed the own part."""

    class State(models.TextChoices):
        NAMED = "named", _("待本人确认")
        CONFIRMED = "confirmed", _("已确认")
        DECLINED = "declined", _("未同意加入")
        JOINING = "joining", _("申请加入")
        LEFT = "left", _("已退出")

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    case = models.ForeignKey(GreenChannelCase, models.PROTECT, related_name="members", verbose_name=_("办件"))
    profile = models.ForeignKey(
        TalentProfile, models.PROTECT, null=True, related_name="team_places", verbose_name=_("人才档案")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.NAMED)
    # what the leader or recommender says of the member
    name = models.CharField(_("姓名"), max_length=80)
    employer_name = models.CharField(_("现工作单位"), max_length=120, blank=True)
    duty = models.CharField(_("承担任务"), max_length=200, blank=True)
    # what the member says
    id_kind = models.CharField(_("证件类型"), max_length=24, default="resident_id")
    id_number = SealedField(_("证件号码"), mask="identity", blank=True)
    former_employer_settled = models.BooleanField(_("与原单位关系已处理"), default=False)
    non_compete_free = models.BooleanField(_("无竞业限制"), default=False)
    ip_undisputed = models.BooleanField(_("知识产权无争议"), default=False)
    declaration_note = models.TextField(_("需要说明的情况"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    answer_note = models.CharField(_("答复说明"), max_length=300, blank=True)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("团队成员")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["case", "profile"],
                condition=Q(state__in=("named", "confirmed", "joining")),
                name="one_place_per_person_in_a_team",
                violation_error_message=_("此人已在团队中。"),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "joining", "left"))
                | (Q(profile__isnull=False) & Q(answered_at__isnull=False)),
                name="member_has_confirmed_in_person",
                violation_error_message=_("核心成员只能由本人确认。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class MemberFile(models.Model):
    """A material of the member's own; the code is one of the edition's, the file lies with the person."""

    member = models.ForeignKey(TeamMember, models.CASCADE, related_name="files", verbose_name=_("团队成员"))
    code = models.CharField(_("编号"), max_length=20)
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+", verbose_name=_("材料"))

    class Meta:
        verbose_name = verbose_name_plural = _("成员材料")
        ordering = ("member_id", "code")
        constraints = (
            models.UniqueConstraint(fields=["member", "code"], name="one_member_file_per_material"),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.code}"


class TeamChangeQuerySet(models.QuerySet):
    def approved(self) -> "TeamChangeQuerySet":
        """Approved, and waiting for the amended agreement to take effect."""
        return self.filter(state=TeamChange.State.APPROVED, effective_at__isnull=True)

    def unsettled(self) -> "TeamChangeQuerySet":
        """What somebody still has to answer."""
        return self.filter(state__in=TeamChange.WAITING)


class TeamChange(models.Model):
    """A member joins or leaves after the submission: the leader asks, the member confirms, the bureau approves.

    With an agreement in force it takes effect with the amended version that everybody has signed, else at once.
    """

    class Kind(models.TextChoices):
        JOIN = "join", _("加入")
        LEAVE = "leave", _("退出")

    class State(models.TextChoices):
        ASKED = "asked", _("待成员确认")
        CONFIRMED = "confirmed", _("待审核")
        APPROVED = "approved", _("已同意")
        REFUSED = "refused", _("未同意")
        CANCELLED = "cancelled", _("已取消")

    WAITING = (State.ASKED, State.CONFIRMED)

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    case = models.ForeignKey(
        GreenChannelCase, models.PROTECT, related_name="team_changes", verbose_name=_("办件")
    )
    member = models.ForeignKey(TeamMember, models.PROTECT, related_name="changes", verbose_name=_("团队成员"))
    kind = models.CharField(_("变动"), max_length=6, choices=Kind)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.ASKED)
    reason = models.CharField(_("变动原因"), max_length=300)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    asked_at = models.DateTimeField(_("提出时间"), default=timezone.now)
    confirmed_at = models.DateTimeField(_("成员确认时间"), null=True)
    opinion = models.CharField(_("审核意见"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True)
    agreement = models.ForeignKey(
        Agreement, models.PROTECT, null=True, related_name="team_changes", verbose_name=_("修订协议")
    )
    effective_at = models.DateTimeField(_("生效时间"), null=True)

    objects = TeamChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("成员变动")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["member"], condition=Q(state__in=("asked", "confirmed")), name="one_waiting_change_per_member"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "approved", "refused")) | Q(confirmed_at__isnull=False),
                name="team_change_is_confirmed_by_its_member",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "refused")) | (Q(decided_by__isnull=False) & ~Q(opinion="")),
                name="decided_team_change_states_the_opinion",
            ),
            models.CheckConstraint(
                condition=Q(effective_at__isnull=True) | Q(state="approved"), name="only_approved_change_takes_effect"
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"{self.member} {self.get_kind_display()}"
