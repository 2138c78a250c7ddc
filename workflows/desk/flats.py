"""人才公寓 at the desk of the bureau that lets: stock, waiting list, tenancies."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages as flash
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from housing.models import Flat, FlatEntry, Renewal, Tenancy
from housing.services import flats
from talent.core.models import Organisation, Region
from talent.core.services import calendar
from talent.core.services.errors import ActRefused, NotAllowed

from .access import officers

ROWS = 50
_DAY = {"type": "date"}


def _bureau(request: HttpRequest) -> Organisation:
    """The bureau for which the reader lets flats; raises `NotAllowed` for everybody else."""
    found = Organisation.objects.filter(pk__in=flats.bureaus_of(request.user)).first()
    if found is None:
        raise NotAllowed(_("人才公寓由住建部门的审查人员办理，您没有相应的岗位授权。"))
    return found


def _tabs(current: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": reverse(f"desk:{name}"), "current": name == current}
        for label, name in ((_("房源"), "flats"), (_("轮候名单"), "flat_list"), (_("租约"), "tenancies"))
    ]


class FlatForm(forms.ModelForm):
    class Meta:
        model = Flat
        fields = ("region", "building", "unit", "area", "rent", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].queryset = Region.objects.exclude(kind=Region.Kind.CITY)

    def _post_clean(self) -> None:
        """The service stores the flat and says what is wrong with it."""


class ChangeForm(forms.Form):
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=Flat.State)
    rent = forms.DecimalField(
        label=gettext_lazy("市场月租金（元）"), min_value=0, max_digits=8, decimal_places=2,
        help_text=gettext_lazy("只用于以后的租约"),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)


class WindowForm(forms.Form):
    number = forms.IntegerField(label=gettext_lazy("选房人数"), min_value=1, max_value=500)


class OpinionForm(forms.Form):
    opinion = forms.CharField(
        label=gettext_lazy("审核意见"), min_length=4, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("申请人可以看到"),
    )  # fmt: skip


class DayForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY))


class ReturnForm(DayForm):
    repair = forms.BooleanField(label=gettext_lazy("需要维修后再配租"), required=False)


class NoticeForm(forms.Form):
    leave_on = forms.DateField(
        label=gettext_lazy("退房日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs=_DAY)
    )
    reason = forms.CharField(label=gettext_lazy("退房原因"), min_length=4, max_length=200)


class RenewalForm(forms.Form):
    """续租核查: what was checked again, and the answer."""

    met = forms.MultipleChoiceField(
        label=gettext_lazy("核查后符合的"), required=False, choices=list(flats.ITEMS.items()),
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    granted = forms.ChoiceField(
        label=gettext_lazy("核查结果"), widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("同意续租")), ("no", gettext_lazy("不同意续租"))],
    )  # fmt: skip
    opinion = forms.CharField(label=gettext_lazy("核查意见"), min_length=4, max_length=300)


def _answer(
    request: HttpRequest, form: forms.BaseForm | None, act: Callable[[], object], said: str, back: tuple
) -> HttpResponse | None:
    """Do `act` when its form holds; None when the page is shown again with what is wrong."""
    if form is not None and not form.is_valid():
        return None
    try:
        act()
    except ActRefused as refusal:
        if refusal.status == 403:
            raise
        if form is None:
            flash.error(request, str(refusal))
            return redirect(*back)
        form.add_error(None, str(refusal))
        return None
    flash.success(request, said)
    return redirect(*back)


@require_http_methods(["GET", "POST"])
@officers
def stock(request: HttpRequest) -> HttpResponse:
    """The stock with its counts; POST records a flat."""
    bureau = _bureau(request)
    form = FlatForm(request.POST or None)
    if request.method == "POST":
        done = _answer(
            request, form, lambda: flats.add_flat(bureau, actor=request.user, **form.cleaned_data), _("房源已登记。"),
            ("desk:flats",),
        )  # fmt: skip
        if done:
            return done
    rows = Flat.objects.filter(organisation=bureau).select_related("region").order_by("building", "unit")
    counts = rows.aggregate(**{state: Count("pk", filter=Q(state=state)) for state in Flat.State.values})
    state = request.GET.get("state", "")
    page = Paginator(rows.filter(state=state) if state in Flat.State.values else rows, ROWS)
    return render(
        request, "desk/flats/stock.html",
        {"tabs": _tabs("flats"), "form": form, "page": page.get_page(request.GET.get("page")),
         "tiles": [{"label": label, "value": counts[code], "url": f"?state={code}", "current": code == state}
                   for code, label in Flat.State.choices]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def flat(request: HttpRequest, key: str) -> HttpResponse:
    """One flat: who has had it; POST changes rent and state."""
    found = get_object_or_404(
        Flat.objects.select_related("region"), organisation=_bureau(request), row_key=key
    )
    form = ChangeForm(
        request.POST or None, initial={"state": found.state, "rent": found.rent, "note": found.note}
    )
    if request.method == "POST":
        done = _answer(
            request, form, lambda: flats.change_flat(found, actor=request.user, **form.cleaned_data), _("房源已修改。"),
            ("desk:flat", key),
        )  # fmt: skip
        if done:
            return done
    tenancies = found.tenancies.select_related("person", "entry")
    return render(request, "desk/flats/flat.html", {"flat": found, "form": form, "tenancies": tenancies})


@require_http_methods(["GET", "POST"])
@officers
def waiting(request: HttpRequest) -> HttpResponse:
    """Who asks and who waits, in the order of the list; POST lets the first choose."""
    bureau = _bureau(request)
    form = WindowForm(request.POST or None)
    if request.method == "POST":
        done = _answer(
            request, form, lambda: flats.open_window(bureau, actor=request.user, **form.cleaned_data), _("选房已开始，已通知本人。"),
            ("desk:flat_list",),
        )  # fmt: skip
        if done:
            return done
    asked = FlatEntry.objects.filter(organisation=bureau, state=FlatEntry.State.ASKED)
    page = Paginator(flats.waiting(bureau), ROWS).get_page(request.GET.get("page"))
    return render(
        request, "desk/flats/waiting.html",
        {"tabs": _tabs("flat_list"), "form": form, "asked": asked.select_related("person", "employer").order_by("pk"), "page": page,
         "free": Flat.objects.filter(organisation=bureau, state=Flat.State.FREE).count()},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """One application: what was stated and what the rules say; POST admits or refuses."""
    rows = FlatEntry.objects.select_related(
        "person__user", "employer", "edition", "organisation", "decided_by"
    )
    found = get_object_or_404(rows, organisation=_bureau(request), number=number)
    form = OpinionForm(request.POST or None)
    if request.method == "POST":
        act = {
            "admit": lambda: flats.admit(found, actor=request.user, opinion=form.cleaned_data["opinion"]),
            "refuse": lambda: flats.refuse(found, actor=request.user, reason=form.cleaned_data["opinion"]),
        }.get(request.POST.get("act"))
        if act is None:
            raise Http404
        done = _answer(request, form, act, _("已办理 %(number)s。") % {"number": number}, ("desk:flat_list",))
        if done:
            return done
    return render(
        request, "desk/flats/entry.html",
        {"entry": found, "form": form, "open": found.state == FlatEntry.State.ASKED, "position": flats.position(found)},
    )  # fmt: skip


@require_http_methods(["GET"])
@officers
def tenancies(request: HttpRequest) -> HttpResponse:
    """Who lives where and until when; what waits for the bureau first."""
    bureau = _bureau(request)
    rows = Tenancy.objects.filter(entry__organisation=bureau).select_related("flat", "person", "entry")
    if not request.GET.get("all"):
        rows = rows.filter(state__in=Tenancy.OPEN)
    renewals = Renewal.objects.filter(state="asked", tenancy__entry__organisation=bureau)
    return render(
        request, "desk/flats/tenancies.html",
        {"tabs": _tabs("tenancies"), "page": Paginator(rows.order_by("ends_on", "pk"), ROWS).get_page(request.GET.get("page")),
         "renewals": renewals.select_related("tenancy__entry", "tenancy__flat").order_by("pk"), "everything": bool(request.GET.get("all")),
         "today": calendar.today()},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def tenancy(request: HttpRequest, number: str) -> HttpResponse:
    """One tenancy: handover, renewal, notice by the bureau, return."""
    rows = Tenancy.objects.select_related(
        "flat", "person__user", "entry__edition", "entry__organisation", "entry__employer"
    )
    found = get_object_or_404(rows, entry__organisation=_bureau(request), entry__number=number)
    renewal = found.renewals.filter(state="asked").first()
    posted = request.POST.get("act", "")
    given = {
        act: kind(request.POST if posted == act else None, auto_id=f"{act}_%s")
        for act, kind in (
            ("hand_over", DayForm),
            ("renewal", RenewalForm),
            ("notice", NoticeForm),
            ("return", ReturnForm),
        )
    }
    if request.method == "POST":
        form, actor = given.get(posted), request.user
        acts = {
            "hand_over": lambda: flats.hand_over(found, actor=actor, on=form.cleaned_data["on"]),
            "notice": lambda: flats.give_notice(found, actor=actor, **form.cleaned_data),
            "return": lambda: flats.take_back(found, actor=actor, **form.cleaned_data),
            "renewal": lambda: flats.decide_renewal(
                renewal, actor=actor, granted=form.cleaned_data["granted"] == "yes",
                met=dict.fromkeys(form.cleaned_data["met"], True), opinion=form.cleaned_data["opinion"],
            ),
        }  # fmt: skip
        if posted not in acts or (posted == "renewal" and renewal is None):
            raise Http404
        done = _answer(
            request,
            form,
            acts[posted],
            _("已办理 %(number)s。") % {"number": number},
            ("desk:tenancy", number),
        )
        if done:
            return done
    return render(
        request, "desk/flats/tenancy.html",
        {"tenancy": found, "forms": given, "bound": given.get(posted), "renewal": renewal, "renewals": found.renewals.select_related("decided_by"),
         "co_tenants": found.co_tenants.all()},
    )  # fmt: skip
