"""What a case page says: in one sentence with whom the case is and why; the days counted; what happened."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from talent.core.clock import Light
from talent.core.models import Case, CaseEvent, Extension
from talent.core.services import calendar, checks, policy
from workflows.models import OpenStep

from .joint import CheckTask

# Acts done line by line, told together.
_RUNS = {"material_attached", "material_ticked", "material_reused", "material_verified", "consent_given"}


class Reader(Enum):
    """Who reads a case page: an officer, the applicant, or anybody else (employer, recommender, a visitor with the code)."""

    OFFICER = "officer"
    APPLICANT = "applicant"
    OUTSIDER = "outsider"


def open_steps(case: Case) -> list[OpenStep]:
    """Everything somebody has to take now, oldest first: one step, or one per bureau of a joint check."""
    found = case.open_steps.select_related("organisation", "owner", "task__process").order_by("pk")
    return [step.of(case) for step in found]


def current_step(case: Case) -> OpenStep | None:
    return next(iter(open_steps(case)), None)


def place_sentence(case: Case, step: OpenStep | None, *, reader: Reader) -> str:
    """Where the case is, with whom, since when and until when. Only officers read names and internal step names."""
    if case.ended:
        return _("办件已于%(day)s结束，结果为“%(status)s”。") % {
            "day": f"{case.closed_at:%Y-%m-%d}",
            "status": case.get_status_display(),
        }
    if step is None:
        return _("办件正在流转，请稍后刷新。")
    until = _("，应于%(day)s前完成") % {"day": f"{step.due_on:%Y-%m-%d}"} if step.due_on else ""
    if isinstance(step.task.flow_task, CheckTask):
        return _checking_sentence(case, step, reader)
    if step.waiting == OpenStep.Waiting.APPLICANT:
        who = _("您") if reader is Reader.APPLICANT else _("申请人")
        return _("现在等待%(who)s办理“%(step)s”%(until)s。") % {
            "who": who,
            "step": step.public_title,
            "until": until,
        }
    if step.waiting not in (OpenStep.Waiting.OFFICER, OpenStep.Waiting.SYSTEM):
        return _("现在等待%(who)s办理“%(step)s”%(until)s。") % {
            "who": OpenStep.Waiting(step.waiting).label,
            "step": step.public_title,
            "until": until,
        }
    if step.waiting == OpenStep.Waiting.SYSTEM:
        return _("现在处于“%(step)s”%(until)s，期满后自动进入下一环节。") % {
            "step": step.public_title,
            "until": until,
        }
    inside = reader is Reader.OFFICER
    title = step.title if inside else step.public_title
    where = step.organisation.name if step.organisation else ""
    holder = f"{step.owner}（{step.role_title}）" if step.owner_id else _("（待领取）")
    person = holder if inside else ""
    return _("现在由%(where)s%(person)s办理“%(step)s”，%(since)s到达%(until)s。") % {
        "where": where,
        "person": person,
        "step": title,
        "since": f"{step.opened_at:%Y-%m-%d}",
        "until": until,
    }


def next_sentence(case: Case) -> str:
    """To an officer who has just acted: where the case went, from its row alone."""
    if case.ended:
        return place_sentence(case, None, reader=Reader.OFFICER)
    return _("下一环节：%(step)s，%(who)s。") % {"step": case.public_step, "who": case.waiting_on}


def _checking_sentence(case: Case, step: OpenStep, reader: Reader) -> str:
    """Several bureaus hold the case at once; only officers read how many have answered."""
    if reader is not Reader.OFFICER:
        return _("现在处于“%(step)s”，由有关部门分别办理。") % {"step": step.public_title}
    known = checks.progress([case])[case.pk]
    awaited = [line.check for line in known.lines if line.check.is_open]
    return _("现在由%(names)s并行办理“%(step)s”，已答复%(progress)s，应于%(day)s前全部答复。") % {
        "names": "、".join(dict.fromkeys(check.organisation.label for check in awaited)),
        "step": policy.figures(case.edition).step(step.task.flow_task.step_code).title,
        "progress": known,
        "day": f"{max(check.due_on for check in awaited):%Y-%m-%d}",
    }


def events_of(case: Case) -> QuerySet[CaseEvent]:
    """What happened on the case, first to last, with the people and organisations that pages name."""
    people = [f"{who}__{name}" for who in ("actor", "on_behalf_of") for name in ("name", "username")]
    organisation = [f"organisation__{name}" for name in ("name", "short_name")]
    own = [field.name for field in CaseEvent._meta.concrete_fields]
    return (
        CaseEvent.objects.filter(case_id=case.pk)
        .select_related("actor", "on_behalf_of", "organisation")
        .only(*own, *people, *organisation)
        .order_by("seq")
    )


def clock_panel(case: Case, *, events: Iterable[CaseEvent]) -> dict[str, Any] | None:
    """Both clocks as a page shows them; None before acceptance. `events`: as `events_of` reads them."""
    today = calendar.today()
    legal, promise = calendar.case_clocks(case, events=events)
    if legal is None:
        return None

    def row(label: str, clock: Any) -> dict[str, Any]:
        remaining = clock.remaining(today)
        return {
            "label": label,
            "due": clock.due(today),
            "limit": clock.allowed,
            "used": clock.used(today),
            "remaining": remaining,
            "light": clock.light(today),
            "words": words_for(clock.light(today), remaining),
        }

    return {
        "started": legal.started,
        "rows": [row(_("承诺期限"), promise), row(_("法定期限"), legal)],
        "pauses": [
            {"start": p.start, "end": p.end, "reason": p.reason or _("时限暂停")} for p in legal.pauses
        ],
        "extensions": [row for row in case.extensions.all() if row.state == Extension.State.APPROVED],
        "days": legal.days(today),
        "provisional": "、".join(str(year) for year in legal.is_provisional(today)),
    }


def words_for(light: Light, remaining: int | None) -> str:
    """The days beside a light; the light's own word (正常, 临期, 超期, 暂停, 办结) stands before them."""
    if light in (Light.DONE, Light.PAUSED) or remaining is None:
        return ""
    if remaining < 0:
        return _("%(n)d 个工作日") % {"n": -remaining}
    if remaining == 0:
        return _("今日到期")
    return _("剩 %(n)d 个工作日") % {"n": remaining}


