"""/unit/placements/: the page HR opens first: what waits, our people in one table, and what can be done to many at once."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.models import Organisation
from talent.core.services import calendar
from talent.core.services.errors import ActRefused
from talent.placements import forms
from talent.placements.models import Need, Placement, PlacementCase, QuarterlyReport, ServiceDay
from talent.placements.services import places, reporting, serving, sides
from workflows.base import telling
from workflows.desk.access import find_case
from workflows.portal.own import posts_at_unit

from .acts import act_page
from .case import case_context
from .case_acts import Side
from .people import narrowed, people_of, waiting_for

STATES = [("", gettext_lazy("全部")), *Placement.State.choices]


class PeopleFilter(django_forms.Form):
    """Filters of the people table; all of them stand in the address."""

    kind = django_forms.ChoiceField(label=gettext_lazy("岗位种类"), required=False)
    state = django_forms.ChoiceField(label=gettext_lazy("状态"), required=False, choices=STATES)
    q = django_forms.CharField(label=gettext_lazy("姓名或单位"), required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = forms.current_book().kinds
        self.fields["kind"].choices = [("", _("全部")), *((kind.code, kind.title) for kind in kinds)]


def organisations_of(request: HttpRequest) -> list[Organisation]:
    """The firms and universities whose HR the reader is; raises `NotAllowed` without one."""
    return [post.organisation for post in posts_at_unit(request, roles.HR)]


def filtered(request: HttpRequest, rows: list[dict[str, Any]]) -> tuple[PeopleFilter, list[dict[str, Any]]]:
    """The filter form and the rows it leaves."""
    form = PeopleFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    return form, narrowed(rows, **chosen)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for us, our people, the quota used."""
    ours = organisations_of(request)
    everybody = people_of(ours)
    form, rows = filtered(request, everybody)
    firms = [one for one in ours if one.kind == Organisation.Kind.EMPLOYER]
    quotas = [
        {"firm": firm, "kind": kind.title, "used": used, "of": of}
        for firm, kind, used, of in places.quotas_used(firms, book=forms.current_book())
    ]
    return render(
        request, "placements/unit.html",
        {"ours": ours, "firms": firms, "filter_form": form, "rows": rows, "quotas": quotas,
         "waiting": waiting_for(ours, everybody), "query": request.GET.urlencode()},
    )  # fmt: skip


def _our_case(request: HttpRequest, number: str) -> tuple[PlacementCase, list[str]]:
    """A placement of ours and the sides we speak for, or 404."""
    posts_at_unit(request, roles.HR)
    case = find_case(request, number)
    if not isinstance(case, PlacementCase):
        raise Http404
    speaking = [side for side in sides.sides_of(case, request.user) if side != Side.PERSON]
    if not speaking:
        raise Http404
    return case, speaking


@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    case, speaking = _our_case(request, number)
    context = case_context(case, speaking, reader=telling.Reader.OUTSIDER)
    return render(
        request, "placements/case.html",
        context | {"act_url": "unit:placement_act", "back": reverse("unit:placements"), "back_title": _("校聘企用")},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    case, speaking = _our_case(request, number)
    return act_page(
        request, case, act, sides=speaking, back=reverse("unit:placement", args=[number]), back_title=number
    )


def _chosen(request: HttpRequest, name: str) -> list[int]:
    return [int(key) for key in request.POST.getlist(name) if key.isdigit()]


@require_http_methods(["GET", "POST"])
def days(request: HttpRequest) -> HttpResponse:
    """在岗日: everything waiting for our confirmation, all ticked; one press confirms, a reason refuses one."""
    ours = organisations_of(request)
    open_days = (
        ServiceDay.objects.to_confirm()
        .filter(placement__firm__in=ours)
        .select_related("placement__firm", "placement__case", "person")
        .order_by("person_id", "day")
    )
    results = []
    if request.method == "POST":
        chosen = open_days.filter(pk__in=_chosen(request, "day"))
        if "refuse" in request.POST:
            one = get_object_or_404(open_days, pk=request.POST["refuse"])
            reason = request.POST.get(f"reason_{one.pk}", "").strip()
            try:
                if not reason:
                    raise ActRefused(_("不确认的，请写明原因。"))
                serving.answer(one, actor=request.user, refusal=reason)
                flash.success(request, _("已退回%(day)s。") % {"day": f"{one.day:%Y-%m-%d}"})
                return redirect("unit:placement_days")
            except ActRefused as refusal:
                results = [(one, str(refusal))]
        else:
            results = serving.confirm_many(list(chosen), actor=request.user)
            done = sum(not problem for _day, problem in results)
            flash.success(request, _("已确认%(n)d天。") % {"n": done})
            if done == len(results):
                return redirect("unit:placement_days")
    return render(
        request, "placements/days.html",
        {"days": list(open_days), "problems": [(day, problem) for day, problem in results if problem]},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reports(request: HttpRequest) -> HttpResponse:
    """定期报告: everything due, all ticked for 无变化; a text for those with something to tell."""
    ours = organisations_of(request)
    today = calendar.today()
    open_reports = reporting.due_reports(today).filter(
        placement__firm__in=ours, placement__state__in=("active", "suspended", "ended")
    )
    results: list[tuple[QuarterlyReport, str]] = []
    if request.method == "POST":
        if "one" in request.POST:
            report = get_object_or_404(open_reports, pk=request.POST["one"])
            try:
                reporting.submit(
                    report, actor=request.user, text=request.POST.get(f"text_{report.pk}", ""), today=today
                )
            except ActRefused as refusal:
                results = [(report, str(refusal))]
            else:
                results = [(report, "")]
        else:
            chosen = open_reports.filter(pk__in=_chosen(request, "report"))
            results = reporting.submit_unchanged(list(chosen), actor=request.user, today=today)
        done = sum(not problem for _report, problem in results)
        if done:
            flash.success(request, _("已提交%(n)d份报告。") % {"n": done})
        if done == len(results):
            return redirect("unit:placement_reports")
    return render(
        request, "placements/reports.html",
        {"reports": list(open_reports), "today": today,
         "problems": [(report, problem) for report, problem in results if problem]},
    )  # fmt: skip


def needs_of(ours: list[Organisation]):
    return Need.objects.filter(firm__in=ours).select_related("firm", "chain")
