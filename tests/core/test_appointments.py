"""Posts: granted by another's hand, ended at once, never combined into one person's power over a case."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from guardian.models import UserObjectPermission

from talent.core import roles
from talent.core.models import Appointment, AuditEntry, Deputy, Organisation, Region, User
from talent.core.services import appointments
from talent.core.services.errors import ActRefused, Conflict, NotAllowed

pytestmark = pytest.mark.database
DAY = timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def account(db):
    def made(name: str, **facts) -> User:
        return User.objects.create(username=name, name=name, **facts)

    return made


@pytest.fixture
def city(db):
    return Region.objects.create(code="t370800", name="示例市", kind=Region.Kind.CITY)


@pytest.fixture
def county(db):
    return Region.objects.create(code="t370811", name="示例区", kind=Region.Kind.COUNTY)


@pytest.fixture
def body(city):
    def made(code: str, region=city, kind=Organisation.Kind.BUREAU, **facts) -> Organisation:
        return Organisation.objects.create(code=code, name=code, kind=kind, region=region, **facts)

    return made


@pytest.fixture
def bureau(body):
    return body("bureau")


@pytest.fixture
def security(account, bureau):
    """A 安全管理员 of a city organisation, appointed by set-up."""
    admin = account("安全员")
    appointments.appoint(admin, roles.SECURITY_ADMIN, bureau, actor=None, reason="初始化")
    return admin


@pytest.fixture
def intake(account, bureau, security):
    officer = account("受理员")
    return appointments.appoint(officer, roles.INTAKE, bureau, actor=security, reason="分工")


def test_a_post_gives_standing_from_its_first_to_its_last_day(account, bureau, security, today):
    officer = account("张")
    appointments.appoint(
        officer,
        roles.CHECKER,
        bureau,
        actor=security,
        reason="分工",
        starts_on=today + DAY,
        ends_on=today + 3 * DAY,
    )
    held = [
        bool(appointments.standing(officer, roles.CHECKER, bureau, on=today + days * DAY))
        for days in range(5)
    ]
    assert held == [False, True, True, True, False]


def test_dismissal_acts_at_once(intake, bureau, security):
    assert appointments.standing(intake.user, roles.INTAKE, bureau)
    appointments.dismiss(intake, actor=security, reason="调离")
    assert appointments.standing(intake.user, roles.INTAKE, bureau) is None
    with pytest.raises(Conflict):
        appointments.dismiss(intake, actor=security, reason="再次")


def test_a_guardian_row_without_an_appointment_gives_nothing(account, bureau):
    """Teeth: the shadow alone, as a clerk could once give it to himself, is no right."""
    clerk = account("文员")
    permission = Permission.objects.get(codename=roles.INTAKE.codename)
    UserObjectPermission.objects.assign_perm(permission, clerk, obj=bureau)
    assert clerk.has_perm(roles.INTAKE.permission, bureau)
    assert appointments.standing(clerk, roles.INTAKE, bureau) is None
    assert appointments.sync_shadows() == 1
    assert not UserObjectPermission.objects.filter(user=clerk).exists()
    assert appointments.sync_shadows() == 0


def test_a_closed_account_holds_nothing_even_with_a_stale_object(intake, bureau):
    stale = User.objects.get(pk=intake.user_id)
    User.objects.filter(pk=intake.user_id).update(is_active=False)
    assert stale.is_active
    assert appointments.standing(stale, roles.INTAKE, bureau) is None


def test_an_unconfirmed_organisation_gives_nothing(intake, bureau):
    Organisation.objects.filter(pk=bureau.pk).update(status=Organisation.Status.INACTIVE)
    assert appointments.standing(intake.user, roles.INTAKE, bureau) is None
    assert appointments.holders(roles.INTAKE, bureau) == []


def test_the_shadow_follows_the_appointment(account, bureau, security, intake, today):
    def rows() -> set[str]:
        return set(
            UserObjectPermission.objects.filter(object_pk=str(bureau.pk)).values_list(
                "user__username", flat=True
            )
        )

    assert rows() == {"安全员", "受理员"}
    later = account("后来")
    appointments.appoint(later, roles.CHECKER, bureau, actor=security, reason="分工", starts_on=today + DAY)
    assert "后来" not in rows()
    assert appointments.sync_shadows(today + DAY) == 1
    assert "后来" in rows()
    appointments.dismiss(intake, actor=security, reason="调离")
    assert "受理员" not in rows()


def test_nobody_appoints_himself(security, bureau):
    with pytest.raises(NotAllowed, match="不能给自己任命"):
        appointments.appoint(security, roles.SUPERVISOR, bureau, actor=security, reason="方便")


def test_only_who_may_appoint_appoints(account, intake, bureau):
    with pytest.raises(NotAllowed, match="没有任免"):
        appointments.appoint(account("李"), roles.CHECKER, bureau, actor=intake.user, reason="帮忙")
    with pytest.raises(NotAllowed):
        appointments.appoint(account("王"), roles.CHECKER, bureau, actor=None, reason="无人")
    # Teeth: the same call passes once the right is not asked.
    assert appointments.appoint(
        account("赵"), roles.CHECKER, bureau, actor=intake.user, reason="系统", system=True
    )


def test_the_first_appointment_of_an_installation_needs_no_actor_and_the_second_does(account, bureau):
    appointments.appoint(account("甲"), roles.SECURITY_ADMIN, bureau, actor=None, reason="初始化")
    with pytest.raises(NotAllowed):
        appointments.appoint(account("乙"), roles.SYSTEM_ADMIN, bureau, actor=None, reason="初始化")


def test_a_county_security_admin_does_not_reach_another_county(account, body, county, security):
    home, child_parent = body("home", county), body("other", county)
    local = account("县安全员")
    appointments.appoint(local, roles.SECURITY_ADMIN, home, actor=security, reason="分级")
    below = body("below", county, parent=home)
    assert appointments.appoint(account("下级"), roles.CHECKER, below, actor=local, reason="分工")
    with pytest.raises(NotAllowed):
        appointments.appoint(account("外县"), roles.CHECKER, child_parent, actor=local, reason="越权")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (roles.INTAKE, roles.SECURITY_ADMIN),
        (roles.SYSTEM_ADMIN, roles.AUDIT_ADMIN),
        (roles.AUDITOR, roles.DECIDER),
        (roles.FINANCE, roles.DECIDER),
    ],
)
def test_posts_that_exclude_each_other_are_refused_naming_both(
    account, body, bureau, security, first, second
):
    officer, elsewhere = account("兼任"), body("elsewhere")
    appointments.appoint(officer, first, bureau, actor=security, reason="分工")
    with pytest.raises(ActRefused) as refused:
        appointments.appoint(officer, second, elsewhere, actor=security, reason="分工")
    assert first.title in str(refused.value)
    assert second.title in str(refused.value)


def test_posts_that_exclude_each_other_may_follow_each_other(account, bureau, security, today):
    officer = account("轮岗")
    appointments.appoint(officer, roles.FINANCE, bureau, actor=security, reason="分工", ends_on=today + DAY)
    with pytest.raises(ActRefused):
        appointments.appoint(
            officer, roles.DECIDER, bureau, actor=security, reason="轮岗", starts_on=today + DAY
        )
    assert appointments.appoint(
        officer, roles.DECIDER, bureau, actor=security, reason="轮岗", starts_on=today + 2 * DAY
    )


def test_posts_that_got_past_the_grant_count_for_nothing(account, bureau, today):
    """Teeth: written behind the service's back, either post would give a right if only the grant asked."""
    officer = account("兼任")
    for role in (roles.FINANCE, roles.DECIDER):
        Appointment.objects.create(user=officer, role=role.codename, organisation=bureau, starts_on=today)
    assert Appointment.objects.in_force(today).filter(user=officer).count() == 2
    assert appointments.standing(officer, roles.FINANCE, bureau) is None
    assert appointments.standing(officer, roles.DECIDER, bureau) is None
    assert appointments.organisations_where(officer, roles.FINANCE, roles.DECIDER) == set()


