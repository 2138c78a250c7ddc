"""专家评审 and the pool of experts: pages of the panel's office. Nobody else reads an expert's name."""

from django import forms
from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Case, IndustryChain, User
from talent.core.services import policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import services
from talent.green_channel.forms import ScoreForm
from talent.green_channel.models import Expert, ExpertTie, GreenChannelCase, Panel, PanelSeat

from .access import find_officer_case, held_posts, holders_of
from .case import ReasonForm

ROWS = 100
office = holders_of(roles.Act.RUN_PANEL)


class ExpertForm(forms.Form):
    """One expert of the pool."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80)
    title = forms.CharField(label=gettext_lazy("职称"), max_length=60, required=False)
    employer_name = forms.CharField(label=gettext_lazy("工作单位"), max_length=120)
    university = forms.CharField(label=gettext_lazy("所属高校"), max_length=120, required=False)
    fields_ = forms.CharField(
        label=gettext_lazy("专业领域"), max_length=200, help_text=gettext_lazy("多个领域用顿号隔开")
    )
    chains = forms.ModelMultipleChoiceField(
        IndustryChain.objects.order_by("code"), label=gettext_lazy("产业链"), required=False
    )
    mobile = forms.CharField(
        label=gettext_lazy("手机号码"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    account = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("留空则由评审秘书代录评分表"),
    )

    def clean_account(self) -> User | None:
        name = self.cleaned_data["account"]
        found = User.objects.filter(username=name, is_active=True).first() if name else None
        if name and found is None:
            raise forms.ValidationError(_("没有这个账号，或账号已停用，请核对。"))
        return found


class TieForm(forms.Form):
    """Whom an expert is tied to."""

    kind = forms.ChoiceField(label=gettext_lazy("关系"), choices=ExpertTie.Kind.choices)
    person = forms.CharField(label=gettext_lazy("相关人员"), max_length=80, required=False)
    organisation = forms.CharField(label=gettext_lazy("相关单位"), max_length=120, required=False)
    title = forms.CharField(label=gettext_lazy("项目或专利名称"), max_length=200, required=False)


def _office_case(request: HttpRequest, number: str) -> GreenChannelCase:
    """A case whose panel the reader runs: the lead bureau's own, or 404."""
    case = find_officer_case(request, number)
    offices = {post.organisation.pk for post in held_posts(request) if post.role.may(roles.Act.RUN_PANEL)}
    if not isinstance(case, GreenChannelCase) or case.lead_organisation_id not in offices:
        raise Http404
    return case


def _panel(case: GreenChannelCase) -> Panel:
    panel = case.panels.select_related("case__edition", "case__applicant", "case__employer").first()
    if panel is None:
        raise Http404
    return panel


def _seat(panel: Panel, key) -> PanelSeat:
    return get_object_or_404(panel.seats.select_related("expert__user", "panel__case__edition"), row_key=key)


@require_safe
@office
def panel_list(request: HttpRequest) -> HttpResponse:
    """Cases that wait for a panel, and the panels of the reader's bureau."""
    offices = [post.organisation.pk for post in held_posts(request) if post.role.may(roles.Act.RUN_PANEL)]
    mine = GreenChannelCase.objects.filter(
        pk__in=Case.objects.visible_to(request.user).values("pk"), lead_organisation__in=offices
    )
    waiting = mine.filter(step="panel").exclude(panels__state=Panel.State.OPEN)
    panels = Panel.objects.filter(case__in=mine).select_related("case__applicant").order_by("-pk")[:ROWS]
    return render(
        request, "desk/panels.html",
        {"waiting": waiting.select_related("applicant", "employer").order_by("pk")[:ROWS], "panels": panels},
    )  # fmt: skip


@require_POST
@office
def form_panel(request: HttpRequest, number: str) -> HttpResponse:
    case = _office_case(request, number)
    try:
        services.form_panel(case, actor=request.user)
    except NotAllowed:
        raise
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("desk:panels")
    flash.success(request, _("评审已启动，已书面告知申请人；评审时间不计入办理时限。"))
    return redirect("desk:panel", number=number)


