"""The workbench and the list of all cases."""

from django import forms
from django.contrib import messages as flash
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from talent.core.models import Case, PolicyEdition, Region
from talent.core.services import calendar, checks, policy
from talent.core.services.errors import ActRefused
from workflows import processes
from workflows.base import acts
from workflows.base.telling import words_for
from workflows.models import OpenStep

from . import worklist
from .access import officers

VIEWS = {
    "mine": gettext_lazy("我的待办"),
    "claim": gettext_lazy("待领取"),
    "overdue": gettext_lazy("已超期"),
    "near": gettext_lazy("即将到期"),
    "organisation": gettext_lazy("本单位在办"),
    "done": gettext_lazy("我的已办"),
}


# Seconds after which the filters notice a new edition or region.
CHOICES_KEPT_FOR = 60


def _choices() -> dict[str, list[tuple]]:
    """The registered policies, the steps of all their editions, and the regions, as the filters offer them."""
    policies, steps = {}, {}
    registered = [process.policy for process in processes.PROCESSES]
    for edition in PolicyEdition.objects.filter(policy__in=registered).order_by("effective_from", "pk"):
        policies[edition.policy] = edition.title
        steps |= {step.code: step.title for step in policy.figures(edition).active_steps}
    return {
        "policy": list(policies.items()),
        "node": list(steps.items()),
        "region": list(Region.objects.exclude(kind="city").values_list("pk", "name")),
    }