def test_a_post_is_not_backdated(account, bureau, security, today):
    with pytest.raises(ActRefused, match="倒签"):
        appointments.appoint(
            account("张"), roles.CHECKER, bureau, actor=security, reason="补", starts_on=today - DAY
        )


def test_a_post_is_held_once_and_again_after_it_expired(account, bureau, security, today):
    officer = account("张")
    Appointment.objects.create(
        user=officer,
        role=roles.CHECKER.codename,
        organisation=bureau,
        starts_on=today - 9 * DAY,
        ends_on=today - DAY,
    )
    appointments.appoint(officer, roles.CHECKER, bureau, actor=security, reason="续任")
    with pytest.raises(Conflict, match="已在"):
        appointments.appoint(officer, roles.CHECKER, bureau, actor=security, reason="重复")


def test_a_running_post_is_prolonged_and_not_cut_short_by_an_early_renewal(account, bureau, security, today):
    officer = account("张")
    post = appointments.appoint(
        officer, roles.CHECKER, bureau, actor=security, reason="分工", ends_on=today + DAY
    )
    with pytest.raises(Conflict, match="续任"):
        appointments.appoint(
            officer, roles.CHECKER, bureau, actor=security, reason="续任", starts_on=today + 2 * DAY
        )
    assert appointments.standing(officer, roles.CHECKER, bureau)
    with pytest.raises(NotAllowed):
        appointments.prolong(post, today + 9 * DAY, actor=officer, reason="续任")
    appointments.prolong(post, today + 9 * DAY, actor=security, reason="续任")
    assert appointments.standing(officer, roles.CHECKER, bureau, on=today + 9 * DAY)


def test_grants_are_recorded_with_their_actor(intake, security):
    entry = AuditEntry.objects.filter(action="appointed").order_by("-seq").first()
    assert entry.actor_id_value == security.pk
    assert entry.subject == f"user:{intake.user_id}"
    assert entry.detail["role"] == roles.INTAKE.codename


