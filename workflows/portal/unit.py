"""单位工作台: employers and recommenders: follow their cases, register, members, hand over."""

from django import forms
from django.contrib import messages as flash
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Appointment, Case, CaseParty, Invitation, Organisation, Region, User
from talent.core.services import appointments, calendar, organisations
from talent.core.services.errors import ActRefused
from workflows import processes
from workflows.base import acts, telling
from workflows.base.nodes import EMPLOYER
from workflows.desk.access import find_case
from workflows.desk.aftercare.doors import is_recognised

from .own import posts_at_unit


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What waits for us, and all our cases."""
    posts = posts_at_unit(request)
    at_home = CaseParty.objects.filter(
        case=OuterRef("pk"), organisation__in=[post.organisation.pk for post in posts]
    )
    ours = (
        Case.objects.listed_for(request.user)
        .filter(Exists(at_home))
        .select_related("applicant", "employer", "recommender")
        .prefetch_related("open_steps")
        .order_by("-pk")[:100]
    )
    rows = []
    for case in ours:
        step = next(iter(case.open_steps.all()), None)
        url = reverse(processes.of(case).unit_page or "unit:case", args=[case.number])
        waits_for = step.waiting if step else ""
        rows.append(
            {
                "case": case,
                "step": step,
                "url": url,
                "ours": waits_for in ("recommender", "employer"),
                "todo_url": reverse("unit:revise", args=[case.number]) if waits_for == "recommender" else url,
            }
        )
    return render(
        request,
        "portal/unit_home.html",
        {
            "rows": rows,
            "waiting": [row for row in rows if row["ours"]],
            "organisations": sorted({post.organisation.name for post in posts}),
            "running": sum(not row["case"].ended for row in rows),
            "finished": sum(row["case"].ended for row in rows),
            "is_hr": any(post.role is roles.HR for post in posts),
            "begun_here": [
                {"slug": process.slug, "title": process.begin_form.heading}
                for process in processes.begun_at_unit({post.role for post in posts})
            ],
        },
    )


def confirmable(case: Case) -> list[dict]:
    """What the employer is asked to confirm: who, and the facts of the employment, never the household's."""
    rows = [(_("姓名"), case.applicant.name), (_("申报事项"), case.title)]
    for name in processes.of(case).employer_facts:
        value = getattr(case, name)
        if isinstance(value, bool):
            value = _("是") if value else _("否")
        if value not in (None, ""):
            rows.append((case._meta.get_field(name).verbose_name, value))
    return [{"label": label, "value": value} for label, value in rows]


class AnswerForm(forms.Form):
    """单位确认: in post, under contract, true; or not, with the reason the applicant reads."""

    confirmed = forms.ChoiceField(
        label=gettext_lazy("单位意见"), widget=forms.RadioSelect,
        choices=[("yes", gettext_lazy("确认在岗、合同有效、填报属实")), ("no", gettext_lazy("不予确认，退回本人"))],
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不予确认的必须写明理由；申请人可以看到"),
    )  # fmt: skip


def _asked(case: Case, posts: list) -> bool:
    """Whether this case waits for the word of an employer whose HR the reader is."""
    ours = {post.organisation.pk for post in posts if post.role is roles.HR}
    return case.employer_id in ours and case.open_steps.filter(node=EMPLOYER).exists()


@require_POST
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """The employer confirms or declines."""
    posts = posts_at_unit(request, roles.HR)
    case = find_case(request, number)
    if case.employer_id not in {post.organisation.pk for post in posts}:
        raise Http404
    form = AnswerForm(request.POST)
    if not form.is_valid():
        flash.error(request, _("请选择单位意见。"))
        return redirect("unit:case", number=number)
    try:
        acts.answer(
            case, EMPLOYER, actor=request.user, confirmed=form.cleaned_data["confirmed"] == "yes",
            note=form.cleaned_data["note"],
        )  # fmt: skip
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    else:
        flash.success(request, _("单位意见已提交。"))
    return redirect("unit:case", number=number)