class FilterForm(forms.Form):
    """The filters of the URL; shareable as a link."""

    view = forms.CharField(widget=forms.HiddenInput, required=False)
    sort = forms.CharField(widget=forms.HiddenInput, required=False)
    q = forms.CharField(
        label=gettext_lazy("姓名或办件编号"),
        required=False,
        widget=forms.TextInput(attrs={"data-search": "", "autocomplete": "off", "maxlength": 40}),
    )
    policy = forms.ChoiceField(label=gettext_lazy("事项"), required=False)
    node = forms.ChoiceField(label=gettext_lazy("办理环节"), required=False)
    level = forms.ChoiceField(label=gettext_lazy("人才层次"), required=False)
    region = forms.ChoiceField(label=gettext_lazy("县市区"), required=False)
    light = forms.ChoiceField(
        label=gettext_lazy("时限状态"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("red", gettext_lazy("已超期")),
            ("yellow", gettext_lazy("即将到期")),
        ],
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        everything = ("", _("全部"))
        for name, choices in cache.get_or_set("filter_choices", _choices, CHOICES_KEPT_FOR).items():
            self.fields[name].choices = [everything, *choices]
        self.fields["level"].choices = [
            everything,
            *((level.code, str(level)) for level in policy.talent_levels()),
        ]


class CaseFilterForm(FilterForm):
    status = forms.ChoiceField(
        label=gettext_lazy("状态"), required=False, choices=[("", gettext_lazy("全部")), *Case.Status.choices]
    )
    light = None
    view = None


@require_safe
@officers
def home(request: HttpRequest) -> HttpResponse:
    """工作台: overdue, near due, mine, to claim; rows sorted by time left."""
    view = request.GET.get("view", "mine")
    if view not in VIEWS:
        view = "mine"
    if view == "done":
        return _done(request)
    queryset = worklist.narrow(
        worklist.steps(request.user, request.held_posts, view), request.GET, request.user
    )
    rows, more, number = worklist.page_of(queryset, request.GET)
    number_of = worklist.counts(request)
    tiles = [
        {"label": VIEWS[name], "value": worklist.shown(number_of[name]),
         "url": f"{reverse('desk:home')}?view={name}", "tone": tone, "current": name == view, "hint": hint}
        for name, tone, hint in (
            ("overdue", "err", _("本单位超过环节期限")), ("near", "warn", _("本单位两个工作日内到期")),
            ("mine", "", _("我已领取")), ("claim", "", _("我的岗位可领取")), ("organisation", "ok", _("本单位全部在办")),
        )
    ]  # fmt: skip
    return render(
        request,
        "desk/home.html",
        {
            "view": view,
            "title": VIEWS[view],
            "tiles": tiles,
            "rows": [{"row": row, "words": words_for(row.light, row.left)} for row in rows],
            "claimable": view == "claim",
            "filter_form": FilterForm(request.GET or None, initial={"view": view}),
            "next_url": _page_url(request, number + 1) if more else "",
            "previous_url": _page_url(request, number - 1) if number > 1 else "",
        },
    )


def _page_url(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = number
    return f"?{query.urlencode()}"


def _done(request: HttpRequest) -> HttpResponse:
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    start = (max(number, 1) - 1) * worklist.PAGE
    events = list(
        worklist.done(request.user).select_related("case__applicant", "case__employer")[
            start : start + worklist.PAGE + 1
        ]
    )
    return render(
        request,
        "desk/done.html",
        {
            "title": VIEWS["done"],
            "events": events[: worklist.PAGE],
            "next_url": _page_url(request, number + 1) if len(events) > worklist.PAGE else "",
            "previous_url": _page_url(request, number - 1) if number > 1 else "",
        },
    )


_SHOWN = ("applicant", "employer", "region", "lead_organisation")


@require_safe
@officers
def cases(request: HttpRequest) -> HttpResponse:
    """All cases the officer may see, by any filter, without a COUNT over history."""
    text = request.GET.get("q", "").strip()
    queryset = worklist.search(text, request.user) if text else Case.objects.listed_for(request.user)
    for parameter, field in (
        ("status", "status"), ("policy", "policy"), ("node", "step"), ("level", "level_code"),
    ):  # fmt: skip
        if request.GET.get(parameter):
            queryset = queryset.filter(**{field: request.GET[parameter]})
    if request.GET.get("region", "").isdigit():
        queryset = queryset.filter(region_id=request.GET["region"])
    number = int(request.GET["page"]) if request.GET.get("page", "").isdigit() else 1
    start = (max(number, 1) - 1) * worklist.PAGE
    found = list(queryset.select_related(*_SHOWN).order_by("-pk")[start : start + worklist.PAGE + 1])
    return _cases_page(request, found, number)


def _awaited(progress: checks.Progress | None) -> list[tuple[checks.Line, str]]:
    """The bureaus that have not answered, each with its days left."""
    lines = progress.lines if progress else ()
    return [(line, words_for(line.light, line.left)) for line in lines if line.check.is_open]


def _cases_page(request: HttpRequest, found: list[Case], number: int) -> HttpResponse:
    """One page of cases; how far each joint check has come is asked once for all rows."""
    rows = found[: worklist.PAGE]
    running = checks.progress(case for case in rows if not case.ended)
    return render(
        request,
        "desk/cases.html",
        {
            "found": [(case, _awaited(running.get(case.pk))) for case in rows],
            "today": calendar.today(),
            "filter_form": CaseFilterForm(request.GET or None),
            "next_url": _page_url(request, number + 1) if len(found) > worklist.PAGE else "",
            "previous_url": _page_url(request, number - 1) if number > 1 else "",
        },
    )


@require_POST
@officers
def find_person(request: HttpRequest) -> HttpResponse:
    """Cases by identity number: posted, so that the number stands in no address, history or log."""
    found = worklist.search_identity(request.POST.get("identity", ""), request.user)
    rows = found.select_related(*_SHOWN).order_by("-pk")
    return _cases_page(request, list(rows[: worklist.PAGE]), 1)


@require_POST
@officers
def batch_claim(request: HttpRequest) -> HttpResponse:
    """领取 many at once: each on its own, with a result per row."""
    keys = [key for key in request.POST.getlist("step") if key.isdigit()][:50]
    allowed = worklist.steps(request.user, request.held_posts, "claim").values("pk")
    results = []
    chosen = OpenStep.objects.filter(pk__in=keys).filter(pk__in=allowed)
    for step in chosen.select_related("case", "task__process").order_by("pk"):
        try:
            acts.claim(step, actor=request.user)
            results.append({"number": step.case.number, "ok": True, "text": _("已领取")})
        except ActRefused as refusal:
            results.append({"number": step.case.number, "ok": False, "text": str(refusal)})
    missed = len(keys) - len(results)
    if missed:
        results.append(
            {"number": "", "ok": False, "text": _("%(n)d 件已被他人领取或不在您的岗位范围") % {"n": missed}}
        )
    if not results:
        flash.warning(request, _("请先勾选要领取的办件。"))
        return redirect(f"{reverse('desk:home')}?view=claim")
    return render(request, "desk/batch.html", {"results": results})
