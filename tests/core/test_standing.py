"""Asked at the moment of acting: four eyes, 回避, and in which post somebody stands to a case."""

import itertools
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from talent.core import roles
from talent.core.models import (
    Appointment,
    AuditEntry,
    Case,
    CaseEvent,
    CaseParty,
    Deputy,
    Employment,
    Organisation,
    PolicyEdition,
    Region,
    TalentProfile,
    User,
)
from talent.core.services import appointments, audit, people
from talent.core.services.errors import ActRefused, NotAllowed
from tests.append_only import without_triggers

pytestmark = pytest.mark.database
KINDS = ("drafted",)
NUMBERS = itertools.count(1)


class World:
    """One case between an employer and a bureau, with its people."""

    def __init__(self) -> None:
        self.today = timezone.localdate()
        region = Region.objects.create(code="t370800", name="示例市", kind=Region.Kind.CITY)
        self.bureau = self.body("示例局", Organisation.Kind.BUREAU, region)
        self.employer = self.body("示例公司", Organisation.Kind.EMPLOYER, region)
        self.applicant = self.account("申请人")
        self.profile = TalentProfile.objects.create(user=self.applicant, name="申请人")
        edition = PolicyEdition.objects.create(
            policy="green_channel",
            code="t",
            title="直通车",
            document_no="示例",
            effective_from=date(2025, 1, 1),
            data={},
            digest="",
            source_file="t",
        )
        self.case = Case.objects.create(
            number="Z-0001",
            policy="green_channel",
            edition=edition,
            title="直通车",
            applicant=self.profile,
            employer=self.employer,
            intake_organisation=self.bureau,
            region=region,
            status=Case.Status.SUBMITTED,
            submitted_at=timezone.now(),
            created_by=self.applicant,
            query_code="ABCDEFGH",
        )
        for organisation, capacity in (
            (self.bureau, roles.Capacity.INTAKE),
            (self.employer, roles.Capacity.EMPLOYER),
        ):
            CaseParty.objects.create(case=self.case, organisation=organisation, capacity=capacity)
        self.officer = self.holding(roles.INTAKE)

    def body(self, name, kind, region) -> Organisation:
        return Organisation.objects.create(code=f"t{next(NUMBERS)}", name=name, kind=kind, region=region)

    def account(self, name="人员") -> User:
        return User.objects.create(username=f"u{next(NUMBERS)}", name=name)

    def holding(self, role: roles.Role, organisation=None) -> User:
        user = self.account(role.title)
        self.appoint(user, role, organisation)
        return user

    def appoint(self, user, role, organisation=None) -> Appointment:
        return Appointment.objects.create(
            user=user, role=role.codename, organisation=organisation or self.bureau, starts_on=self.today
        )

    def event(self, kind: str, actor: User, **facts) -> CaseEvent:
        """An event as `services.cases.record` writes it, with its audit row."""
        case = self.case
        event = CaseEvent(
            case=case,
            seq=case.sealed_events + 1,
            kind=kind,
            title="拟定决定",
            at=timezone.now(),
            actor=actor,
            previous_hash=case.last_hash,
            **facts,
        )
        event.hash = event.computed_hash()
        event.save(force_insert=True)
        case.sealed_events, case.last_hash = event.seq, event.hash
        case.save(update_fields=["sealed_events", "last_hash"])
        audit.record(
            kind, actor=actor, subject=case.number, detail={"event": event.seq, "event_hash": event.hash}
        )
        return event

    def refused(self, user: User, *kinds: str) -> str:
        return appointments.refusal(user, roles.INTAKE, self.bureau, self.case, separated_from=kinds)


@pytest.fixture
def world(db):
    return World()


def test_the_holder_of_the_post_may_act_and_nobody_else(world):
    assert world.refused(world.officer) == ""
    assert "没有" in world.refused(world.account())
    assert "没有" in world.refused(world.holding(roles.CHECKER))