class TestDeputies:
    @pytest.fixture
    def colleague(self, account, bureau, security):
        user = account("同事")
        appointments.appoint(user, roles.CHECKER, bureau, actor=security, reason="分工")
        return user

    @pytest.fixture
    def named(self, intake, colleague, today):
        return appointments.name_deputy(
            intake,
            colleague,
            actor=intake.user,
            starts_on=today,
            ends_on=today + DAY,
            reason="出差",
            policies=["green_channel"],
        )

    def test_a_deputy_stands_in_for_his_days_and_policies(self, named, intake, colleague, bureau, today):
        def held(**asked):
            return appointments.standing(colleague, roles.INTAKE, bureau, **asked)

        assert held(policy="green_channel").principal == intake.user
        assert held(policy="housing") is None
        assert held() is None
        assert held(policy="green_channel", on=today + 2 * DAY) is None

    def test_the_deputy_loses_the_post_with_its_principal(self, named, intake, colleague, bureau, security):
        appointments.dismiss(intake, actor=security, reason="调离")
        assert appointments.standing(colleague, roles.INTAKE, bureau, policy="green_channel") is None
        assert Deputy.objects.get().revoked_at

    def test_a_principal_with_a_closed_account_has_no_deputy(self, named, intake, colleague, bureau):
        User.objects.filter(pk=intake.user_id).update(is_active=False)
        assert appointments.standing(colleague, roles.INTAKE, bureau, policy="green_channel") is None

    def test_a_deputy_names_no_deputy(self, named, intake, colleague, account, bureau, security, today):
        third = account("第三人")
        appointments.appoint(third, roles.CHECKER, bureau, actor=security, reason="分工")
        with pytest.raises(NotAllowed, match="代理人不能再指定代理人"):
            appointments.name_deputy(
                intake, third, actor=colleague, starts_on=today, ends_on=today, reason="转托"
            )

    def test_a_deputy_of_the_security_admin_names_none_either(
        self, intake, colleague, account, security, today
    ):
        own = Appointment.objects.get(user=security)
        stand_in = account("备岗")
        Appointment.objects.create(
            user=stand_in, role=roles.SUPERVISOR.codename, organisation=own.organisation, starts_on=today
        )
        appointments.name_deputy(own, stand_in, actor=security, starts_on=today, ends_on=today, reason="休假")
        with pytest.raises(NotAllowed, match="代理人"):
            appointments.name_deputy(
                intake, colleague, actor=stand_in, starts_on=today, ends_on=today, reason="转托"
            )
        with pytest.raises(NotAllowed, match="被代理人"):
            appointments.appoint(security, roles.SUPERVISOR, own.organisation, actor=stand_in, reason="互助")

    def test_a_stranger_is_not_named_by_the_principal(self, intake, account, today):
        with pytest.raises(ActRefused, match="本单位在岗人员"):
            appointments.name_deputy(
                intake, account("路人"), actor=intake.user, starts_on=today, ends_on=today, reason="帮忙"
            )

    def test_a_deputy_holds_no_excluding_post(self, intake, account, bureau, security, today):
        auditor = account("审计员")
        appointments.appoint(auditor, roles.AUDITOR, bureau, actor=security, reason="分工")
        with pytest.raises(ActRefused, match="不能由同一人担任"):
            appointments.name_deputy(
                intake, auditor, actor=intake.user, starts_on=today, ends_on=today, reason="出差"
            )

    def test_a_revoked_deputy_is_out_at_once(self, named, intake, colleague, bureau):
        appointments.revoke_deputy(named, actor=intake.user)
        assert appointments.standing(colleague, roles.INTAKE, bureau, policy="green_channel") is None

    def test_one_query_answers_whatever_the_grants(
        self, named, colleague, body, security, django_assert_num_queries
    ):
        for number in range(8):
            appointments.appoint(colleague, roles.CHECKER, body(f"b{number}"), actor=security, reason="分工")
        with django_assert_num_queries(1):
            found = appointments.organisations_where(
                colleague, roles.CHECKER, roles.INTAKE, policy="green_channel"
            )
        assert len(found) == 9


def test_an_overdue_step_goes_up_the_house(account, body, county, security):
    above = body("above")
    below = body("below", county, parent=above)
    decider, head = account("市领导"), account("科长")
    appointments.appoint(decider, roles.DECIDER, above, actor=security, reason="分工")
    assert appointments.superior_of(roles.CHECKER, below) == [decider]
    appointments.appoint(head, roles.BUREAU_HEAD, above, actor=security, reason="分工")
    assert appointments.superior_of(roles.CHECKER, below) == [head]
    own = account("县负责人")
    appointments.appoint(own, roles.BUREAU_HEAD, below, actor=security, reason="分工")
    assert appointments.superior_of(roles.CHECKER, below) == [own]
    assert appointments.superior_of(roles.BUREAU_HEAD, below) == [head]
