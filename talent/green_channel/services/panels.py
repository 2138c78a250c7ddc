"""专家评审 (G6): the panel is formed, experts are invited, and the result is drawn from their sheets.

Expert time is outside the legal clock (行政许可法 art. 45): forming the panel pauses it and tells the applicant in
writing, the conclusion resumes it. What single experts do is on their seats and in the audit chain, never among the
events of the case: every officer reads those, and who the experts are stays with the panel's office.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import CaseEvent, User
from talent.core.services import appointments, calendar, cases, letters, messages, policy, supplements
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.green_channel import rules
from talent.green_channel.letters import ExpertReviewNotice
from talent.green_channel.models import Expert, GreenChannelCase, Panel, PanelSeat

from .experts import conflict_reason, pool, subject_of

STEP = "panel"
# Whoever recommended a case or took it in chooses none of its experts.
NOT_BY = ("recommended", "recommendation_revised", "accepted", "accepted_with_promise")


@dataclass(frozen=True)
class Candidate:
    """An expert as the panel's office sees him for one case: why he fits, and why he may not be asked."""

    expert: Expert
    fit: str
    refusal: str


def needs_panel(case: GreenChannelCase) -> bool:
    """Whether experts look at this case: the edition says at which levels."""
    return case.level_code in policy.figures(case.edition).panel.levels


def secretary(actor: User, case: GreenChannelCase) -> Standing:
    """The post in which `actor` runs the panel of `case`, in whose beginning he had no hand. Raises `NotAllowed`."""
    standing = appointments.standing_on(actor, case, roles.Act.RUN_PANEL)
    if standing is None:
        raise NotAllowed(_("您没有组织该办件专家评审的岗位授权。"))
    reason = appointments.recusal_reason(actor, case) or appointments.separated(
        actor, case, NOT_BY, principal=standing.principal
    )
    if reason:
        raise NotAllowed(reason)
    return standing


def locked(panel: Panel) -> Panel:
    """The panel read again under its lock: whoever changes it, its seats or its scores comes through here."""
    return Panel.objects.select_for_update().get(pk=panel.pk)


def require_open(panel: Panel) -> Panel:
    """`panel` under its lock; raises `Conflict` when it is over or its case has ended."""
    fresh = locked(panel)
    if not fresh.open or fresh.case.ended:
        raise Conflict(_("该评审已经结束，不能再更改。"))
    return fresh


@transaction.atomic
def form_panel(case: GreenChannelCase, *, actor: User) -> Panel:
    """Begin the expert review of a case that has come to it. Pauses the clock and tells the applicant in writing.

    Raises `NotAllowed` without the post, `Conflict` when the case is elsewhere or has an open panel.
    """
    standing = secretary(actor, case)
    case = GreenChannelCase.objects.select_for_update().get(pk=case.pk)
    if case.step != STEP or case.ended:
        raise Conflict(_("办件 %(number)s 现在不在专家评审环节。") % {"number": case.number})
    if case.panels.filter(state=Panel.State.OPEN).exists():
        raise Conflict(_("办件 %(number)s 的专家评审已经启动。") % {"number": case.number})
    days = policy.figures(case.edition).step(STEP).limit
    panel = Panel.objects.create(
        case=case,
        organisation=standing.organisation,
        opened_by=actor,
        due_on=calendar.due_after(calendar.today(), days),
    )
    due = f"{panel.due_on:%Y-%m-%d}"
    cases.record(
        case,
        "panel_formed",
        actor=actor,
        standing=standing,
        title=_("启动专家评审"),
        public_text=_("项目进入专家评审，预计%(due)s前完成。专家评审时间不计入办理时限。") % {"due": due},
        clock=CaseEvent.ClockEffect.PAUSE,
        figures={"due_on": panel.due_on.isoformat()},
    )
    letters.issue(case, ExpertReviewNotice.of(case, panel), issuer=standing.organisation, actor=actor)
    supplements.tell_applicant(
        case,
        kind="panel_formed",
        subject=_("项目进入专家评审"),
        body=_("办件 %(number)s 进入专家评审，预计 %(due)s 前完成；这段时间不计入办理时限。")
        % {"number": case.number, "due": due},
    )
    return panel


def candidates(panel: Panel, *, text: str = "") -> list[Candidate]:
    """The pool for this panel, those who fit and may be asked first; each refusal is explained."""
    case, taken = panel.case, set(panel.seats.values_list("expert", flat=True))
    subject, found = subject_of(case), []
    for expert in pool(text):
        if expert.pk not in taken:
            refusal = conflict_reason(expert, case, subject=subject)
            found.append(Candidate(expert, _fit(expert, case), refusal))
    return sorted(found, key=lambda one: (bool(one.refusal), not one.fit, one.expert.name, one.expert.pk))


def _fit(expert: Expert, case: GreenChannelCase) -> str:
    parts = [
        _("产业链：%(name)s") % {"name": chain.name}
        for chain in expert.chains.all()
        if chain.pk == case.chain_id
    ]
    parts += [
        _("领域：%(name)s") % {"name": field}
        for field in expert.field_list
        if field in case.field or (case.field and case.field in field)
    ]
    return "、".join(parts)