@require_safe
@office
def panel_page(request: HttpRequest, number: str) -> HttpResponse:
    """The seats, whom one may invite and whom not, and the sheets once everybody has scored."""
    panel = _panel(_office_case(request, number))
    seats = list(panel.seats.select_related("expert__user").prefetch_related("scores"))
    sitting = [seat for seat in seats if seat.state in PanelSeat.SITTING]
    complete = bool(sitting) and all(seat.state == PanelSeat.State.SCORED for seat in sitting)
    dimensions = policy.figures(panel.case.edition).dimensions
    text = request.GET.get("q", "").strip()
    return render(
        request, "desk/panel.html",
        {
            "panel": panel, "case": panel.case, "mark": panel.case.edition.mark, "q": text,
            "seats": [(seat, ReasonForm(auto_id=f"s{seat.pk}_%s")) for seat in seats],
            "composition": services.standing_of(panel),
            "candidates": services.candidates(panel, text=text)[:ROWS] if panel.open else [],
            "dimensions": dimensions,
            # The sheets stay closed to the office too while somebody has still to write his own.
            "sheets": [
                (seat, [services.sheet(seat).get(one.code) for one in dimensions]) for seat in sitting
            ] if complete else [],
            "complete": complete,
            "conclude_url": reverse("desk:decide", args=[number, "panel"]) if panel.open else "",
        },
    )  # fmt: skip


@require_POST
@office
def invite(request: HttpRequest, number: str) -> HttpResponse:
    panel = _panel(_office_case(request, number))
    keys = [key for key in request.POST.getlist("expert") if key.isdigit()]
    chosen = list(Expert.objects.filter(pk__in=keys, active=True).select_related("user").order_by("pk"))
    try:
        if not chosen:
            raise ActRefused(_("请先勾选要邀请的专家。"))
        seats = services.invite(panel, chosen, actor=request.user)
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    else:
        for seat in seats:
            if seat.state == PanelSeat.State.REFUSED:
                flash.warning(
                    request,
                    _("“%(name)s”未安排：%(reason)s。") % {"name": seat.expert, "reason": seat.reason},
                )
        asked = sum(seat.state == PanelSeat.State.INVITED for seat in seats)
        flash.success(request, _("已邀请%(n)d名专家。") % {"n": asked})
    return redirect("desk:panel", number=number)


@require_POST
@office
def answer_seat(request: HttpRequest, number: str, key) -> HttpResponse:
    """The office answers for an expert without an account, or notes a 回避 it has found out."""
    seat = _seat(_panel(_office_case(request, number)), key)
    reason = request.POST.get("reason", "")
    try:
        match request.POST.get("answer"):
            case "accept":
                services.accept_seat(seat, actor=request.user)
            case "decline":
                services.decline_seat(seat, actor=request.user, reason=reason)
            case "recuse":
                services.recuse_seat(seat, actor=request.user, reason=reason)
            case _other:
                raise Http404
    except NotAllowed:
        raise
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    else:
        flash.success(request, _("已记录。"))
    return redirect("desk:panel", number=number)


@require_http_methods(["GET", "POST"])
@office
def sheet(request: HttpRequest, number: str, key) -> HttpResponse:
    """代录: the signed sheet of an expert without an account."""
    seat = _seat(_panel(_office_case(request, number)), key)
    if seat.expert.user_id is not None:
        raise NotAllowed(_("该专家使用账号评审，须由本人评分。"))
    form = ScoreForm(
        request.POST or None,
        dimensions=policy.figures(seat.panel.case.edition).dimensions,
        initial=ScoreForm.initial_of(seat, services.sheet(seat)),
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.score(seat, actor=request.user, **form.facts())
        except NotAllowed:
            raise
        except ActRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("评分表已代录。"))
            return redirect("desk:panel", number=number)
    return render(request, "desk/panel_sheet.html", {"seat": seat, "case": seat.panel.case, "form": form})


@require_http_methods(["GET", "POST"])
@office
def expert_list(request: HttpRequest) -> HttpResponse:
    """The pool; a new expert is entered below."""
    form = ExpertForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            services.add_expert(
                actor=request.user, user=data.pop("account"), fields=data.pop("fields_"), **data
            )
        except ActRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(request, _("专家已入库。"))
            return redirect("desk:experts")
    text = request.GET.get("q", "").strip()
    return render(
        request, "desk/experts.html", {"form": form, "q": text, "experts": services.pool(text)[:ROWS]}
    )


@require_http_methods(["GET", "POST"])
@office
def expert_page(request: HttpRequest, key) -> HttpResponse:
    """One expert: where he works, his ties, and the act of taking him out of the pool."""
    expert = get_object_or_404(
        Expert.objects.select_related("user").prefetch_related("ties", "chains"), row_key=key
    )
    form = TieForm(request.POST if "kind" in request.POST else None)
    try:
        if request.method == "POST" and "retire" in request.POST:
            services.retire_expert(expert, actor=request.user)
            flash.success(request, _("专家已出库，不再邀请。"))
            return redirect("desk:experts")
        if form.is_bound and form.is_valid():
            services.declare_tie(expert, actor=request.user, **form.cleaned_data)
            flash.success(request, _("关系已登记，今后自动提示回避。"))
            return redirect("desk:expert", key=key)
    except ActRefused as refusal:
        form.add_error(None, str(refusal))
    return render(request, "desk/expert.html", {"expert": expert, "form": form})
