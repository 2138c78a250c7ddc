"""人才分布与成果图谱: leads by chain, searched, kept, imported, and handed on to a recommendation."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import (
    IndustryChain,
    LeadAchievement,
    LeadContact,
    Organisation,
    Region,
    TalentLead,
)
from talent.core.services import atlas, policy
from talent.core.services.errors import ActRefused
from workflows import processes

from . import doors
from .selections import DIRECT

ROWS = 50
SEALED = ("id_number", "mobile", "email")


class SearchForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("姓名、单位、领域或成果"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"data-search": "", "autocomplete": "off"}),
    )
    chain = forms.ModelChoiceField(
        IndustryChain.objects.filter(active=True).order_by("code"),
        label=gettext_lazy("产业链"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("全部"),
    )
    region = forms.ModelChoiceField(
        Region.objects.exclude(kind=Region.Kind.CITY),
        label=gettext_lazy("拟落地县市区"),
        required=False,
        to_field_name="code",
        empty_label=gettext_lazy("全部"),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状态"),
        required=False,
        choices=[("", gettext_lazy("全部")), *TalentLead.State.choices],
    )


class LeadForm(forms.ModelForm):
    """A lead; sealed values are written, never shown, and one left empty stays as it is."""

    id_number = forms.CharField(label=gettext_lazy("证件号码"), max_length=30, required=False)
    mobile = forms.CharField(
        label=gettext_lazy("手机号码"), max_length=20, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )  # fmt: skip
    email = forms.EmailField(label=gettext_lazy("电子邮箱"), max_length=120, required=False)

    class Meta:
        model = TalentLead
        fields = (
            "chain", "name", "kind", "organisation", "position", "place", "field", "level_code", "criterion", "region",
            "employer", "id_kind", "project_title", "project_summary", "why_direct",
            "engagement", "contract_years", "source",
        )  # fmt: skip
        widgets = {  # noqa: RUF012
            "project_summary": forms.Textarea(attrs={"rows": 4}),
            "why_direct": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in SEALED:
            kept = getattr(self.instance, name)
            self.fields[name].help_text = (
                _("已登记 %(value)s，留空不修改") % {"value": kept} if kept else _("加密保存，可不填")
            )
        levels = [("", _("待定")), *((level.code, str(level)) for level in policy.talent_levels())]
        self.fields["level_code"] = forms.ChoiceField(label=_("人才层次"), choices=levels, required=False)
        self.order_fields([*self.Meta.fields[:12], *SEALED])
        self.fields["region"].queryset = Region.objects.exclude(kind=Region.Kind.CITY)
        self.fields["employer"].queryset = Organisation.objects.confirmed().employers().order_by("name", "pk")
        self.fields["chain"].queryset = IndustryChain.objects.filter(active=True).order_by("code")

    def _post_clean(self) -> None:
        """The service stores what was filled in; the form builds no row, or the sealed values would meet it."""


class AchievementForm(forms.ModelForm):
    class Meta:
        model = LeadAchievement
        fields = ("kind", "title", "year", "note", "source")


class ContactForm(forms.ModelForm):
    class Meta:
        model = LeadContact
        fields = ("on", "channel", "content")
        widgets = {  # noqa: RUF012
            "on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "content": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {"content": gettext_lazy("请勿填写证件号码和手机号码")}  # noqa: RUF012


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("工作簿"),
        help_text=gettext_lazy("XLSX 格式，不超过5MB；有一处错误就全部不导入"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


@require_safe
@doors.atlas_readers
def search(request: HttpRequest) -> HttpResponse:
    """The atlas: how many leads each chain has, and the leads that fit the filters."""
    form = SearchForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    found = atlas.search(
        request.user,
        text=asked.get("q", ""),
        chain=asked.get("chain"),
        region=asked.get("region"),
        state=asked.get("state"),
    )
    return render(
        request,
        "board/atlas.html",
        {
            "tabs": doors.tabs(request, "atlas"),
            "filter_form": form,
            "page": Paginator(found.annotate(results=Count("achievements")), ROWS).get_page(
                request.GET.get("page")
            ),
            "keeps": doors.may(request, roles.Act.KEEP_ATLAS),
        },
    )


def _find(request: HttpRequest, key: Any) -> TalentLead:
    """A lead the reader may read, else 404."""
    found = (
        atlas.visible_leads(request.user)
        .filter(row_key=key)
        .select_related("chain", "region", "employer", "case", "recorded_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@doors.keepers
def add(request: HttpRequest) -> HttpResponse:
    """Record a lead."""
    form = LeadForm(request.POST or None, initial={"chain": request.GET.get("chain")})
    if request.method == "POST" and form.is_valid():
        try:
            made = atlas.record_lead(actor=request.user, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("线索“%(name)s”已登记。") % {"name": made})
            return redirect("lead:one", key=made.row_key)
    return render(request, "board/lead_form.html", {"form": form, "heading": _("登记线索"), "back": reverse("lead:atlas")})  # fmt: skip


@require_http_methods(["GET", "POST"])
@doors.keepers
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Change a lead."""
    lead = _find(request, key)
    back = reverse("lead:one", args=[key])
    form = LeadForm(request.POST or None, instance=lead)
    if request.method == "POST" and form.is_valid():
        try:
            atlas.change(lead, actor=request.user, **form.cleaned_data)
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("线索已修改。"))
            return redirect(back)
    return render(request, "board/lead_form.html", {"form": form, "heading": _("修改线索"), "back": back})


