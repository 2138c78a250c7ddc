"""单位工作台: employers and recommenders: recommend, follow, register, members, hand over."""

import uuid

from django import forms
from django.contrib import messages as flash
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from talent.core import identifiers, roles
from talent.core.models import Appointment, Case, Invitation, Organisation, Region, TalentProfile, User
from talent.core.services import appointments, calendar, candidates, organisations, people, policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import services as green_channel
from talent.green_channel.forms import RecommendationForm
from talent.green_channel.models import GreenChannelCase
from workflows.base import acts, telling
from workflows.desk.access import find_case, held_posts
from workflows.flows import GreenChannelFlow


def _posts(request: HttpRequest, *wanted: roles.Role) -> list:
    found = [post for post in held_posts(request) if post.role in (wanted or (roles.HR, roles.RECOMMENDER))]
    if not found:
        raise NotAllowed(
            _("该页面只对用人单位人事专员和推荐人开放。如需开通，请由单位现有人事专员邀请，或先注册单位。")
        )
    return found


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for us, and all our cases."""
    posts = _posts(request)
    ours = (
        Case.objects.visible_to(request.user)
        .filter(parties__organisation__in=[post.organisation.pk for post in posts])
        .select_related("applicant", "employer", "recommender")
        .prefetch_related("open_steps")
        .distinct()
        .order_by("-pk")[:100]
    )
    rows = []
    for case in ours:
        step = next(iter(case.open_steps.all()), None)
        rows.append({"case": case, "step": step, "ours": bool(step and step.waiting == "recommender")})
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
        },
    )


@require_GET
def case_page(request: HttpRequest, number: str) -> HttpResponse:
    """Progress as the employer sees it: steps, public timeline, letters to the case; nothing internal."""
    _posts(request)
    case = find_case(request, number)
    step = telling.current_step(case)
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
            "returned": returned[-1] if returned else None,
        },
    )


def _form(request: HttpRequest, posts: list, instance: GreenChannelCase | None = None) -> RecommendationForm:
    hr = [post.organisation.pk for post in posts if post.role is roles.HR]
    bureau = any(post.role is roles.RECOMMENDER for post in posts)
    employers = Organisation.objects.confirmed().employers()
    if not bureau:
        employers = employers.filter(pk__in=hr)
    initial = {}
    if instance is not None:
        person = instance.applicant
        initial = {
            "candidate_name": person.name,
            "candidate_id_kind": person.id_kind,
            "employer": instance.employer_id,
        }
    form = RecommendationForm(
        request.POST or None, instance=instance, initial=initial, employers=employers.order_by("name", "pk"),
        id_kinds=TalentProfile.IdentityKind.choices,
    )  # fmt: skip
    if instance is not None:
        for name in (
            "candidate_name",
            "candidate_id_kind",
            "candidate_id_number",
            "candidate_email",
            "employer",
        ):
            del form.fields[name]
    elif form.fields["employer"].queryset.count() == 1:
        form.fields["employer"].initial = form.fields["employer"].queryset.first().pk
    return form


@require_http_methods(["GET", "POST"])
def recommend(request: HttpRequest) -> HttpResponse:
    """推荐: file a recommendation; the talent gets an invitation to confirm."""
    posts = _posts(request)
    form = _form(request, posts)
    key = request.POST.get("submission_key") or str(uuid.uuid4())
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                recommender = _recommender(posts, data["employer"])
                candidate = _candidate(request.user, data)
                fields = {name: data[name] for name in form.Meta.fields}
                case = green_channel.recommend(
                    actor=request.user, recommender=recommender, employer=data["employer"], candidate=candidate,
                    submission_key=uuid.UUID(key), **fields,
                )  # fmt: skip
                GreenChannelFlow.recommended.run(case=case)
                link = _invite(request, case)
        except (ActRefused, ValidationError, ValueError) as refusal:
            form.add_error(
                None, "；".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            )
        else:
            flash.success(request, _("已推荐，办件编号 %(number)s，等待本人确认。") % {"number": case.number})
            if link:
                return render(
                    request, "portal/invited.html", {"case": case, "link": request.build_absolute_uri(link)}
                )
            return redirect("unit:case", number=case.number)
    return render(
        request, "portal/recommend.html",
        {"form": form, "submission_key": key, "mark": policy.edition_for("green_channel").mark, "revising": False},
    )  # fmt: skip


def _recommender(posts: list, employer: Organisation) -> Organisation:
    """The employer itself when its HR recommends, else the recommending bureau."""
    for post in posts:
        if post.role is roles.HR and post.organisation.pk == employer.pk:
            return post.organisation
    for post in posts:
        if post.role is roles.RECOMMENDER:
            return post.organisation
    raise NotAllowed(_("您只能推荐本单位的人选。"))


def _candidate(actor: User, data: dict) -> TalentProfile:
    """The person by identity number; one who is known here keeps the record, nothing is asked twice."""
    checked = identifiers.check_identity(
        data["candidate_id_kind"], data["candidate_id_number"], today=calendar.today()
    )
    known = people.find_by_identity(checked.number, kind=data["candidate_id_kind"])
    if known is not None:
        if known.name != data["candidate_name"].strip():
            raise ActRefused(_("该证件号码已登记在其他姓名下，请核对姓名和证件号码。"))
        return known
    return people.create_profile(
        actor=actor, name=data["candidate_name"].strip(), id_kind=data["candidate_id_kind"],
        id_number=checked.number, email=data["candidate_email"],
    )  # fmt: skip


def _invite(request: HttpRequest, case: GreenChannelCase) -> str:
    """A link by which a person without an account opens one; shown once to the recommender."""
    if case.applicant.user_id:
        return ""
    return reverse("join", args=[candidates.invite(case, actor=request.user)])


@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, number: str) -> HttpResponse:
    """The recommendation came back: change it and send it on."""
    posts = _posts(request)
    case = find_case(request, number)
    step = case.open_steps.filter(node="revise").first()
    if step is None or case.recommender_id not in {post.organisation.pk for post in posts}:
        raise Http404
    form = _form(request, posts, instance=case)
    if request.method == "POST" and form.is_valid():
        acts.answer(
            case, "revise", actor=request.user, **{name: form.cleaned_data[name] for name in form.Meta.fields}
        )
        flash.success(request, _("已修改推荐，等待本人再次确认。"))
        return redirect("unit:case", number=number)
    return render(
        request, "portal/recommend.html",
        {"form": form, "submission_key": "", "mark": case.edition.mark, "revising": True, "case": case},
    )  # fmt: skip


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
    posts = _posts(request, roles.HR)
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


# --- accounts opened by invitation or by oneself ------------------------------------------------------------


class AccountForm(forms.Form):
    username = forms.CharField(
        label=gettext_lazy("账号"), max_length=60, help_text=gettext_lazy("字母、数字，登录时使用")
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    password = forms.CharField(
        label=gettext_lazy("密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label=gettext_lazy("再输一次密码"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self):
        data = super().clean()
        if data.get("password") and data.get("again") and data["password"] != data["again"]:
            self.add_error("again", _("两次输入的密码不一致，请重新输入。"))
        return data


@login_not_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: to hold a post in an employer, or to confirm one's own recommendation."""
    candidate = candidates.invited(token)
    invitation = None if candidate else organisations.open_invitation(token)
    form = AccountForm(
        request.POST or None, initial={"name": candidate.name if candidate else invitation.name}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        account = organisations.NewAccount(
            username=data["username"], name=data["name"], password=data["password"]
        )
        try:
            if candidate:
                user = candidates.accept(token, account)
            else:
                user = organisations.accept_invitation(token, account=account).user
        except (ActRefused, ValidationError, ValueError) as refusal:
            form.add_error(
                None, "；".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
            )
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            flash.success(request, _("账号已开通。"))
            return redirect("home_after_login")
    return render(
        request, "portal/join.html", {"form": form, "invitation": invitation, "candidate": candidate}
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def open_account(request: HttpRequest) -> HttpResponse:
    """An employer's first person opens an account, then registers the employer."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        account = organisations.NewAccount(
            username=data["username"], name=data["name"], password=data["password"]
        )
        try:
            user = organisations.new_account(account)
        except (ActRefused, ValidationError) as refusal:
            problems = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
            form.add_error(None, "；".join(problems))
        else:
            login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            flash.success(request, _("账号已开通，请填写单位信息。"))
            return redirect("unit:register")
    return render(request, "portal/join.html", {"form": form, "invitation": None, "candidate": None})


@require_POST
def revoke_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    posts = _posts(request, roles.HR)
    row = get_object_or_404(Invitation, pk=pk, organisation__in=[post.organisation.pk for post in posts])
    organisations.revoke_invitation(row, actor=request.user)
    flash.success(request, _("邀请已撤回。"))
    return redirect("unit:members")
