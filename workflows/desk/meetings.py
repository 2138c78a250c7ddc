"""联席会议: the secretary's pages, the delegate's vote, the pack and the minutes.

A reader who is recused from an item finds no trace of it: lists, numbers and counts are made from what he may see.
"""

from django import forms
from django.contrib import messages as flash
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talent.core import roles
from talent.core.models import Appointment, Case, Organisation, User
from talent.core.services import calendar, letters
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel import services
from talent.green_channel.models import AgendaItem, Ballot, GreenChannelCase, Meeting
from workflows.base import acts

from .access import held_posts, officers
from .case import ReasonForm
from .items import ItemForms, act_on_item, vote_form

ROWS = 100
STEP = "meeting"


class MeetingCallForm(forms.Form):
    """When and where the meeting takes place."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label=gettext_lazy("召集单位"))
    title = forms.CharField(
        label=gettext_lazy("会议名称"), max_length=80, initial=gettext_lazy("顶尖人才直通车联席会议")
    )
    held_on = forms.DateField(
        label=gettext_lazy("会议日期"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    place = forms.CharField(label=gettext_lazy("会议地点"), max_length=100)
    chair = forms.CharField(label=gettext_lazy("主持人"), max_length=40)

    def __init__(self, *args, organisations, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.filter(pk__in=organisations)
        if len(organisations) == 1:
            self.fields["organisation"].initial = next(iter(organisations))


class AttendanceForm(forms.Form):
    """Who came for a member; an account is needed for a secret vote."""

    present = forms.BooleanField(label=gettext_lazy("到会"), required=False)
    delegate = forms.CharField(label=gettext_lazy("参会人"), max_length=40, required=False)
    user = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("参会账号"),
        required=False,
        empty_label=gettext_lazy("无账号"),
    )

    def __init__(self, *args, people, row: str = "", **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if row:
            # The row's form stands in one cell; its fields in the others name it.
            for name in ("delegate", "user"):
                self.fields[name].widget.attrs["form"] = row
        self.fields["user"].queryset = User.objects.filter(pk__in=people).order_by("pk")


def _offices(request: HttpRequest) -> set[int]:
    return {post.organisation.pk for post in held_posts(request) if post.role.may(roles.Act.RUN_MEETING)}


def _find(request: HttpRequest, number: str) -> Meeting:
    """A meeting the reader may read, or 404."""
    return get_object_or_404(services.meetings_of(request.user), number=number)


def _run(request: HttpRequest, number: str) -> Meeting:
    """A meeting the reader runs; a delegate or decider is told that it is the secretary's."""
    meeting = _find(request, number)
    if meeting.organisation_id not in _offices(request):
        raise NotAllowed(_("只有会议秘书可以办理这一步。"))
    return meeting


def _item(request: HttpRequest, meeting: Meeting, key) -> AgendaItem:
    return get_object_or_404(services.items_for(request.user, meeting), row_key=key)


@require_http_methods(["GET", "POST"])
@officers
def meeting_list(request: HttpRequest) -> HttpResponse:
    """Meetings the reader runs, decides on or votes in; a secretary calls the next one below."""
    offices = _offices(request)
    form = MeetingCallForm(request.POST or None, organisations=offices) if offices else None
    if request.method == "POST":
        if form is None:
            raise NotAllowed(_("您没有“组织联席会议”的岗位授权。"))
        if form.is_valid():
            try:
                meeting = services.call_meeting(actor=request.user, **form.cleaned_data)
            except ActRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                flash.success(request, _("会议 %(number)s 已召集，请列入议题。") % {"number": meeting.number})
                return redirect("desk:meeting", number=meeting.number)
    meetings = list(services.meetings_of(request.user).order_by("-held_on", "-pk")[:ROWS])
    counts: dict[int, int] = {}
    for key in (
        services.items_for(request.user).filter(meeting__in=meetings).values_list("meeting", flat=True)
    ):
        counts[key] = counts.get(key, 0) + 1
    return render(
        request, "desk/meetings.html",
        {"rows": [(meeting, counts.get(meeting.pk, 0)) for meeting in meetings], "form": form},
    )  # fmt: skip


