"""Public pages: nothing here needs an account, nothing here shows more than the whitelist."""

from django import forms
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from viewflow.workflow import chart as drawing

from talent.core import roles
from talent.core.models import Case, Publicity, TalentLevel
from talent.core.services import appointments, calendar, letters, origin, policy, publicity, signin
from talent.core.services.errors import ActRefused
from workflows import processes, projections
from workflows.base import Begins, Process, telling


def _service(process: Process) -> dict:
    """One service as hall, home and guide show it."""
    edition = policy.edition_for(process.policy)
    figures = policy.figures(edition)
    return {
        "slug": process.slug,
        "edition": edition,
        "figures": figures,
        "mark": edition.mark,
        "legal_days": figures.limit("legal_days"),
        "promised_days": figures.limit("promised_days"),
        "by_applicant": process.begins is Begins.APPLICANT,
        "begin": process.begin_form.heading if process.begin_form else process.begin_title,
        "begin_page": process.begin_page,
        "has_check": process.check_form is not None,
        "beside": process.beside,
    }


def _services() -> list[dict]:
    return [_service(process) for process in processes.PROCESSES]


def _process(slug: str) -> Process:
    process = processes.find(slug)
    if process is None:
        raise Http404
    return process


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Home: services, progress query, publicity."""
    shown = Publicity.objects.filter(state=Publicity.State.OPEN).select_related("case").order_by("-pk")[:5]
    return render(
        request, "public/home.html",
        {"services": _services(), "publicities": shown, "query_form": QueryForm()},
    )  # fmt: skip


@login_not_required
@require_safe
def hall(request: HttpRequest) -> HttpResponse:
    return render(request, "public/hall.html", {"services": _services()})


@login_not_required
@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    """办事指南, generated from edition and flow."""
    service = _service(_process(slug))
    levels = TalentLevel.objects.order_by("rank")
    figures = service["figures"]
    return render(
        request,
        "public/guide.html",
        {
            "service": service,
            "figures": figures,
            "levels": levels,
            "paces": projections.promise_kept(figures, service["edition"].policy),
        },
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def eligibility(request: HttpRequest, slug: str) -> HttpResponse:
    """自助测算: a few questions answered by the same rules the offices use. Nothing is stored."""
    process = _process(slug)
    if process.check_form is None:
        raise Http404
    kind = request.GET.get("kind", "")
    choices = process.check_form.kinds()
    if kind not in dict(choices):
        kind = choices[0][0]
    form = process.check_form(request.POST or None, kind=kind)
    return render(
        request, "public/eligibility.html",
        {"service": _service(process), "form": form, "title": dict(choices)[kind],
         "answer": form.answer() if form.is_bound and form.is_valid() else None,
         "tabs": [{"label": name, "url": f"?kind={code}", "current": code == kind} for code, name in choices]},
    )  # fmt: skip


@login_not_required
@require_safe
def chart(request: HttpRequest, slug: str) -> HttpResponse:
    """The process drawn from the flow: SVG, or BPMN as a download."""
    grid = drawing.calc_layout_data(_process(slug).flow)
    drawing.calc_text(grid)
    if request.GET.get("format") == "bpmn":
        response = HttpResponse(drawing.grid_to_bpmn(grid), content_type="application/xml")
        response["Content-Disposition"] = f'attachment; filename="{slug}.bpmn"'
        return response
    return HttpResponse(drawing.grid_to_svg(grid), content_type="image/svg+xml")


# Publicities that are over and still listed: the newest.
_OVER_SHOWN = 30


@login_not_required
@require_safe
def publicity_list(request: HttpRequest) -> HttpResponse:
    """公示: every open one, and the last ones that are over."""
    rows = Publicity.objects.select_related("case").order_by("-ends_on", "-pk")
    return render(
        request,
        "public/publicity_list.html",
        {
            "open": rows.filter(state=Publicity.State.OPEN),
            "over": rows.filter(state=Publicity.State.CLOSED)[:_OVER_SHOWN],
        },
    )


class ObjectionForm(forms.Form):
    content = forms.CharField(
        label=gettext_lazy("异议内容"), min_length=10, max_length=2000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("请写明具体事实和线索，至少10个字"),
        error_messages={"min_length": gettext_lazy("请具体写明异议的内容和事实（至少10个字），以便核查。")},
    )  # fmt: skip
    anonymous = forms.BooleanField(label=gettext_lazy("匿名提出"), required=False)
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50, required=False)
    contact = forms.CharField(label=gettext_lazy("联系方式"), max_length=60, required=False)


@login_not_required
@require_http_methods(["GET", "POST"])
def publicity_page(request: HttpRequest, key: str) -> HttpResponse:
    """One publicity: the whitelisted fields, and the form for objections while it is open."""
    row = get_object_or_404(Publicity.objects.select_related("case__edition"), key=key)
    if row.state not in (Publicity.State.OPEN, Publicity.State.CLOSED):
        raise Http404
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not origin.within("objection", request, 10):
            form.add_error(None, _("提交过于频繁，请一小时后再试，或通过公示页所列电话反映。"))
        else:
            try:
                objection = publicity.object_to(row, form.cleaned_data["content"], **{
                    name: form.cleaned_data[name] for name in ("anonymous", "name", "contact")})  # fmt: skip
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                return render(
                    request, "public/objection_done.html", {"objection": objection, "publicity": row}
                )
    fields = [{"label": label, "value": value} for label, value in row.shown.items()]
    return render(
        request, "public/publicity.html",
        {"publicity": row, "fields": fields, "form": form, "mark": row.case.edition.mark,
         "open": row.state == Publicity.State.OPEN and publicity.is_open_on(row, calendar.today())},
    )  # fmt: skip


@login_not_required
@require_safe
def check_letter(request: HttpRequest, code: str = "") -> HttpResponse:
    """文书核验: valid, superseded, revoked or unknown; says nothing about the person."""
    code = (code or request.GET.get("code", "")).strip().upper().replace("-", "")
    letter, limited = None, False
    if code:
        limited = not origin.within("check", request, 60)
        letter = None if limited else letters.check(code)
    return render(request, "public/check.html", {"code": code, "letter": letter, "limited": limited})


class QueryForm(forms.Form):
    number = forms.CharField(label=gettext_lazy("办件编号"), max_length=30)
    code = forms.CharField(label=gettext_lazy("查询码"), max_length=12, help_text=gettext_lazy("见申报回执"))


@login_not_required
@require_http_methods(["GET", "POST"])
def query(request: HttpRequest) -> HttpResponse:
    """办件进度 by number and code: step and dates only."""
    form = QueryForm(request.POST or None)
    case = None
    if request.method == "POST" and form.is_valid():
        if not origin.within("query", request, 20):
            form.add_error(None, _("查询过于频繁，请一小时后再试。"))
        else:
            case = Case.objects.filter(
                number=form.cleaned_data["number"].strip().upper(),
                query_code=form.cleaned_data["code"].strip().upper(),
            ).first()
            if case is None:
                form.add_error(None, _("编号或查询码不正确，请对照申报回执核对。"))
    context = {"form": form, "case": case, "steps": [], "sentence": ""}
    if case is not None:
        context |= {
            "steps": telling.public_steps(case),
            "sentence": telling.place_sentence(
                case, telling.current_step(case), reader=telling.Reader.OUTSIDER
            ),
        }
    return render(request, "public/query.html", context)


@login_not_required
@require_safe
def source(request: HttpRequest) -> HttpResponse:
    """源代码: the licence and where the source of this very version is (AGPL-3.0 section 13)."""
    return render(request, "public/source.html", {"source_address": settings.SOURCE_ADDRESS})


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Theme, font size and density of the signed-in person; visitors keep theirs in the browser."""
    user = request.user
    if user.is_authenticated:
        if request.POST.get("theme") in user.Theme.values:
            user.theme = request.POST["theme"]
        if request.POST.get("font") in user.Font.values:
            user.font = request.POST["font"]
        if request.POST.get("density") in ("compact", "cozy"):
            user.compact = request.POST["density"] == "compact"
        user.save(update_fields=["theme", "font", "compact"])
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return redirect(target)


