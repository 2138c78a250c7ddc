"""评审任务: what an expert sees of the cases he was asked about, and nothing of the other experts.

Before he accepts: whom and what it is about, so that he can say whether he has to stay away. While he sits: the
dossier and its materials, by a grant on this one case. No finding, note, opinion, vote or name of the office.
"""

from decimal import Decimal

from django.contrib import messages as flash
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.services import funds, policy
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import services
from talent.green_channel.forms import ScoreForm
from talent.green_channel.models import PanelSeat
from workflows.desk.access import holders_of
from workflows.desk.case import ReasonForm

experts = holders_of(roles.Act.SCORE)
# What the dossier tells an expert: the project and the person's work, no number, address, family or need.
_TOLD = (
    "project_title", "field", "project_summary", "why_direct", "technology_route", "ip_ownership", "investment",
    "expected_benefit", "declaration_note",
)  # fmt: skip


def _seat(request: HttpRequest, key) -> PanelSeat:
    """A seat of the signed-in expert, or 404."""
    return get_object_or_404(services.seats_of(request.user), row_key=key)


@require_safe
@experts
def home(request: HttpRequest) -> HttpResponse:
    """Invitations to answer, seats to score, and what is over."""
    seats = list(services.seats_of(request.user)[:100])
    return render(
        request, "portal/expert_home.html",
        {"waiting": [seat for seat in seats if _live(seat) and seat.state != PanelSeat.State.SCORED],
         "others": [seat for seat in seats if not _live(seat) or seat.state == PanelSeat.State.SCORED]},
    )  # fmt: skip


def _live(seat: PanelSeat) -> bool:
    """Whether something can still be done with a seat."""
    running = seat.panel.open and not seat.panel.case.ended
    return running and seat.state in (PanelSeat.State.INVITED, *PanelSeat.SITTING)


@require_http_methods(["GET", "POST"])
@experts
def seat_page(request: HttpRequest, key) -> HttpResponse:
    """Read and score on one page; before the seat is taken, what one has to know to answer."""
    seat = _seat(request, key)
    case = seat.panel.case
    sits = _live(seat) and seat.state in PanelSeat.SITTING
    form = None
    if sits:
        form = ScoreForm(
            request.POST or None,
            dimensions=policy.figures(case.edition).dimensions,
            initial=ScoreForm.initial_of(seat, services.sheet(seat)),
        )
    if request.method == "POST":
        if form is None:
            raise NotAllowed(_("您没有在这次评审中就座，或评审已经结束，不能评分。"))
        if form.is_valid():
            try:
                services.score(seat, actor=request.user, **form.facts())
            except NotAllowed:
                raise
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("评分已提交；评审结束前可以修改，每次修改都会保留。"))
                return redirect("expert:seat", key=key)
    context = {
        "seat": seat, "case": case, "form": form, "sits": sits, "live": _live(seat),
        "mark": case.edition.mark, "others": services.others(seat) if sits else [],
        "decline_form": ReasonForm(auto_id="decline_%s"), "recuse_form": ReasonForm(auto_id="recuse_%s"),
    }  # fmt: skip
    if sits:
        context |= _dossier(seat)
    return render(request, "portal/expert_seat.html", context)


def _dossier(seat: PanelSeat) -> dict:
    case = seat.panel.case
    facts = []
    for name in _TOLD:
        field = case._meta.get_field(name)
        value = getattr(case, name)
        facts.append(
            {
                "label": str(field.verbose_name),
                "value": funds.yuan(value) if isinstance(value, Decimal) else value,
            }
        )
    return {
        "facts": facts,
        "achievements": case.achievements.all(),
        "members": case.members.current(),
        "educations": case.applicant.educations.all(),
        "employments": case.applicant.employments.all(),
        "materials": case.materials.filter(
            version__isnull=False, code__in=policy.figures(case.edition).panel.materials
        ).select_related("version"),
    }


@require_POST
@experts
def answer(request: HttpRequest, key) -> HttpResponse:
    """Accept, decline, or stay away (回避)."""
    seat = _seat(request, key)
    reason = request.POST.get("reason", "")
    try:
        match request.POST.get("answer"):
            case "accept":
                services.accept_seat(seat, actor=request.user)
                done = _("已接受邀请，请在期限内评分。")
            case "decline":
                services.decline_seat(seat, actor=request.user, reason=reason)
                done = _("已谢绝邀请。")
            case "recuse":
                services.recuse_seat(seat, actor=request.user, reason=reason)
                done = _("已申报回避，您不再能看到该项目。")
            case _other:
                raise Http404
    except NotAllowed:
        raise
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("expert:seat", key=key)
    flash.success(request, done)
    return redirect("expert:home")