@require_safe
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Progress as the employer sees it: steps, public timeline, letters to the case; nothing internal."""
    posts = posts_at_unit(request)
    case = find_case(request, number)
    step = telling.current_step(case)
    asked = _asked(case, posts)
    events = telling.events_of(case)
    returned = [event for event in events if event.kind == "returned_to_recommender"]
    return render(
        request,
        "portal/unit_case.html",
        {
            "case": case,
            "mark": case.edition.mark,
            "sentence": telling.place_sentence(case, step, reader=telling.Reader.OUTSIDER),
            "steps": telling.public_steps(case),
            "timeline": telling.timeline(case, public=True, events=events),
            "clock": telling.clock_panel(case, events=events),
            "can_revise": bool(step and step.node == "revise"),
            "recognised": is_recognised(case)
            and case.employer_id in {post.organisation.pk for post in posts if post.role is roles.HR},
            "answer_form": AnswerForm() if asked else None,
            "to_confirm": confirmable(case) if asked else [],
            "returned": returned[-1] if returned else None,
        },
    )


# --- the organisation itself -----------------------------------------------------------------------------


class RegisterForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("单位名称"), max_length=100)
    code = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=18)
    kind = forms.ChoiceField(
        label=gettext_lazy("单位类别"), choices=[c for c in Organisation.Kind.choices if c[0] != "bureau"]
    )
    region = forms.ModelChoiceField(Region.objects.exclude(kind="city"), label=gettext_lazy("所在县市区"))
    contact_name = forms.CharField(label=gettext_lazy("联系人"), max_length=50)
    contact_phone = forms.CharField(label=gettext_lazy("办公电话"), max_length=30)
    licence = forms.FileField(
        label=gettext_lazy("营业执照（法人证书）"), help_text=gettext_lazy("PDF、JPG 或 PNG，不超过 20 兆"),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register an employer; the county 人社局 confirms it."""
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            organisation = organisations.register(actor=request.user, **form.cleaned_data)
        except (ActRefused, ValueError) as refusal:
            form.add_error(None, str(refusal))
        else:
            flash.success(
                request, _("“%(name)s”已提交注册，等待所在县市区人社局核验。") % {"name": organisation}
            )
            return redirect("home_after_login")
    return render(request, "portal/register.html", {"form": form})


class MemberForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    email = forms.EmailField(label=gettext_lazy("电子邮箱"), required=False)


@require_http_methods(["GET", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    """HR members: invite, hand over, end."""
    posts = posts_at_unit(request, roles.HR)
    organisation = posts[0].organisation
    form = MemberForm(request.POST if "invite" in request.POST else None)
    link = ""
    if request.method == "POST":
        try:
            if "invite" in request.POST and form.is_valid():
                _invitation, token = organisations.invite(
                    organisation,
                    roles.HR,
                    form.cleaned_data["name"],
                    form.cleaned_data["email"],
                    actor=request.user,
                )
                link = request.build_absolute_uri(reverse("join", args=[token]))
                flash.success(request, _("邀请已生成，请把下面的链接交给本人，七天内有效，只显示这一次。"))
            elif "hand_over" in request.POST:
                to = get_object_or_404(User, pk=request.POST.get("to") or 0, is_active=True)
                organisations.hand_over(request.user, to, organisation, actor=request.user)
                flash.success(request, _("已交接给%(name)s，您在本单位的岗位已于今天结束。") % {"name": to})
                return redirect("home_after_login")
            elif "dismiss" in request.POST:
                row = get_object_or_404(
                    Appointment, pk=request.POST["dismiss"], organisation=organisation, role=roles.HR.codename
                )
                appointments.dismiss(row, actor=request.user, reason=request.POST.get("reason") or _("离岗"))
                flash.success(request, _("已结束该成员的岗位。"))
                return redirect("unit:members")
        except ActRefused as refusal:
            flash.error(request, str(refusal))
    rows = Appointment.objects.in_force(calendar.today()).of_role(roles.HR).filter(organisation=organisation)
    invited = Invitation.objects.filter(
        organisation=organisation, accepted_at__isnull=True, revoked_at__isnull=True
    )
    return render(
        request, "portal/members.html",
        {"organisation": organisation, "rows": rows.select_related("user").order_by("pk"), "invited": invited, "form": form, "link": link},
    )  # fmt: skip


@require_POST
def revoke_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    posts = posts_at_unit(request, roles.HR)
    row = get_object_or_404(Invitation, pk=pk, organisation__in=[post.organisation.pk for post in posts])
    organisations.revoke_invitation(row, actor=request.user)
    flash.success(request, _("邀请已撤回。"))
    return redirect("unit:members")