def timeline(case: Case, *, public: bool, events: Sequence[CaseEvent]) -> list[dict[str, Any]]:
    """What happened, newest first; a run of the same act by the same person is one entry.

    events: as `events_of` reads them. The public one has no internal event, opinion, or officer's name.
    """
    told: list[dict[str, Any]] = []
    last: tuple[str, int | None] | None = None
    for event in reversed(events):
        if public and not event.public:
            continue
        if public:
            who = str(event.organisation or (_("本人") if event.actor_id == case.applicant.user_id else ""))
            text = event.public_text
        else:
            parts = [event.organisation.label if event.organisation else "", event.by, event.role_title]
            who = " ".join(part for part in parts if part)
            text = "\n".join(part for part in (event.public_text, event.internal_text) if part)
        if last == (event.kind, event.actor_id) and event.kind in _RUNS:
            told[-1]["text"] = "\n".join(part for part in (told[-1]["text"], text) if part)
        else:
            told.append({"title": event.title, "who": who, "when": event.at, "text": text})
        last = (event.kind, event.actor_id)
    return told


def public_steps(case: Case) -> list[dict[str, Any]]:
    """The steps of the edition in public words, with done, current and todo."""
    figures = policy.figures(case.edition)
    shown = [
        step
        for step in figures.steps_of(case.level_code)
        if step.code not in ("supplement", "promise", "recommend")
    ]
    current = case.step
    if current in ("supplement", "promise"):
        supplement = next(iter(case.supplements.all()), None)
        current = supplement.step if supplement and current == "supplement" else "intake"
    codes = [step.code for step in shown]
    place = codes.index(current) if current in codes else (len(codes) if case.ended else 0)
    items = []
    for index, step in enumerate(shown):
        state = "done" if index < place else "current" if index == place and not case.ended else "todo"
        if case.ended and case.status != Case.Status.COMPLETED:
            state = "todo" if index else "done"
        items.append({"label": step.public_title, "state": state, "note": ""})
    return items