@require_safe
@officers
def meeting_page(request: HttpRequest, number: str) -> HttpResponse:
    """Agenda, attendance and, for the secretary, everything that is done in the room."""
    meeting = _find(request, number)
    runs = meeting.organisation_id in _offices(request)
    running = meeting.state in (Meeting.State.PLANNED, Meeting.State.OPEN)
    seats = list(meeting.attendances.select_related("organisation", "user"))
    mine = next((seat for seat in seats if seat.user_id == request.user.pk), None)
    items = list(
        services.items_for(request.user, meeting).prefetch_related(
            "ballots__attendance__organisation", "recusals__attendance__organisation", "support__owner"
        )
    )
    owners = Organisation.objects.confirmed().bureaus().filter(region__kind="city").order_by("name", "pk")
    rows = []
    for place, item in enumerate(items, start=1):
        ballot = next((one for one in item.ballots.all() if mine and one.attendance_id == mine.pk), None)
        rows.append(
            {
                "place": place, "item": item, "progress": services.progress(item),
                "forms": ItemForms.of(item, seats=seats, owners=owners) if runs and running else None,
                "may_vote": item.state == AgendaItem.State.VOTING and ballot is not None and not ballot.cast,
                "may_recuse": bool(mine) and running and item.state == AgendaItem.State.LISTED,
                "vote_form": vote_form(item), "recuse_form": ReasonForm(auto_id=f"r{item.pk}_%s"),
                "by_hand": [
                    one for one in item.ballots.all()
                    if runs and not one.secret and not one.cast and one.attendance.user_id is None
                ],
            }
        )  # fmt: skip
    context = {
        "meeting": meeting, "rows": rows, "runs": runs, "running": running, "mine": mine,
        "present": sum(seat.present for seat in seats), "seats": [(seat, None) for seat in seats],
        "choices": Ballot.Choice.choices, "ready": [], "cancel_form": ReasonForm(auto_id="cancel_%s"),
        "minutes": getattr(meeting, "minutes", None),
    }  # fmt: skip
    if runs and running:
        context |= {"ready": _ready(request, meeting), "seats": _seats_with_forms(seats)}
    return render(request, "desk/meeting.html", context)


def _ready(request: HttpRequest, meeting: Meeting) -> list[GreenChannelCase]:
    """Cases the reader may put on the agenda: the pool, less those he is recused from."""
    visible = Case.objects.visible_to(request.user).values("pk")
    return list(services.ready_cases(meeting.organisation).filter(pk__in=visible)[:ROWS])


def _seats_with_forms(seats: list) -> list[tuple]:
    people: dict[int, set[int]] = {}
    posts = Appointment.objects.in_force(calendar.today()).filter(
        organisation__in=[seat.organisation_id for seat in seats]
    )
    for organisation, user in posts.values_list("organisation", "user"):
        people.setdefault(organisation, set()).add(user)
    return [
        (
            seat,
            AttendanceForm(
                people=people.get(seat.organisation_id, ()),
                row=f"seat-{seat.pk}",
                initial={"present": seat.present, "delegate": seat.delegate, "user": seat.user_id},
                auto_id=f"a{seat.pk}_%s",
            ),
        )
        for seat in seats
    ]


def _told(request: HttpRequest, number: str, act, done: str) -> HttpResponse:
    """Do `act`, say `done` or the refusal, and go back to the meeting. A missing right is a page of its own."""
    try:
        act()
    except NotAllowed:
        raise
    except ActRefused as refusal:
        flash.error(request, str(refusal))
    else:
        flash.success(request, done)
    return redirect("desk:meeting", number=number)


@require_POST
@officers
def agenda(request: HttpRequest, number: str) -> HttpResponse:
    """Put ready cases on the agenda."""
    meeting = _run(request, number)
    wanted = set(request.POST.getlist("case"))
    chosen = [case for case in _ready(request, meeting) if case.number in wanted]

    def act() -> None:
        if not chosen:
            raise ActRefused(_("请先勾选待上会的办件；已被列入其他会议的请刷新页面。"))
        services.list_cases(meeting, chosen, actor=request.user)

    return _told(request, number, act, _("已列入议程。"))


