"""Messages to people and notes among officers: different objects, so that one is never taken for the other.

The in-app copy is written with the act and always kept. E-mail is the outbox (`Delivery`): sent after commit,
retried by the tick, its state readable on the case. It carries no personal data: what it is about, the case
number, and where to log in.
"""

from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import (
    Case,
    Delivery,
    InternalNote,
    Message,
    NotificationPreference,
    Organisation,
    User,
)

from . import audit, cases
from .appointments import posts_of, standing_on
from .errors import ActRefused, NotAllowed

MOST_ATTEMPTS = 5
# A claimed delivery belongs to its sender this long; then the sender is taken for dead and it is tried again.
LEASE = timedelta(minutes=10)
MAIL_SECONDS = 10
BADGE_LIMIT = 99
LONGEST_NOTE = 1000
LONGEST_KEY = 120


@transaction.atomic
def tell(
    user: User,
    *,
    kind: str,
    subject: str,
    body: str,
    case: Case | None = None,
    sent_by: User | None = None,
    key: str | None = None,
) -> Message:
    """Tell `user` something: an in-app message now, an e-mail after commit when the person wants one.

    key: two messages with one key are the same message; the first is returned and nothing is sent again. Raises
    `ActRefused` when an identity or mobile number stands in the text, `ValueError` for a key that is too long.
    """
    subject, body = str(subject), str(body)
    if key is not None:
        if len(key) > LONGEST_KEY:
            raise ValueError("key")
        known = Message.objects.filter(key=key).first()
        if known is not None:
            return known
    if audit.contains_personal_data(f"{subject}\n{body}"):
        raise ActRefused(_("消息中不能写证件号码或手机号码，请改写后再发送。"), code="personal_data")
    message = Message(
        recipient=user,
        case_id=case.pk if case else None,
        kind=kind,
        subject=" ".join(subject.split())[:120],
        body=body,
        sent_by=sent_by,
        key=key,
    )
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        # Another tick wrote the same key between the look and the insert.
        if key is None:
            raise
        return Message.objects.get(key=key)
    if _wants_mail(user, kind):
        delivery = Delivery.objects.create(message=message)
        transaction.on_commit(partial(deliver, delivery.pk), robust=True)
    return message


def _wants_mail(user: User, kind: str) -> bool:
    if not user.email or not user.is_active:
        return False
    preference = NotificationPreference.objects.filter(user=user).first()
    if preference is None:
        return True
    return preference.email and (preference.reminders or not kind.endswith("reminder"))


def deliver(delivery_id: int) -> bool:
    """Try to send one waiting delivery; True when it went out now.

    Two callers send once: the conditional UPDATE lets one of them through.
    """
    now = timezone.now()
    due = Q(attempts=0) | Q(updated_at__lte=now - LEASE)
    waiting = Delivery.objects.filter(
        due, pk=delivery_id, state=Delivery.State.WAITING, attempts__lt=MOST_ATTEMPTS
    )
    claimed = waiting.update(attempts=F("attempts") + 1, updated_at=now)
    if not claimed:
        return False
    delivery = Delivery.objects.select_related("message__recipient", "message__case").get(pk=delivery_id)
    recipient = delivery.message.recipient
    if not recipient.email or not recipient.is_active:
        _settle(delivery, Delivery.State.FAILED, _("没有可用的邮箱"))
        return False
    try:
        _mail(delivery.message).send()
    except Exception as error:  # noqa: BLE001 whatever the mail server says, the act it reports has happened
        last = delivery.attempts >= MOST_ATTEMPTS
        # The class only: the server's words repeat the address.
        _settle(delivery, Delivery.State.FAILED if last else Delivery.State.WAITING, type(error).__name__)
        return False
    _settle(delivery, Delivery.State.SENT, "")
    return True


def _settle(delivery: Delivery, state: str, error: str) -> None:
    # Only by whoever holds this attempt: a sender that outlived its lease changes nothing any more.
    Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=Delivery.State.WAITING).update(
        state=state, last_error=str(error)[:120], updated_at=timezone.now()
    )


def _mail(message: Message) -> EmailMessage:
    lines = [message.subject]
    if message.case_id:
        lines.append(_("办件编号：%(number)s") % {"number": message.case.number})
    lines.append(_("请登录平台查看：%(address)s") % {"address": settings.SITE["address"]})
    lines.append(_("本邮件由系统发出，请勿回复。"))
    return EmailMessage(
        subject=f"【{settings.SITE['name']}】{message.subject}",
        body="\n\n".join(lines),
        to=[message.recipient.email],
        # The same identifier at every attempt: a mailbox that got it twice can see that.
        headers={"Message-ID": f"<{message.row_key}@{_host()}>"},
        connection=get_connection(timeout=getattr(settings, "EMAIL_TIMEOUT", None) or MAIL_SECONDS),
    )


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


