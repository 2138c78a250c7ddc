"""The back office: a few reference tables to edit, everything else to read, nothing to delete.

A site of its own, so that nothing is reachable that is not listed here: no guardian page (with it a clerk gave
himself rights unrecorded), no Viewflow, no groups. Rights are asked of posts, not of `is_staff`, and the sign-in
is the house's own, with its lock and second factor.
"""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm
from django.contrib.auth.views import redirect_to_login
from django.db import models as orm
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from talent.core import models, roles
from talent.core.services import appointments, audit

ADMINISTRATORS = (roles.SYSTEM_ADMIN, roles.SECURITY_ADMIN, roles.AUDIT_ADMIN, roles.AUDITOR)


def holds(user, *wanted: roles.Role) -> bool:
    """Whether `user` holds one of the posts today, in any organisation; superusers hold none by being so."""
    return bool(appointments.organisations_where(user, *wanted))


class BackOffice(admin.AdminSite):
    """Open to the three administrators and to auditors."""

    site_header = site_title = _("后台管理")
    index_title = _("数据")
    enable_nav_sidebar = False

    def has_permission(self, request) -> bool:
        return request.user.is_active and holds(request.user, *ADMINISTRATORS)

    def login(self, request, extra_context=None):
        return redirect_to_login(request.get_full_path())

    def password_change(self, request, extra_context=None):
        return redirect("password_change")


site = BackOffice(name="admin")


class _Kept(admin.ModelAdmin):
    """Never deleted; seen by `readers`, added and changed by `writers`; each change is an audit row."""

    readers: tuple[roles.Role, ...] = (roles.SYSTEM_ADMIN,)
    writers: tuple[roles.Role, ...] = ()
    actions = None
    show_full_result_count = False

    def has_module_permission(self, request) -> bool:
        return holds(request.user, *self.readers, *self.writers)

    def has_view_permission(self, request, obj=None) -> bool:
        return holds(request.user, *self.readers, *self.writers)

    def has_add_permission(self, request) -> bool:
        return bool(self.writers) and holds(request.user, *self.writers)

    def has_change_permission(self, request, obj=None) -> bool:
        return bool(self.writers) and holds(request.user, *self.writers)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def _recorded(self, action: str, request, obj, fields=()) -> None:
        audit.record(
            action,
            actor=request.user,
            subject=f"{obj._meta.model_name}:{obj.pk}",
            detail={"fields": sorted(fields)},
        )

    def save_model(self, request, obj, form, change) -> None:
        super().save_model(request, obj, form, change)
        self._recorded("reference_changed" if change else "reference_added", request, obj, form.changed_data)


class _Reference(_Kept):
    writers = (roles.SYSTEM_ADMIN,)


class _CaseRows(_Kept):
    """Case data: read by auditors, and only what `visible_to` shows them."""

    readers = (roles.AUDITOR,)
    case_path = "case"

    def get_queryset(self, request) -> orm.QuerySet:
        seen = models.Case.objects.visible_to(request.user)
        rows = super().get_queryset(request)
        return (
            rows.filter(pk__in=seen)
            if self.case_path == "pk"
            else rows.filter(**{f"{self.case_path}__in": seen})
        )


@admin.register(models.Region, site=site)
class RegionAdmin(_Reference):
    list_display = ("code", "name", "kind", "order")
    readonly_fields = ("code",)


@admin.register(models.IndustryChain, site=site)
class IndustryChainAdmin(_Reference):
    list_display = ("code", "name", "lead_bureau_code", "confirmed", "active")


@admin.register(models.SavedPhrase, site=site)
class SavedPhraseAdmin(_Reference):
    list_display = ("text", "organisation", "step", "outcome", "order")


@admin.register(models.Organisation, site=site)
class OrganisationAdmin(_Reference):
    """Bureaus are entered here; an employer registers itself and is confirmed on its own page."""

    list_display = ("code", "name", "kind", "region", "status")
    list_filter = ("kind", "status", "region")
    search_fields = ("code", "name", "short_name")
    fields = (
        "code", "name", "short_name", "kind", "region", "parent", "chain", "letter_prefix", "party_organ",
        "contact_name", "contact_phone", "status", "status_reason",
    )  # fmt: skip

    def get_readonly_fields(self, request, obj=None) -> tuple[str, ...]:
        return ("code", "kind", "status", "status_reason") if obj else ("status", "status_reason")

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "kind":
            kwargs["choices"] = [(models.Organisation.Kind.BUREAU, models.Organisation.Kind.BUREAU.label)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)


