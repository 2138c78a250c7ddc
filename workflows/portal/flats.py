"""人才公寓 at /my/: apply, see the place on the list, choose, name co-tenants, renew, give notice. One page, one act a form."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from housing.dossier import CheckForm
from housing.models import CoTenant, Flat, FlatEntry, HousingCase, Tenancy
from housing.services import flats
from talent.core.models import Organisation, TalentProfile
from talent.core.services import calendar
from talent.core.services.errors import ActRefused


class ApplyForm(CheckForm):
    """The edition's questions on this instrument, and the employer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, kind=HousingCase.Instrument.FLAT, **kwargs)
        self.fields["employer"] = forms.ModelChoiceField(
            Organisation.objects.confirmed().employers().order_by("name", "pk"), label=_("用人单位")
        )
        self.order_fields(["level_code", "employer"])

    def given(self) -> dict[str, Any]:
        """What the service takes."""
        data = dict(self.cleaned_data)
        return {"employer": data.pop("employer"), "level_code": data.pop("level_code"), "facts": data}


class CoTenantForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    relation = forms.ChoiceField(label=gettext_lazy("关系"), choices=CoTenant.Relation)
    id_kind = forms.ChoiceField(label=gettext_lazy("证件类型"), choices=TalentProfile.IdentityKind)
    id_number = forms.CharField(
        label=gettext_lazy("证件号码"), max_length=30, help_text=gettext_lazy("加密保存，只显示部分")
    )


class NoticeForm(forms.Form):
    leave_on = forms.DateField(
        label=gettext_lazy("退房日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(label=gettext_lazy("退房原因"), min_length=4, max_length=200)


def _tenancy(person: TalentProfile | None) -> Tenancy | None:
    rows = Tenancy.objects.filter(person=person, state__in=Tenancy.OPEN) if person else Tenancy.objects.none()
    return rows.select_related("flat", "entry__edition", "entry__organisation", "person").first()


def _entry(person: TalentProfile | None) -> FlatEntry | None:
    """The place on the list that is open, else the last one: its result is read here."""
    rows = FlatEntry.objects.filter(person=person) if person else FlatEntry.objects.none()
    rows = rows.select_related("edition", "organisation", "person", "employer").order_by("-pk")
    return rows.filter(state__in=FlatEntry.OPEN).first() or rows.first()


def _form(kind: type[forms.Form], request: HttpRequest, act: str, **given: Any) -> forms.Form:
    """The form of one act, bound when that act was posted."""
    return kind(request.POST if request.POST.get("act") == act else None, auto_id=f"{act}_%s", **given)


@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Where somebody stands with 人才公寓, and what can be done next."""
    person = TalentProfile.objects.filter(user=request.user).first()
    entry, tenancy = _entry(person), _tenancy(person)
    given = {
        "apply": _form(ApplyForm, request, "apply"),
        "co_tenant": _form(CoTenantForm, request, "co_tenant"),
        "notice": _form(NoticeForm, request, "notice"),
    }
    if request.method == "POST":
        act = request.POST.get("act", "")
        form = given.get(act)
        try:
            if form is None or form.is_valid():
                flash.success(request, _do(request, act, form, person, entry, tenancy))
                return redirect("my:flats")
        except ActRefused as refusal:
            if form is None:
                flash.error(request, str(refusal))
                return redirect("my:flats")
            form.add_error(None, str(refusal))
    return render(
        request, "portal/flats/home.html",
        {"person": person, "entry": entry, "tenancy": tenancy, "forms": given,
         "bound": next((form for form in given.values() if form.is_bound), None)} | _shown(entry, tenancy),
    )  # fmt: skip


def _shown(entry: FlatEntry | None, tenancy: Tenancy | None) -> dict[str, Any]:
    """What the page tells of the entry and the tenancy."""
    choosing = entry is not None and entry.state == FlatEntry.State.CHOOSING
    window = flats.renewal_window(tenancy) if tenancy else None
    return {
        "open": entry is not None and entry.state in FlatEntry.OPEN,
        "position": flats.position(entry) if entry else None,
        "choices": [(flat, flats.rent_of(entry, flat)) for flat in flats.choices(entry)] if choosing else [],
        "co_tenants": tenancy.co_tenants.filter(left_on__isnull=True) if tenancy else [],
        "renewals": tenancy.renewals.all() if tenancy else [],
        "window": window,
        "may_renew": bool(window and window[0] <= calendar.today() and not _asked(tenancy)),
        "notice_days": flats.terms_of(tenancy.entry.edition).notice_days if tenancy else 0,
    }


def _asked(tenancy: Tenancy) -> bool:
    return tenancy.renewals.filter(state="asked").exists()


def _do(
    request: HttpRequest, act: str, form: forms.Form | None, person: TalentProfile | None, entry: FlatEntry | None,
    tenancy: Tenancy | None,
) -> str:  # fmt: skip
    """Do one act; the sentence that tells it is done. 404 for an act on what is not there."""
    actor = request.user
    if person is None:
        raise ActRefused(_("请先在“我的资料与材料”中登记本人资料。"))
    match act:
        case "apply":
            flats.apply(actor=actor, person=person, **form.given())
            return _("申请已提交，等待审核。")
        case "withdraw" if entry:
            flats.withdraw(entry, actor=actor)
            return _("已退出轮候。")
        case "choose" if entry:
            flat = get_object_or_404(
                Flat.objects.filter(organisation=entry.organisation), row_key=request.POST.get("flat") or None
            )
            flats.choose(entry, flat, actor=actor)
            return _("已选定“%(flat)s”，请按通知办理入住。") % {"flat": flat}
        case "give_up" if tenancy:
            flats.give_up(tenancy, actor=actor)
            return _("已放弃所选房源。")
        case "co_tenant" if tenancy:
            flats.add_co_tenant(tenancy, actor=actor, **form.cleaned_data)
            return _("共同居住人已登记。")
        case "renew" if tenancy:
            flats.ask_renewal(tenancy, actor=actor)
            return _("续租申请已提交，等待核查。")
        case "notice" if tenancy:
            flats.give_notice(tenancy, actor=actor, **form.cleaned_data)
            return _("退房通知已提交。")
    raise Http404