@require_safe
@doors.atlas_readers
def one(request: HttpRequest, key: str) -> HttpResponse:
    """A lead with its results and contacts, and from here the recommendation."""
    lead = _find(request, key)
    slug = next(process.slug for process in processes.PROCESSES if process.policy == DIRECT)
    usable = atlas.usable_lead(request.user, key)
    return render(
        request,
        "board/lead.html",
        {
            "lead": lead,
            "achievements": lead.achievements.all(),
            "contacts": lead.contacts.select_related("recorded_by"),
            "keeps": atlas.may_keep(request.user, lead.region),
            "live": lead.state in (TalentLead.State.NEW, TalentLead.State.CONTACTED),
            "sees_chains": doors.may(request, roles.Act.LEAD_BOARD)
            or doors.may(request, roles.Act.KEEP_ATLAS),
            "begin": f"{reverse('unit:begin', args=[slug])}?lead={key}" if usable else "",
            "sealed": [
                (name, TalentLead._meta.get_field(name).verbose_name, getattr(lead, name)) for name in SEALED
            ],
            "achievement_form": AchievementForm(auto_id="achievement_%s"),
            "contact_form": ContactForm(auto_id="contact_%s"),
        },
    )


def _done(
    request: HttpRequest, key: str, form: forms.BaseForm | None, act: Callable[[], object], said: str
) -> HttpResponse:
    """Do `act` on a lead and go back to it with the sentence, or with what was wrong."""
    if form is not None and not form.is_valid():
        wrong = "；".join(f"{form.fields[name].label}：{errors[0]}" for name, errors in form.errors.items())
        flash.error(request, wrong)
        return redirect("lead:one", key=key)
    try:
        act()
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
    else:
        flash.success(request, said)
    return redirect("lead:one", key=key)


@require_POST
@doors.keepers
def achievement(request: HttpRequest, key: str) -> HttpResponse:
    lead, form = _find(request, key), AchievementForm(request.POST)
    return _done(
        request, key, form, lambda: atlas.add_achievement(lead, actor=request.user, **form.cleaned_data), _("成果已登记。")
    )  # fmt: skip


@require_POST
@doors.keepers
def contact(request: HttpRequest, key: str) -> HttpResponse:
    lead, form = _find(request, key), ContactForm(request.POST)
    return _done(
        request, key, form, lambda: atlas.add_contact(lead, actor=request.user, **form.cleaned_data), _("联系记录已登记。")
    )  # fmt: skip


@require_POST
@doors.keepers
def drop(request: HttpRequest, key: str) -> HttpResponse:
    lead, reason = _find(request, key), request.POST.get("reason", "")[:200]
    return _done(
        request, key, None, lambda: atlas.drop(lead, actor=request.user, reason=reason), _("线索已搁置。")
    )


@require_POST
@doors.keepers
def reveal(request: HttpRequest, key: str, field: str) -> HttpResponse:
    """One sealed value, with a reason, once: the page is not kept and the look is on record."""
    lead, reason = _find(request, key), request.POST.get("reason", "")
    try:
        value = atlas.reveal(lead, field, actor=request.user, reason=reason)
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        flash.error(request, str(refusal))
        return redirect("lead:one", key=key)
    return render(
        request, "board/revealed.html",
        {"lead": lead, "label": TalentLead._meta.get_field(field).verbose_name, "value": value, "reason": reason},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@doors.keepers
def bring_in(request: HttpRequest) -> HttpResponse:
    """导入: checked whole, cell by cell; only a workbook without a mistake is imported."""
    form = ImportForm(request.POST or None, request.FILES or None)
    found = None
    if request.method == "POST" and form.is_valid():
        try:
            found = atlas.import_leads(
                form.cleaned_data["file"].read(), actor=request.user, dry_run="check" in request.POST
            )
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            if found.saved:
                flash.success(request, _("已导入 %(n)d 条线索。") % {"n": found.leads})
                return redirect("lead:atlas")
    return render(request, "board/import.html", {"form": form, "found": found, "columns": atlas.COLUMNS})


@require_safe
@doors.keepers
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook."""
    response = HttpResponse(
        atlas.template(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = 'attachment; filename="leads.xlsx"'
    return response