@require_POST
@officers
def attendance(request: HttpRequest, number: str) -> HttpResponse:
    """签到: who came for a member."""
    meeting = _run(request, number)
    seat = get_object_or_404(
        meeting.attendances.select_related("organisation"),
        organisation__code=request.POST.get("organisation", ""),
    )
    form = AttendanceForm(request.POST, people=User.objects.filter(is_active=True).values("pk"))

    def act() -> None:
        if not form.is_valid():
            raise ActRefused(_("请核对参会人和参会账号。"))
        services.attend(seat, actor=request.user, **form.cleaned_data)

    return _told(request, number, act, _("签到已记录。"))


@require_POST
@officers
def item(request: HttpRequest, number: str, key) -> HttpResponse:
    """What the secretary does with one item; a delegate declares his own 回避 here too."""
    meeting = _find(request, number)
    chosen = _item(request, meeting, key)
    own = request.POST.get("act") == "recuse" and "organisation" not in request.POST
    if not own:
        _run(request, number)
    return _told(request, number, lambda: act_on_item(request, chosen), _("已记录。"))


@require_POST
@officers
def vote(request: HttpRequest, number: str, key) -> HttpResponse:
    """A delegate votes, once; the secretary enters a raised hand for a member without an account."""
    meeting = _find(request, number)
    chosen = _item(request, meeting, key)
    by_hand = None
    if "organisation" in request.POST:
        _run(request, number)
        by_hand = get_object_or_404(meeting.attendances, organisation__code=request.POST["organisation"])
    return _told(
        request, number,
        lambda: services.cast(
            chosen, actor=request.user, choice=request.POST.get("choice", ""), attendance=by_hand
        ),
        _("已投票。"),
    )  # fmt: skip


@require_POST
@officers
def close(request: HttpRequest, number: str) -> HttpResponse:
    """End the meeting: minutes, and every decided case goes on; or cancel it with a reason."""
    meeting = _run(request, number)
    if "cancel" in request.POST:
        return _told(
            request, number,
            lambda: services.cancel_meeting(meeting, actor=request.user, reason=request.POST.get("reason", "")),
            _("会议已取消，议题退回待上会。"),
        )  # fmt: skip
    return _told(
        request, number, lambda: end_meeting(meeting, actor=request.user), _("会议已结束，纪要已制发。")
    )


@transaction.atomic
def end_meeting(meeting: Meeting, *, actor: User) -> Meeting:
    """Close the meeting and move every decided case on, all or nothing. Returns the meeting.

    The meeting is locked first, then the processes of its cases, then the rest: an act on one of the cases holds its
    process and never waits for a meeting, so neither waits for the other in a circle. Raises what the services raise.
    """
    meeting = services.lock_meeting(meeting)
    on_agenda = [row.case for row in meeting.items.select_related("case").order_by("case")]
    running = [case for case in on_agenda if case.step == STEP and not case.ended]
    with acts.hold(running):
        for decided in services.close_meeting(meeting, actor=actor):
            step = (
                decided.case.open_steps.filter(node=STEP)
                .select_related("task__process", "organisation")
                .first()
            )
            if step is not None:
                acts.decide(step, actor=actor, facts={"outcome": "conclude", "opinion": ""})
    meeting.refresh_from_db()
    return meeting


@require_safe
@officers
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """会议材料 as one PDF, as far as the reader may read it."""
    meeting = _find(request, number)
    try:
        content = services.meeting_pack(meeting, reader=request.user)
    except ActRefused as refusal:
        flash.error(request, str(refusal))
        return redirect("desk:meeting", number=number)
    return HttpResponse(content, content_type="application/pdf")


@require_safe
@officers
def minutes(request: HttpRequest, number: str) -> HttpResponse:
    """纪要 as PDF; not for somebody from whom an item is withheld."""
    meeting = _find(request, number)
    if not hasattr(meeting, "minutes"):
        raise Http404
    if services.items_for(request.user, meeting).count() != meeting.items.count():
        raise NotAllowed(_("本次会议有您回避的议题，请向会议秘书索取与您有关的纪要节选。"))
    letter = letters.render(meeting.minutes.letter)
    return FileResponse(
        letters.open_pdf(letter), content_type="application/pdf", filename=f"{meeting.number}.pdf"
    )