@transaction.atomic
def invite(panel: Panel, experts: Iterable[Expert], *, actor: User) -> list[PanelSeat]:
    """Ask experts to sit. One with a conflict of interest gets a refused seat with the reason, and is not asked.

    Returns the seats. Raises `NotAllowed`, or `Conflict` when the panel is over or an expert has a seat already.
    """
    standing = secretary(actor, panel.case)
    panel = require_open(panel)
    case, seats = panel.case, []
    subject = subject_of(case)
    for expert in experts:
        if panel.seats.filter(expert=expert).exists():
            raise Conflict(_("“%(name)s”已经在这次评审的名单里。") % {"name": expert})
        refusal = conflict_reason(expert, case, subject=subject)
        seat = PanelSeat.objects.create(
            panel=panel,
            expert=expert,
            state=PanelSeat.State.REFUSED if refusal else PanelSeat.State.INVITED,
            reason=refusal[:300],
        )
        seats.append(seat)
        if not refusal and expert.user:
            messages.tell(
                expert.user,
                kind="seat_offered",
                subject=_("请答复评审邀请"),
                body=_("有一项评审邀请等待您答复，请登录后在“评审任务”中查看。评审内容和身份请保密。"),
            )
    refused = sum(seat.state == PanelSeat.State.REFUSED for seat in seats)
    cases.record(
        case,
        "experts_invited",
        actor=actor,
        standing=standing,
        title=_("邀请评审专家"),
        public=False,
        internal_text=_("邀请%(n)d名；因回避未安排%(refused)d名，原因见评审名单。")
        % {"n": len(seats) - refused, "refused": refused},
    )
    return seats


def standing_of(panel: Panel) -> rules.Composition:
    """Whether the experts who sit now make a panel."""
    sitting = panel.seats.filter(state__in=PanelSeat.SITTING).count()
    return rules.composition(sitting, edition=panel.case.edition.data)


def sheets(panel: Panel) -> list[rules.ScoreSheet]:
    """The sheets that count: the last version of every seat that has scored."""
    found = []
    for seat in panel.seats.filter(state=PanelSeat.State.SCORED).prefetch_related("scores"):
        points = {
            score.dimension: score.points for score in seat.scores.all() if score.version == seat.version
        }
        found.append(rules.ScoreSheet(points, bool(seat.agrees), seat.vetoes))
    return found


@transaction.atomic
def conclude_panel(
    case: GreenChannelCase, *, actor: User, standing: Standing, outcome: str = "conclude", opinion: str = ""
) -> str:
    """Draw the result once everybody who sits has scored; the clock goes on. Returns "passed" or "failed".

    Raises `ActRefused` saying what is missing, `Conflict` when there is no open panel.
    """
    panel = case.panels.filter(state=Panel.State.OPEN).first()
    if panel is None:
        raise Conflict(_("办件 %(number)s 没有进行中的专家评审，请先启动评审。") % {"number": case.number})
    panel = require_open(panel)
    composed = standing_of(panel)
    if not composed.complete:
        raise ActRefused(composed.reason)
    waiting = panel.seats.filter(state=PanelSeat.State.ACCEPTED).count()
    if waiting:
        raise ActRefused(_("还有%(n)d名专家没有评分，不能结束评审。") % {"n": waiting})
    result = rules.conclude(sheets(panel), edition=case.edition.data)
    panel.state = Panel.State.PASSED if result.passed else Panel.State.FAILED
    panel.average, panel.spread, panel.rule = result.average, result.spread, result.rule
    panel.reason, panel.warning, panel.opinion = result.reason, result.warning, opinion
    panel.figures = {name: str(value) for name, value in asdict(result).items() if name != "clauses"}
    panel.closed_by, panel.closed_at = actor, timezone.now()
    panel.save()
    _dissolve(panel, actor=actor)
    cases.record(
        case,
        "panel_concluded",
        actor=actor,
        standing=standing,
        title=_("专家评审结束"),
        public_text=_("专家评审已结束，继续计算办理时限。"),
        internal_text="\n".join(part for part in (result.reason, result.warning, opinion) if part),
        clock=CaseEvent.ClockEffect.RESUME,
        figures={"rule": result.rule, "average": str(result.average), "spread": str(result.spread)},
    )
    return panel.state


def _dissolve(panel: Panel, *, actor: User | None) -> None:
    """Experts see the case no longer; an invitation nobody answered is over."""
    panel.seats.filter(state=PanelSeat.State.INVITED).update(
        state=PanelSeat.State.DECLINED, reason=_("评审结束时尚未答复"), answered_at=timezone.now()
    )
    for seat in panel.seats.filter(expert__user__isnull=False).select_related("expert__user"):
        appointments.end_view(panel.case, seat.expert.user, actor=actor)


@transaction.atomic
def cancel_ended() -> int:
    """Cancel the panels of cases that ended otherwise (withdrawn, stopped). Returns how many."""
    found = 0
    for row in Panel.objects.filter(state=Panel.State.OPEN, case__status__in=GreenChannelCase.ENDED):
        panel = locked(row)
        if panel.open:
            panel.state = Panel.State.CANCELLED
            panel.save(update_fields=["state"])
            _dissolve(panel, actor=None)
            found += 1
    return found