# Loaded from files by `load_policy`, which refuses to alter an edition in force.
for loaded in (models.PolicyEdition, models.TalentLevel, models.Holiday, models.HolidayYear):
    site.register(loaded, _Kept)


@admin.register(models.AuditEntry, site=site)
class AuditEntryAdmin(_Kept):
    readers = (roles.AUDIT_ADMIN, roles.AUDITOR)
    list_display = ("seq", "at", "actor_name", "action", "subject", "succeeded", "address")
    list_filter = ("succeeded",)
    search_fields = ("=subject", "=action")
    ordering = ("-seq",)


@admin.register(models.DailySeal, site=site)
class DailySealAdmin(_Kept):
    readers = (roles.AUDIT_ADMIN, roles.AUDITOR)
    list_display = ("day", "seq", "hash")


@admin.register(models.Appointment, site=site)
class AppointmentAdmin(_Kept):
    """To read; posts are granted and ended on their own page by `services.appointments`."""

    readers = (roles.SECURITY_ADMIN, roles.AUDIT_ADMIN, roles.AUDITOR)
    list_display = ("user", "role", "organisation", "starts_on", "ends_on", "dismissed_at", "appointed_by")
    list_filter = ("role",)
    list_select_related = ("user", "organisation", "appointed_by")


@admin.register(models.Deputy, site=site)
class DeputyAdmin(_Kept):
    readers = (roles.SECURITY_ADMIN, roles.AUDIT_ADMIN, roles.AUDITOR)
    list_display = ("appointment", "deputy", "starts_on", "ends_on", "revoked_at")


@admin.register(models.Case, site=site)
class CaseAdmin(_CaseRows):
    case_path = "pk"
    list_display = ("number", "title", "status", "public_step", "submitted_at")
    fields = (
        "number", "policy", "edition", "title", "intake_organisation", "lead_organisation", "deciding_organisation",
        "region", "status", "public_step", "step", "waiting_on", "submitted_at", "accepted_at", "closed_at", "due_on",
        "promise_due_on", "sealed_events",
    )  # fmt: skip


@admin.register(models.CaseEvent, site=site)
class CaseEventAdmin(_CaseRows):
    list_display = ("case", "seq", "kind", "title", "at", "role", "organisation")
    list_select_related = ("case", "organisation")


@admin.register(models.Letter, site=site)
class LetterAdmin(_CaseRows):
    list_display = ("number", "title", "case", "state", "issued_at", "sha256")
    fields = (
        "number",
        "title",
        "case",
        "kind",
        "issuer",
        "state",
        "state_reason",
        "issued_at",
        "sha256",
        "rendered_at",
    )
    list_select_related = ("case",)


class _ResetForm(AdminPasswordChangeForm):
    """A password set by another hand is changed by its owner at the next sign-in."""

    def save(self, commit=True):
        self.user.must_change_password = True
        return super().save(commit)


@admin.register(models.User, site=site)
class AccountAdmin(_Kept, UserAdmin):
    """Accounts are opened and switched off here. Posts, superuser marks and groups cannot be given."""

    writers = (roles.SYSTEM_ADMIN,)
    list_display = ("username", "name", "staff_no", "is_active", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "name", "staff_no")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "name", "staff_no", "email", "is_active", "must_change_password")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "staff_no", "usable_password", "password1", "password2")}),
    )
    add_form = AdminUserCreationForm
    change_password_form = _ResetForm

    def has_change_permission(self, request, obj=None) -> bool:
        """Whoever administers rights or audits is not taken over by a new password from the 系统管理员."""
        if (
            obj is not None
            and obj.pk != request.user.pk
            and (obj.is_superuser or holds(obj, *ADMINISTRATORS))
        ):
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request, obj, form, change) -> None:
        if not change:
            obj.must_change_password = True
        obj.save()
        if not change:
            self._recorded("account_opened", request, obj)

    def log_change(self, request, obj, message):
        # The password page saves through its form; this is the one hook both pages pass.
        self._recorded("account_changed", request, obj)
        return super().log_change(request, obj, message)