def test_a_case_without_the_organisation_says_what_is_missing(world):
    sentence = appointments.refusal(world.officer, roles.CHECKER, None, world.case)
    assert "尚未确定牵头部门" in sentence


def test_excluding_posts_are_named_when_they_are_the_reason(world):
    world.appoint(world.officer, roles.AUDITOR)
    sentence = world.refused(world.officer)
    assert "受理人员" in sentence
    assert "审计人员" in sentence


class TestFourEyes:
    def test_the_drafter_does_not_decide_and_the_colleague_does(self, world):
        world.event("drafted", world.officer)
        colleague = world.holding(roles.INTAKE)
        assert "同一人不能" in world.refused(world.officer, *KINDS)
        assert world.refused(colleague, *KINDS) == ""

    def test_without_the_separation_the_drafter_would_pass(self, world):
        world.event("drafted", world.officer)
        assert world.refused(world.officer) == ""

    def test_what_the_deputy_drafted_binds_the_principal(self, world):
        deputy = world.holding(roles.CHECKER)
        world.event("drafted", deputy, on_behalf_of=world.officer)
        assert "同一人不能" in world.refused(world.officer, *KINDS)

    def test_what_the_principal_drafted_binds_the_deputy(self, world):
        deputy = world.holding(roles.CHECKER)
        Deputy.objects.create(
            appointment=Appointment.objects.get(user=world.officer),
            deputy=deputy,
            starts_on=world.today,
            ends_on=world.today,
            reason="出差",
            named_by=world.officer,
        )
        assert world.refused(deputy, *KINDS) == ""
        world.event("drafted", world.officer)
        assert "您代理的人员" in world.refused(deputy, *KINDS)


class TestRecusal:
    def test_the_applicant_does_not_handle_his_own_case(self, world):
        world.appoint(world.applicant, roles.INTAKE)
        assert "应当回避" in world.refused(world.applicant)
        TalentProfile.objects.filter(pk=world.profile.pk).update(user=None)
        case = Case.objects.get(pk=world.case.pk)
        assert appointments.refusal(world.applicant, roles.INTAKE, world.bureau, case) == ""

    def test_who_works_for_the_employer_keeps_away_until_he_left(self, world):
        own = TalentProfile.objects.create(user=world.officer, name="受理员")
        post = Employment.objects.create(
            profile=own, organisation=world.employer, employer_name="示例公司", started_on=date(2020, 1, 1)
        )
        assert "用人单位任职" in world.refused(world.officer)
        Employment.objects.filter(pk=post.pk).update(ended_on=world.today - timedelta(days=1))
        assert world.refused(world.officer) == ""

    def test_the_employers_own_hr_is_not_recused(self, world):
        hr = world.holding(roles.HR, world.employer)
        own = TalentProfile.objects.create(user=hr, name="人事")
        Employment.objects.create(
            profile=own, organisation=world.employer, employer_name="示例公司", started_on=date(2020, 1, 1)
        )
        assert appointments.refusal(hr, roles.HR, world.employer, world.case) == ""


class TestStandingOnACase:
    def test_the_organisation_must_take_part_in_the_capacity_of_the_post(self, world):
        checker = world.holding(roles.CHECKER)
        assert appointments.standing_on(checker, world.case, roles.Act.CHECK) is None
        CaseParty.objects.create(case=world.case, organisation=world.bureau, capacity=roles.Capacity.LEAD)
        assert appointments.standing_on(checker, world.case, roles.Act.CHECK).organisation == world.bureau

    def test_the_post_must_allow_the_act(self, world):
        assert appointments.standing_on(world.officer, world.case, roles.Act.ACCEPT)
        assert appointments.standing_on(world.officer, world.case, roles.Act.DECIDE) is None


