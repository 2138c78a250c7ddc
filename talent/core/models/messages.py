"""Messages to the applicant and notes among officers: different objects on purpose."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .cases import Case
from .organisations import Organisation
from .people import User


class Message(models.Model):
    """What the platform told a person; the in-app copy is always kept. Never holds personal data."""

    row_key = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    recipient = models.ForeignKey(User, models.PROTECT, related_name="messages", verbose_name=_("收件人"))
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("办件")
    )
    kind = models.SlugField(_("类别"), max_length=40)
    subject = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("内容"))
    sent_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("发件人"))
    made_at = models.DateTimeField(_("时间"), default=timezone.now)
    read_at = models.DateTimeField(_("阅读时间"), null=True)
    key = models.CharField(_("去重键"), max_length=120, null=True, unique=True, editable=False)  # noqa: DJ001 unique: many NULLs

    class Meta:
        verbose_name = verbose_name_plural = _("消息")
        ordering = ("-made_at", "-pk")
        indexes = (models.Index(fields=["recipient", "read_at", "-id"], name="message_by_recipient"),)

    def __str__(self) -> str:
        return self.subject


class Delivery(models.Model):
    """The outbox: one try to bring a message out by a channel, with its state on the case."""

    class Channel(models.TextChoices):
        EMAIL = "email", _("电子邮件")

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries", verbose_name=_("消息"))
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel, default=Channel.EMAIL)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    last_error = models.CharField(_("失败原因"), max_length=120, blank=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("送达")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.message} {self.get_state_display()}"


class InternalNote(models.Model):
    """A note among officers of the case. Never shown to applicant or employer."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="notes", verbose_name=_("办件"))
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("留言人"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    text = models.TextField(_("内部留言"), max_length=1000)
    made_at = models.DateTimeField(_("时间"), default=timezone.now)

    class Meta:
        verbose_name = verbose_name_plural = _("内部留言")
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"{self.case} {self.author}"


class NotificationPreference(models.Model):
    """Whether a person also wants e-mail; in-app copies are always kept."""

    user = models.OneToOneField(
        User, models.PROTECT, related_name="notification_preference", verbose_name=_("账号")
    )
    email = models.BooleanField(_("同时发送电子邮件"), default=True)
    reminders = models.BooleanField(_("发送到期提醒"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("通知偏好")

    def __str__(self) -> str:
        return str(self.user)