def home_after_login(request: HttpRequest) -> HttpResponse:
    """Everybody to the page they work on."""
    held = {post.role for post in appointments.posts_of(request.user)}
    if held & set(roles.OFFICERS):
        return redirect("desk:home")
    if held & {roles.HR, roles.RECOMMENDER}:
        return redirect("unit:home")
    if roles.EXPERT in held:
        return redirect("expert:home")
    return redirect("my:home")


def demo_accounts() -> list[dict]:
    """The demo accounts for the login page; empty outside demo mode."""
    if not settings.DEMO:
        return []
    # slow import: only in demo mode
    from workflows.demo import ACCOUNTS, PASSWORD

    return [
        {"username": u, "role": role, "organisation": organisation, "password": PASSWORD}
        for u, role, organisation in ACCOUNTS
    ]


class SignIn(LoginView):
    """Login; Django's view puts its own `site` into the context, ours must win."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        context.pop("site_name", None)
        return context | {"demo_accounts": demo_accounts()}


class ChangePassword(PasswordChangeView):
    """Change one's own password; a first login must. All other sessions of the account end."""

    def form_valid(self, form):
        signin.change_password(self.request.user, form.cleaned_data["new_password1"], actor=self.request.user)
        update_session_auth_hash(self.request, self.request.user)
        return redirect(self.get_success_url())
