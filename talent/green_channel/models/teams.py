"""Core members of a recognised team, each by own consent; joining and leaving are acts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from talent.core.models import User


class Membership(models.Model):
    """One core member's own answer to the invitation, and when he left.

    The person named in the dossier (`member`) answers from an account of his own.
    """

    class State(models.TextChoices):
        INVITED = "invited", _("待本人确认")
        JOINED = "joined", _("在团队")
        DECLINED = "declined", _("本人不同意")
        LEFT = "left", _("已离开")

    member = models.OneToOneField(
        "green_channel.TeamMember", models.PROTECT, related_name="membership", verbose_name=_("成员")
    )
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("账号"))
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.INVITED)
    invited_at = models.DateTimeField(_("邀请时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True)
    left_at = models.DateTimeField(_("离开时间"), null=True)
    reason = models.CharField(_("离开原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("团队成员确认")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state="invited") | (Q(user__isnull=False) & Q(answered_at__isnull=False)),
                name="answered_membership_has_its_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="left") | (Q(left_at__isnull=False) & ~Q(reason="")),
                name="left_membership_states_its_reason",
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return str(self.member)
