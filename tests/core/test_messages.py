"""People are told once, in the application always and by e-mail when they want; officers' notes stay theirs."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    Appointment,
    Case,
    CaseEvent,
    CaseParty,
    Delivery,
    InternalNote,
    Message,
    NotificationPreference,
    Organisation,
    PolicyEdition,
    Region,
    TalentProfile,
    User,
)
from talent.core.services import messages
from talent.core.services.errors import ActRefused, NotAllowed

BROKEN = f"{__name__}.BrokenServer"
State = Delivery.State


class BrokenServer(BaseEmailBackend):
    """A mail server that repeats the address in its complaint, as they do."""

    def send_messages(self, email_messages):
        raise OSError(f"no such user {email_messages[0].to}")


class SlowServer(BaseEmailBackend):
    """While it sends, the next tick comes round."""

    def send_messages(self, email_messages):
        messages.deliver_waiting()
        mail.outbox.extend(email_messages)
        return len(email_messages)


@pytest.fixture
def talent(db):
    return User.objects.create(username="n-talent", name="申请人", email="talent@example.org")


@pytest.fixture
def case(talent):
    region = Region.objects.create(code="n370800", name="示例市", kind=Region.Kind.CITY)
    bureau = Organisation.objects.create(
        code="nb", name="示例局", kind=Organisation.Kind.BUREAU, region=region
    )
    edition = PolicyEdition.objects.create(
        policy="green_channel",
        code="n",
        title="直通车",
        document_no="示例",
        effective_from=date(2025, 1, 1),
        data={},
        digest="",
        source_file="n",
    )
    case = Case.objects.create(
        number="N-0001",
        policy="green_channel",
        edition=edition,
        title="直通车",
        applicant=TalentProfile.objects.create(user=talent, name="申请人"),
        intake_organisation=bureau,
        region=region,
        status=Case.Status.SUBMITTED,
        submitted_at=timezone.now(),
        created_by=talent,
        query_code="ABCDEFGH",
    )
    CaseParty.objects.create(case=case, organisation=bureau, capacity=roles.Capacity.INTAKE)
    return case


@pytest.fixture
def officer(case):
    user = User.objects.create(username="n-officer", name="受理人员")
    Appointment.objects.create(
        user=user,
        role=roles.INTAKE.codename,
        organisation=case.intake_organisation,
        starts_on=timezone.localdate(),
    )
    return user


def tell(user, **given) -> Message:
    return messages.tell(user, **{"kind": "accepted", "subject": "申报已受理", "body": "已受理。", **given})


def age(**span) -> None:
    Delivery.objects.update(updated_at=timezone.now() - timedelta(**span))


def test_a_message_is_kept_and_mailed_after_commit_only(talent, case, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as waiting:
        message = tell(talent, case=case)
        assert mail.outbox == [], "nothing leaves before the act is certain"
    assert message.deliveries.get().state == State.WAITING
    for send in waiting:
        send()
    assert len(mail.outbox) == 1
    assert message.deliveries.get().state == State.SENT
    assert messages.deliver_waiting() == 0
    assert len(mail.outbox) == 1


def test_an_act_that_fails_tells_nobody(talent):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(talent)
        raise ZeroDivisionError
    assert not Message.objects.exists()
    assert not Delivery.objects.exists()


def test_a_mail_says_what_and_where_and_nothing_about_the_person(talent, case):
    tell(
        talent,
        case=case,
        subject="申报已受理\r\nBcc: a@example.org",
        body="申请人的项目获得支持，联系人王某。",
    )
    assert messages.deliver_waiting() == 1
    sent = mail.outbox[0]
    assert "\n" not in sent.subject
    assert sent.recipients() == ["talent@example.org"]
    assert "N-0001" in sent.body
    assert "http" in sent.body
    for private in ("王某", talent.name, "项目"):
        assert private not in sent.body + sent.subject


def test_a_person_who_wants_no_mail_still_has_the_message(talent):
    NotificationPreference.objects.create(user=talent, email=False)
    assert tell(talent).pk
    for user in (
        User.objects.create(username="n-none", name="无邮箱"),
        User.objects.create(username="n-off", name="停用", email="off@example.org", is_active=False),
    ):
        assert tell(user).pk
    assert Message.objects.count() == 3
    assert not Delivery.objects.exists()


def test_reminders_can_be_declined_apart(talent):
    NotificationPreference.objects.create(user=talent, reminders=False)
    assert not tell(talent, kind="supplement_reminder").deliveries.exists()
    assert tell(talent, kind="supplement_requested").deliveries.exists()


def test_one_key_is_one_message(talent):
    first = tell(talent, key="supplement:1:1")
    assert tell(talent, key="supplement:1:1", subject="别的") == first
    assert tell(talent, key="supplement:1:2") != first
    assert Delivery.objects.count() == 2
    with pytest.raises(ValueError, match="key"):
        tell(talent, key="k" * 121)


def test_a_key_written_meanwhile_by_another_is_not_written_twice(talent, monkeypatch):
    first = tell(talent, key="same")
    find = Message.objects.filter
    monkeypatch.setattr(
        Message.objects, "filter", lambda **given: find(pk=0) if "key" in given else find(**given)
    )
    assert tell(talent, key="same") == first
    assert Message.objects.count() == 1


@pytest.mark.parametrize("number", ["370811191001010013", "13800000000"])
def test_a_number_of_a_person_enters_neither_message_nor_note(talent, case, officer, number):
    with pytest.raises(ActRefused, match="证件号码"):
        tell(talent, body=f"您的号码是{number}。")
    with pytest.raises(ActRefused, match="证件号码"):
        messages.note(case, f"电话{number}", actor=officer, organisation=case.intake_organisation)
    assert not Message.objects.exists()
    assert not InternalNote.objects.exists()


def test_a_delivery_is_tried_five_times_and_then_given_up_without_the_address(talent, settings):
    settings.EMAIL_BACKEND = BROKEN
    delivery = tell(talent).deliveries.get()
    for attempt in range(1, 6):
        assert messages.deliver_waiting() == 0
        delivery.refresh_from_db()
        assert delivery.attempts == attempt
        assert messages.deliver_waiting() == 0
        delivery.refresh_from_db()
        assert delivery.attempts == attempt, "not again at once"
        age(hours=1)
    assert delivery.state == State.FAILED
    assert delivery.last_error == "OSError"
    messages.deliver_waiting()
    delivery.refresh_from_db()
    assert delivery.attempts == 5


def test_a_delivery_that_failed_goes_out_when_the_server_is_back(talent, settings):
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, BROKEN
    message = tell(talent)
    messages.deliver_waiting()
    settings.EMAIL_BACKEND = working
    age(hours=1)
    assert messages.deliver_waiting() == 1
    assert message.deliveries.get().last_error == ""


def test_two_ticks_send_once(talent, settings):
    settings.EMAIL_BACKEND = f"{__name__}.SlowServer"
    message = tell(talent)
    assert messages.deliver_waiting() == 1
    assert len(mail.outbox) == 1
    assert message.deliveries.get().attempts == 1


def test_without_the_lease_two_ticks_send_twice(talent, settings, monkeypatch):
    monkeypatch.setattr(messages, "LEASE", timedelta(0))
    settings.EMAIL_BACKEND = f"{__name__}.SlowServer"
    tell(talent)
    messages.deliver_waiting()
    assert len(mail.outbox) > 1


def test_a_sender_that_died_is_followed_by_another_and_given_up_at_last(talent):
    delivery = tell(talent).deliveries.get()
    Delivery.objects.update(attempts=1)
    assert messages.deliver_waiting() == 0, "the lease still runs"
    age(hours=1)
    assert messages.deliver_waiting() == 1
    Delivery.objects.update(state=State.WAITING, attempts=5)
    age(hours=1)
    assert messages.deliver_waiting() == 0
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED


def test_whoever_has_no_address_any_more_is_not_tried_again(talent):
    delivery = tell(talent).deliveries.get()
    User.objects.filter(pk=talent.pk).update(email="")
    assert messages.deliver_waiting() == 0
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.FAILED, "没有可用的邮箱")


def test_a_tick_sends_no_more_than_its_limit(talent):
    for _turn in range(3):
        tell(talent)
    assert messages.deliver_waiting(limit=2) == 2
    assert messages.deliver_waiting(limit=2) == 1


def test_only_the_recipient_marks_a_message_as_read(talent, officer):
    message = tell(talent)
    tell(talent)
    assert messages.unread_count(talent) == 2
    with pytest.raises(NotAllowed):
        messages.mark_read(message, reader=officer)
    read_at = messages.mark_read(message, reader=talent).read_at
    assert messages.mark_read(message, reader=talent).read_at == read_at
    assert messages.unread_count(talent) == 1
    assert messages.mark_all_read(talent) == 1
    assert messages.unread_count(talent) == 0


def test_the_badge_counts_no_further_than_99(talent):
    Message.objects.bulk_create(
        Message(recipient=talent, kind="a", subject="a", body="a") for _turn in range(130)
    )
    assert messages.unread_count(talent) == 99


def test_a_note_is_left_by_officers_of_the_case_and_is_no_message(case, officer, talent):
    note = messages.note(case, " 请核对学历 ", actor=officer, organisation=case.intake_organisation)
    assert note.text == "请核对学历"
    event = CaseEvent.objects.get(case=case, kind="noted")
    assert not event.public
    assert "学历" not in event.public_text + event.internal_text
    assert not Message.objects.exists()
    with pytest.raises(NotAllowed, match="岗位授权"):
        messages.note(case, "我来看看", actor=talent, organisation=case.intake_organisation)


def test_a_note_is_left_in_the_name_of_an_own_organisation(case, officer):
    other = Organisation.objects.create(
        code="no", name="别的局", kind=Organisation.Kind.BUREAU, region=case.region
    )
    with pytest.raises(NotAllowed, match="名义"):
        messages.note(case, "请核对", actor=officer, organisation=other)
    for text in ("  ", "长" * 1001):
        with pytest.raises(ActRefused):
            messages.note(case, text, actor=officer)
    assert messages.note(case, "请核对", actor=officer).organisation == case.intake_organisation
