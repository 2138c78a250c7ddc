"""Service orders: those of one's bureau, one order, and everything a steward's people have asked for."""

from typing import Any

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talent.core import roles
from talent.core.services import appointments, policy
from talent.core.services.errors import ActRefused
from talent.green_channel.models import Domain, FollowUp, GreenChannelCase, ServiceOrder
from talent.green_channel.services import orders, rating

from ..access import held_posts, holders_of, officers
from ..case import sent
from ..funds.doors import page_of
from . import doors


class FinishForm(forms.Form):
    result = forms.CharField(
        label=gettext_lazy("办理结果"), min_length=2, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("本人可以看到"),
    )  # fmt: skip
    evidence = forms.FileField(label=gettext_lazy("办结凭证"), help_text=gettext_lazy("PDF、JPG 或 PNG"))


class CannotForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("不能办理的原因"), min_length=2, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    clause = forms.CharField(label=gettext_lazy("依据条款"), min_length=2, max_length=200)
    instead = forms.CharField(label=gettext_lazy("可以改办"), min_length=2, max_length=300)


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("回访和整改情况"), min_length=4, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip


class OrderForm(forms.Form):
    """A service of the catalogue, for a talent."""

    service = forms.ChoiceField(label=gettext_lazy("服务事项"))
    family = forms.BooleanField(label=gettext_lazy("涉及家属信息"), required=False)
    detail = forms.CharField(
        label=gettext_lazy("具体需求"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("加密保存，只有责任单位能看"),
    )  # fmt: skip

    def __init__(self, *args: Any, case: GreenChannelCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for row in policy.figures(case.edition).needs:
            groups.setdefault(Domain(row.domain).label, []).append((f"{row.domain}/{row.item}", row.item))
        self.fields["service"].choices = [("", _("请选择")), *groups.items()]

    def facts(self) -> dict[str, Any]:
        """What `orders.order` takes."""
        domain, _slash, item = self.cleaned_data["service"].partition("/")
        return {"domain": domain, "item": item} | {
            name: self.cleaned_data[name] for name in self.fields if name != "service"
        }


@require_safe
@officers
def order_list(request: HttpRequest) -> HttpResponse:
    """The orders of the reader's bureaus: open ones by limit, or those that are finished."""
    bureaus = [post.organisation.pk for post in held_posts(request)]
    mine = ServiceOrder.objects.visible_to(request.user).filter(owner__in=bureaus)
    mine = mine.select_related("case__applicant", "case__edition", "owner", "claimed_by")
    closed = request.GET.get("view") == "closed"
    rows = mine.exclude(state__in=ServiceOrder.OPEN).order_by("-closed_at", "-pk") if closed else (
        mine.open().order_by("due_on", "pk")
    )  # fmt: skip
    page = page_of(request, rows)
    tabs = [
        {"label": _("待办"), "url": "?view=open", "current": not closed},
        {"label": _("已结"), "url": "?view=closed", "current": closed},
    ]
    return render(
        request, "desk/aftercare/orders.html",
        {"page": page, "rows": [doors.order_row(row) for row in page], "tabs": tabs},
    )  # fmt: skip


def _acts(request: HttpRequest, made: ServiceOrder, data: Any, files: Any) -> dict[str, tuple[Any, Any, str]]:
    """The acts of the page by name: form or None, what is done with it, and the sentence afterwards."""
    follow_up = FollowUp.objects.filter(order=made).first()
    user = request.user
    return {
        "claim": (None, lambda facts: orders.claim(made, actor=user), _("已接办。")),
        "finish": (
            FinishForm(data("finish"), files("finish"), auto_id="finish_%s"),
            lambda facts: orders.finish(made, actor=user, **facts), _("已办结，已请本人评价。"),
        ),
        "cannot": (
            CannotForm(data("cannot"), auto_id="cannot_%s"),
            lambda facts: orders.cannot(made, actor=user, **facts), _("已答复本人。"),
        ),
        "answer": (
            AnswerForm(data("answer"), auto_id="answer_%s"),
            lambda facts: rating.answer_follow_up(follow_up, actor=user, **facts), _("已回访，本人可以看到。"),
        ),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@officers
def order_page(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """One order: claim it, finish it with evidence, or say why not and what instead; its words only when asked for."""
    made = doors.find_order(request, number, place)
    name = request.POST.get("act", "")
    acts = _acts(
        request, made,
        lambda one: request.POST if name == one else None, lambda one: request.FILES if name == one else None,
    )  # fmt: skip
    detail = None
    if request.method == "POST" and name == "read":
        detail = orders.read_detail(made, reader=request.user)
    elif request.method == "POST":
        if name not in acts or (name == "answer" and not hasattr(made, "follow_up")):
            raise Http404
        form, act, sentence = acts[name]
        if form is None or form.is_valid():
            try:
                act(form.cleaned_data if form else {})
            except ActRefused as refusal:
                if refusal.status == 403:
                    raise
                flash.error(request, str(refusal))
            else:
                flash.success(request, sentence)
            return redirect("desk:order", number, place)
    follow_up = FollowUp.objects.select_related("answered_by", "organisation").filter(order=made).first()
    does = any(
        appointments.standing(request.user, role, made.owner, policy=made.case.policy)
        for role in ServiceOrder.DOING
    )
    return render(
        request, "desk/aftercare/order.html",
        doors.order_row(made)
        | {
            "case": made.case, "detail": detail, "follow_up": follow_up,
            "forms": {key: form for key, (form, _act, _words) in acts.items() if form},
            "can_read": bool(made.detail) and orders.may_read_detail(made, request.user),
            "waits_for_consent": does and bool(made.detail) and not orders.may_read_detail(made, request.user),
            "can_claim": does and made.state == ServiceOrder.State.OPEN,
            "can_finish": does and made.state == ServiceOrder.State.CLAIMED and made.claimed_by_id == request.user.pk,
            "can_answer": follow_up is not None and rating.may_answer(follow_up, request.user),
            "can_open_evidence": made.evidence is not None and _sees_evidence(request, made, does),
        },
    )  # fmt: skip


def _sees_evidence(request: HttpRequest, made: ServiceOrder, does: bool) -> bool:
    """A paper about the family is for the bureau that did it; any other also for the steward."""
    return does or not made.concerns_family


@require_safe
def evidence(request: HttpRequest, number: str, place: int) -> HttpResponse:
    """The paper that shows a service was done: for the talent, the bureau, and the steward unless it is of the family."""
    made = doors.find_order(request, number, place)
    does = any(
        appointments.standing(request.user, role, made.owner, policy=made.case.policy)
        for role in ServiceOrder.DOING
    )
    mine = made.case.applicant.user_id == request.user.pk
    if made.evidence is None or not (mine or _sees_evidence(request, made, does)):
        raise Http404
    return sent(made.evidence)


@require_safe
@holders_of(roles.Act.SERVE)
def people(request: HttpRequest) -> HttpResponse:
    """服务对象: the steward's people on one page, each with what is open, what comes due and what was marked poor."""
    houses = [post.organisation.pk for post in held_posts(request) if post.role is roles.STEWARD]
    cases = (
        GreenChannelCase.objects.visible_to(request.user)
        .filter(
            status="completed", parties__capacity=roles.Capacity.STEWARD, parties__organisation__in=houses
        )
        .select_related("applicant", "employer", "edition", "steward")
        .prefetch_related(
            "service_orders__owner", "service_orders__follow_up", "service_orders__case__edition"
        )
        .distinct()
        .order_by("-closed_at", "-pk")
    )
    mine = request.GET.get("view") != "all"
    if mine:
        cases = cases.filter(steward=request.user)
    page = page_of(request, cases)
    rows = []
    for case in page:
        lines = [doors.order_row(one) for one in case.service_orders.all()]
        rows.append(
            {
                "case": case,
                "open": [line for line in lines if line["order"].is_open],
                "closed": sum(not line["order"].is_open for line in lines),
                "poor": [
                    line["order"] for line in lines
                    if hasattr(line["order"], "follow_up") and line["order"].follow_up.answered_at is None
                ],
            }
        )  # fmt: skip
    tabs = [
        {"label": _("我的服务对象"), "url": "?view=mine", "current": mine},
        {"label": _("本单位服务对象"), "url": "?view=all", "current": not mine},
    ]
    return render(request, "desk/aftercare/people.html", {"page": page, "rows": rows, "tabs": tabs})


@require_http_methods(["GET", "POST"])
@officers
def case_services(request: HttpRequest, number: str) -> HttpResponse:
    """What one talent has asked for; the steward asks for more on his behalf."""
    case = doors.find_recognised(request, number)
    serving = appointments.standing_on(request.user, case, roles.Act.SERVE) is not None
    form = OrderForm(request.POST or None, case=case)
    if request.method == "POST" and form.is_valid():
        try:
            orders.order(case, actor=request.user, **form.facts())
        except ActRefused as refusal:
            if refusal.status == 403:
                raise
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("已提出服务事项，责任单位和本人已收到通知。"))
            return redirect("desk:case_services", number)
    seen = ServiceOrder.objects.visible_to(request.user).filter(case=case.pk)
    rows = [doors.order_row(row) for row in seen.select_related("case__edition", "owner", "claimed_by")]
    return render(
        request, "desk/aftercare/case_services.html",
        {"case": case, "rows": rows, "form": form, "serving": serving,
         "unmatched": orders.unmatched_needs(case) if serving else []},
    )  # fmt: skip