def deliver_waiting(limit: int = 100) -> int:
    """Send what still waits, oldest first, at most `limit`; the tick's part. Returns how many went out.

    A delivery that failed five times is given up and says so; one that never began (the process died after commit)
    is taken up here.
    """
    due = Q(attempts=0) | Q(updated_at__lte=timezone.now() - LEASE)
    Delivery.objects.filter(due, state=Delivery.State.WAITING, attempts__gte=MOST_ATTEMPTS).update(
        state=Delivery.State.FAILED, updated_at=timezone.now()
    )
    waiting = (
        Delivery.objects.filter(due, state=Delivery.State.WAITING).order_by("pk").values_list("pk", flat=True)
    )
    return sum(deliver(pk) for pk in list(waiting[:limit]))


@transaction.atomic
def note(case: Case, text: str, *, actor: User, organisation: Organisation | None = None) -> InternalNote:
    """A note among the officers of `case`; neither applicant nor employer ever sees it.

    By somebody whose post may leave notes on the case, in the name of an own organisation. Raises `NotAllowed`, or
    `ActRefused` for an empty or too long text or one with a person's number in it.
    """
    post = standing_on(actor, case, roles.Act.NOTE)
    if post is None:
        raise NotAllowed(_("您没有在办件 %(number)s 中留言的岗位授权。") % {"number": case.number})
    organisation = organisation or post.organisation
    if not any(held.organisation.pk == organisation.pk for held in posts_of(actor)):
        raise NotAllowed(
            _("您不在“%(organisation)s”任职，不能以其名义留言。") % {"organisation": organisation}
        )
    text = text.strip()
    if not text:
        raise ActRefused(_("请填写留言内容。"), code="text")
    if len(text) > LONGEST_NOTE:
        raise ActRefused(_("内部留言不能超过%(limit)d个字，请精简。") % {"limit": LONGEST_NOTE}, code="text")
    if audit.contains_personal_data(text):
        raise ActRefused(_("内部留言中不能写证件号码或手机号码。"), code="personal_data")
    made = InternalNote.objects.create(case_id=case.pk, author=actor, organisation=organisation, text=text)
    cases.record(
        case,
        "noted",
        actor=actor,
        standing=post,
        title=_("内部留言"),
        public=False,
        figures={"note": made.pk},
    )
    return made


@transaction.atomic
def write(case: Case, body: str, *, actor: User) -> Message:
    """An officer writes to the applicant; that it was written stays on the case, the words in the message.

    By somebody whose post may leave notes on the case: whoever only audits addresses nobody. Raises `NotAllowed`,
    or `ActRefused` when the applicant has no account or a person's number stands in the text.
    """
    post = standing_on(actor, case, roles.Act.NOTE)
    if post is None:
        raise NotAllowed(_("您没有就办件 %(number)s 联系申请人的岗位授权。") % {"number": case.number})
    if case.applicant.user is None:
        raise ActRefused(_("申请人还没有开通账号，消息无法送达，请联系推荐单位。"))
    message = tell(
        case.applicant.user,
        kind="officer_message",
        subject=_("经办部门的消息"),
        body=body,
        case=case,
        sent_by=actor,
    )
    cases.record(
        case,
        "applicant_written_to",
        actor=actor,
        standing=post,
        title=_("发消息给申请人"),
        public=False,
        figures={"message": message.pk},
    )
    return message


def mark_read(message: Message, *, reader: User) -> Message:
    """The recipient has opened the message; the first time counts. Raises `NotAllowed` for anybody else."""
    if message.recipient_id != reader.pk:
        raise NotAllowed(_("这条消息不是发给您的。"))
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())
    message.refresh_from_db(fields=["read_at"])
    return message


def mark_all_read(user: User) -> int:
    """Mark every message of `user` as read; returns how many were not."""
    return Message.objects.filter(recipient=user, read_at__isnull=True).update(read_at=timezone.now())


def unread(user: User) -> QuerySet[Message]:
    """The messages `user` has not read."""
    return Message.objects.filter(recipient=user, read_at__isnull=True)


def unread_count(user: User) -> int:
    """How many messages `user` has not read, counted up to 99: the badge is asked on every page."""
    return unread(user).order_by()[:BADGE_LIMIT].count()
