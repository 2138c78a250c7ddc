"""The back office: three separated administrators, nothing to delete, no rights to hand out."""

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone

from talent.core import admin, models, roles
from talent.core.management.commands import check_production


@pytest.fixture
def asked_by(db):
    """A request by somebody holding a post in a city bureau."""
    region = models.Region.objects.create(code="t1", name="示例市", kind=models.Region.Kind.CITY)
    bureau = models.Organisation.objects.create(
        code="b", name="示例局", kind=models.Organisation.Kind.BUREAU, region=region
    )

    def made(role: roles.Role | None, **facts):
        user = models.User.objects.create(username=role.codename if role else "nobody", name="人员", **facts)
        if role:
            models.Appointment.objects.create(
                user=user, role=role.codename, organisation=bureau, starts_on=timezone.localdate()
            )
        request = RequestFactory().get("/")
        request.user = user
        return request

    return made


def test_only_administrators_and_auditors_enter(asked_by):
    assert admin.site.has_permission(asked_by(roles.SYSTEM_ADMIN))
    assert not admin.site.has_permission(asked_by(roles.INTAKE))
    assert not admin.site.has_permission(asked_by(None, is_staff=True, is_superuser=True))


def test_nothing_is_deleted_by_anybody(asked_by):
    request = asked_by(roles.SYSTEM_ADMIN)
    request.user.is_superuser = True
    for model, page in admin.site._registry.items():
        assert not page.has_delete_permission(request), model
        assert page.get_actions(request) == {}, model


def test_what_cases_rest_on_is_read_only_for_everybody(asked_by):
    kept = (
        models.Case, models.CaseEvent, models.Letter, models.AuditEntry, models.DailySeal, models.Appointment,
        models.Deputy, models.PolicyEdition, models.TalentLevel,
    )  # fmt: skip
    for role in admin.ADMINISTRATORS:
        request = asked_by(role)
        for model in kept:
            page = admin.site._registry[model]
            assert not page.has_change_permission(request), (role, model)
            assert not page.has_add_permission(request), (role, model)


def test_each_administrator_sees_the_own_field_only(asked_by):
    def sees(role, model):
        return admin.site._registry[model].has_view_permission(asked_by(role))

    assert not sees(roles.SYSTEM_ADMIN, models.AuditEntry)
    assert sees(roles.AUDIT_ADMIN, models.AuditEntry)
    assert not sees(roles.SECURITY_ADMIN, models.Case)


def test_the_account_page_hands_out_no_rights_and_takes_over_no_administrator(asked_by):
    page = admin.site._registry[models.User]
    shown = {name for _title, group in (*page.fieldsets, *page.add_fieldsets) for name in group["fields"]}
    assert not shown & {"is_superuser", "is_staff", "groups", "user_permissions"}
    request = asked_by(roles.SYSTEM_ADMIN)
    clerk, security = asked_by(None).user, asked_by(roles.SECURITY_ADMIN).user
    assert page.has_change_permission(request, clerk)
    assert not page.has_change_permission(request, security)


def test_no_guardian_viewflow_or_group_page_exists():
    labels = {model._meta.app_label for model in admin.site._registry}
    assert labels == {"core"}


def test_a_development_machine_fails_the_production_check_and_is_told_why(db, settings):
    settings.DEMO = True
    models.User.objects.create(username="root", name="超级", is_superuser=True)
    models.User.objects.create(username="AnonymousUser", name="匿名")
    found = "\n".join((*check_production.accounts(), *check_production.configuration()))
    for word in ("超级用户 root", "AnonymousUser", "演示模式", "PRODUCTION"):
        assert word in found


def test_a_clean_table_of_accounts_has_nothing_to_report(asked_by):
    for role in (roles.SYSTEM_ADMIN, roles.SECURITY_ADMIN, roles.AUDIT_ADMIN):
        asked_by(role)
    assert list(check_production.accounts()) == []


def test_keys_of_a_demonstration_are_found_by_their_length_name_and_twin(db, settings):
    settings.SECRET_KEY = settings.BLIND_INDEX_KEY = "demo-key"
    found = "\n".join(check_production.configuration())
    assert "SECRET_KEY 过短或是演示密钥" in found
    assert "不同用途的密钥相同" in found


def test_the_production_check_ends_with_an_error(db):
    with pytest.raises(CommandError, match="上线检查未通过"):
        call_command("check_production")


def test_the_matrix_names_every_role_and_act(capsys):
    call_command("roles_matrix")
    printed = capsys.readouterr().out
    assert all(role.title in printed for role in roles.ROLES)
    assert all(label in printed for label in roles.ACT_LABELS.values())