class TestReveal:
    @pytest.fixture
    def profile(self, world):
        world.profile.mobile = "13800000000"
        world.profile.save()
        return TalentProfile.objects.get(pk=world.profile.pk)

    def test_an_officer_of_the_case_sees_the_number_and_is_recorded(self, world, profile):
        shown = people.reveal(profile, "mobile", actor=world.officer, reason="电话核实", case=world.case)
        assert shown == "13800000000"
        entry = AuditEntry.objects.get(action="revealed")
        assert entry.subject == world.case.number
        assert (entry.actor_id_value, entry.detail["field"], entry.detail["reason"]) == (
            world.officer.pk,
            "mobile",
            "电话核实",
        )
        assert "13800000000" not in str(entry.detail)

    def test_the_person_sees_the_own_number(self, world, profile):
        assert people.reveal(profile, "mobile", actor=world.applicant, reason="本人查看") == "13800000000"

    @pytest.mark.parametrize("role", [roles.DECIDER, roles.BUREAU_HEAD, roles.AUDITOR])
    def test_a_post_without_the_act_sees_nothing(self, world, profile, role):
        user = world.holding(role)
        CaseParty.objects.get_or_create(case=world.case, organisation=world.bureau, capacity=role.of)
        with pytest.raises(NotAllowed):
            people.reveal(profile, "mobile", actor=user, reason="想看一下", case=world.case)
        assert not AuditEntry.objects.filter(action="revealed").exists()

    def test_another_persons_case_opens_nothing(self, world):
        stranger = TalentProfile.objects.create(name="他人", mobile="13900000000")
        with pytest.raises(NotAllowed):
            people.reveal(stranger, "mobile", actor=world.officer, reason="电话核实", case=world.case)
        with pytest.raises(NotAllowed):
            people.reveal(stranger, "mobile", actor=world.officer, reason="电话核实")

    @pytest.mark.parametrize(
        ("field", "reason"),
        [("mobile", "看"), ("mobile", "核对13800000000"), ("name", "电话核实"), ("pk", "电话核实")],
    )
    def test_a_poor_reason_or_an_open_field_is_refused(self, world, profile, field, reason):
        with pytest.raises(ActRefused):
            people.reveal(profile, field, actor=world.officer, reason=reason, case=world.case)

    def test_no_record_no_number(self, world, profile):
        with without_triggers(transaction.get_connection()):
            transaction.get_connection().cursor().execute("DELETE FROM core_audithead")
        audit.AuditEntry.objects.create(seq=999, at=timezone.now(), action="x", previous_hash="", hash="")
        with pytest.raises(audit.BrokenHead):
            people.reveal(profile, "mobile", actor=world.officer, reason="电话核实", case=world.case)


class TestCaseChain:
    @pytest.fixture
    def told(self, world):
        for _event in range(4):
            world.event("noted", world.officer)
        return world

    def tampered(self, sql: str, *values):
        with without_triggers(transaction.get_connection()):
            transaction.get_connection().cursor().execute(sql, values)
        return audit.verify_cases()

    def test_untouched_events_are_whole(self, told):
        found = audit.verify_cases()
        assert (found.ok, found.checked) == (True, 4)

    @pytest.mark.parametrize(
        ("sql", "broken"),
        [
            ("UPDATE core_caseevent SET internal_text = 'x' WHERE seq = 2", 2),
            ("DELETE FROM core_caseevent WHERE seq = 3", 3),
            ("DELETE FROM core_caseevent WHERE seq = 4", 4),
            ("DELETE FROM core_caseevent", 1),
            ("UPDATE core_case SET last_hash = 'f'", 4),
        ],
    )
    def test_a_changed_or_missing_event_is_named_with_its_case(self, told, sql, broken):
        found = self.tampered(sql)
        assert (found.ok, found.where, found.first_broken_seq) == (False, "Z-0001", broken)

    def test_a_case_rewritten_with_its_row_differs_from_the_audit_chain(self, told):
        with without_triggers(transaction.get_connection()):
            event = CaseEvent.objects.get(seq=4)
            event.internal_text = "改写"
            event.hash = event.computed_hash()
            event.save()
            Case.objects.update(last_hash=event.hash)
        found = audit.verify_cases()
        assert (found.ok, found.first_broken_seq) == (False, 4)
