"""绩效评估 (G14): the employer reports, the lead bureau proposes, its head concludes; 容错免责 by a panel (item 18)."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, User
from talent.core.services import appointments, calendar, cases, funds, materials, messages, policy
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.core.services.supplements import tell_applicant
from talent.green_channel import rules
from talent.green_channel.models import Agreement, Evaluation

from . import milestones, posts

State, Result = Evaluation.State, Evaluation.Result
LONGEST = 3000


@dataclass(frozen=True)
class Panel:
    """Who judged whether somebody is excused: on which day, how many, how many in favour."""

    held_on: date
    members: int
    in_favour: int


@transaction.atomic
def open_evaluation(case: Case, kind: str, year: int, *, actor: User | None) -> Evaluation:
    """Begin an evaluation; the employer is asked to report. `actor` is None when the calendar begins it."""
    case = posts.lock(case)
    post = posts.on_case(actor, case, roles.Act.CHECK) if actor else None
    posts.require_recognised(case)
    due = calendar.due_after(calendar.today(), policy.figures(case.edition).step("evaluation").limit)
    try:
        with transaction.atomic():
            made = Evaluation.objects.create(case_id=case.pk, kind=kind, year=year, due_on=due)
    except IntegrityError:
        raise Conflict(_("这一年度的评估已经启动。")) from None
    made.case = case
    _note(made, "evaluation_opened", _("启动绩效评估"), actor=actor, post=post, public_text=_(
        "%(kind)s（第%(year)d年）已启动，请用人单位提交报告。") % {"kind": made.get_kind_display(), "year": year})  # fmt: skip
    for person in appointments.holders(roles.HR, case.employer) if case.employer else ():
        _tell(made, person, "evaluation_to_report", _("请提交绩效评估报告"))
    return made


def _note(made: Evaluation, kind: str, title: str, *, actor: User | None, **facts: Any) -> None:
    cases.record(
        made.case, kind, actor=actor, standing=facts.pop("post", None), title=title,
        figures={"evaluation": made.pk, "result": made.result}, **facts,
    )  # fmt: skip


def _tell(made: Evaluation, person: User, kind: str, subject: str) -> None:
    messages.tell(
        person, kind=kind, subject=subject, case=made.case, key=f"{kind}:{made.pk}:{person.pk}",
        body=_("办件 %(number)s 的%(kind)s应于 %(day)s 前完成。")
        % {"number": made.case.number, "kind": made.get_kind_display(), "day": f"{made.due_on:%Y-%m-%d}"},
    )  # fmt: skip


def _locked(made: Evaluation, *states: str) -> Evaluation:
    case = posts.lock(made.case)
    fresh = Evaluation.objects.select_for_update(of=("self",)).get(pk=made.pk)
    fresh.case = case
    if fresh.state not in states:
        raise Conflict(_("该评估现在是“%(state)s”，请刷新后查看。") % {"state": fresh.get_state_display()})
    return fresh


def report(made: Evaluation, *, actor: User, text: str, file: UploadedFile | None = None) -> Evaluation:
    """The employer's report, once, with an attachment when there is one."""
    case = made.case
    posts.in_office(actor, case, case.employer, roles.HR)
    if not 10 <= len(text.strip()) <= LONGEST:
        raise ActRefused(
            _("报告不少于10个字、不超过%(n)d个字，请写明目标完成和资金使用情况。") % {"n": LONGEST}
        )
    version = None
    if file is not None:
        title = _("绩效评估报告（第%(n)d年）") % {"n": made.year}
        version = materials.store_upload(
            file, owner=case.employer, type_code="EVALUATION", title=title, actor=actor
        )
    return _report(made, actor=actor, text=text.strip(), version=version)


@transaction.atomic
def _report(made: Evaluation, *, actor: User, text: str, version: Any) -> Evaluation:
    made = _locked(made, State.OPENED)
    made.state, made.report, made.report_file = State.REPORTED, text, version
    made.reported_by, made.reported_at = actor, timezone.now()
    made.save(update_fields=["state", "report", "report_file", "reported_by", "reported_at"])
    _note(
        made, "evaluation_reported", _("提交绩效评估报告"), actor=actor, public_text=_("用人单位已提交报告。")
    )
    for person in appointments.holders(roles.CHECKER, made.case.lead_organisation):
        _tell(made, person, "evaluation_to_do", _("请办理绩效评估"))
    return made


@transaction.atomic
def propose(
    made: Evaluation,
    *,
    actor: User,
    result: str,
    opinion: str,
    ground: str = "",
    facts: str = "",
    diligence: str = "",
    panel: Panel | None = None,
    recover_amount: Decimal | None = None,
) -> Evaluation:
    """The lead bureau's officer says what follows. Silence of the employer does not stop it after the report is overdue.

    容错免责 needs its ground, the facts, the evidence of diligence and a panel with enough members in favour.
    recover_amount: 元 of what was paid under the agreement, for 追回; everything that was paid when left out.
    """
    made = _locked(made, State.OPENED, State.REPORTED)
    post = posts.on_case(actor, made.case, roles.Act.CHECK)
    if made.state == State.OPENED and made.due_on >= calendar.today():
        raise ActRefused(
            _("用人单位尚未报告；报告期限（%(day)s）满后仍未报告的，可以直接评估。")
            % {"day": f"{made.due_on:%Y-%m-%d}"}
        )
    if result not in Result.values or len(opinion.strip()) < 4:
        raise ActRefused(_("请选择评估结果，并写明评估意见（至少4个字）。"))
    if result == Result.EXCUSED:
        _require_excuse(made.case, ground, facts, diligence, panel)
        made.ground, made.facts, made.diligence = ground, facts.strip(), diligence.strip()
        made.panel_on, made.panel_members, made.panel_for = panel.held_on, panel.members, panel.in_favour
    made.recover_amount = _recoverable(made.case, recover_amount) if result == Result.RECOVER else None
    made.state, made.result, made.opinion = State.PROPOSED, result, opinion.strip()
    made.proposed_by, made.proposed_at = actor, timezone.now()
    made.save()
    _note(
        made,
        "evaluation_proposed",
        _("提出评估结果"),
        actor=actor,
        post=post,
        public=False,
        internal_text=made.opinion,
    )
    for person in appointments.holders(roles.BUREAU_HEAD, post.organisation):
        _tell(made, person, "evaluation_to_conclude", _("绩效评估待审核"))
    return made


def _recoverable(case: Case, asked: Decimal | None) -> Decimal | None:
    """What is to come back, 元; None when nothing was paid."""
    most = milestones.recoverable(case)
    if asked is not None and not 0 < asked <= most:
        raise ActRefused(
            _("应追回 %(asked)s 元，须大于 0 且不超过协议已拨付且未在追回的 %(most)s 元。")
            % {"asked": funds.yuan(asked), "most": funds.yuan(most)}
        )
    return asked or most or None


def _begin_recovery(made: Evaluation) -> None:
    """认定 in the funds, by whoever proposed it; its 审定 by a second person, notice and return follow there."""
    clause = policy.figures(made.case.edition).agreement.clause
    words = _("绩效评估：%(kind)s第%(year)d年") % {"kind": made.get_kind_display(), "year": made.year}
    try:
        made.recovery = funds.assess(
            milestones.award_of(made.case), made.recover_amount, actor=made.proposed_by, clause=clause,
            lines=[funds.Line(words, made.recover_amount, clause)], reason=f"{words}。{made.opinion}",
        )  # fmt: skip
    except NotAllowed:
        raise ActRefused(
            _("提出追回的人员已不在岗，不能认定追回；请退回重评，由现任经办人员提出。")
        ) from None
    made.save(update_fields=["recovery"])


def _require_excuse(case: Case, ground: str, facts: str, diligence: str, panel: Panel | None) -> None:
    figures = policy.figures(case.edition)
    if ground not in {row.code for row in figures.excuse_grounds}:
        raise ActRefused(_("容错免责须选择免责情形。"))
    if len(facts.strip()) < 10 or len(diligence.strip()) < 10:
        raise ActRefused(_("容错免责须写明未达目标的事实和勤勉尽责的证据（各不少于10个字）。"))
    if panel is None or panel.held_on > calendar.today():
        raise ActRefused(_("容错免责须先经专家论证，请填写论证日期、人数和同意人数，日期不能晚于今天。"))
    answer = rules.excuse_carried(members=panel.members, in_favour=panel.in_favour, edition=case.edition.data)
    if not answer.allowed:
        raise ActRefused(answer.reason)


@transaction.atomic
def conclude(made: Evaluation, *, actor: User, agreed: bool, note: str = "") -> Evaluation:
    """The head of the lead bureau, another person than who proposed: it stands, or it goes back with the reason."""
    made = _locked(made, State.PROPOSED)
    case = made.case
    post = posts.in_office(actor, case, case.lead_organisation, roles.BUREAU_HEAD)
    if actor.pk == made.proposed_by_id:
        raise NotAllowed(_("提出评估结果的人不能审核，请由其他负责人办理。"))
    if not agreed:
        if len(note.strip()) < 2:
            raise ActRefused(_("退回重评的，请写明原因。"))
        made.state = State.REPORTED
        made.result = made.ground = ""
        made.save(update_fields=["state", "result", "ground"])
        _note(
            made,
            "evaluation_sent_back",
            _("退回重评"),
            actor=actor,
            post=post,
            public=False,
            internal_text=note.strip(),
        )
        return made
    made.state, made.decided_by, made.decided_at = State.CONCLUDED, actor, timezone.now()
    made.save(update_fields=["state", "decided_by", "decided_at"])
    _note(
        made, "evaluation_concluded", _("绩效评估：%(result)s") % {"result": made.get_result_display()},
        actor=actor, post=post, internal_text=note.strip(), public_text=rules.RESULT_WORDS[made.result],
    )  # fmt: skip
    _follow(made)
    return made


def _follow(made: Evaluation) -> None:
    """What a result brings about. 容错免责 touches neither credit nor later evaluations: it writes no mark at all."""
    case = made.case
    if made.result in (Result.STOP, Result.RECOVER):
        Agreement.objects.filter(case=case.pk, state=Agreement.State.IN_FORCE).update(
            state=Agreement.State.ENDED,
            end_reason=_("绩效评估：%(result)s") % {"result": made.get_result_display()},
        )
    if made.recover_amount:
        _begin_recovery(made)
        for person in appointments.holders(roles.BUREAU_HEAD, case.lead_organisation):
            _tell(made, person, "recovery_to_decide", _("评估要求追回，追回已认定，请审定"))
    tell_applicant(
        case, kind="evaluation_concluded", subject=_("绩效评估已有结果"),
        body=_("办件 %(number)s 的%(kind)s结果：%(result)s。%(words)s")
        % {"number": case.number, "kind": made.get_kind_display(), "result": made.get_result_display(),
           "words": rules.RESULT_WORDS[made.result]},
    )  # fmt: skip
    for person in (
        appointments.holders(roles.CHECKER, case.lead_organisation) if made.result == Result.ADJUST else ()
    ):
        _tell(made, person, "agreement_to_amend", _("评估要求调整，请另拟协议版本"))


@dataclass(frozen=True)
class Excused:
    """One year of 容错免责 without anybody's name: how many evaluations, how many excused, by which ground."""

    year: int
    concluded: int
    excused: int
    grounds: tuple[tuple[str, int], ...]


def excused_by_year(policy_name: str = "green_channel") -> list[Excused]:
    """The yearly summary for everybody: numbers and grounds, nothing that leads to a person or a project."""
    words = {row.code: row.text for row in policy.figures(policy.edition_for(policy_name)).excuse_grounds}
    years: dict[int, list[Evaluation]] = {}
    for made in Evaluation.objects.filter(state=State.CONCLUDED, case__policy=policy_name).order_by(
        "decided_at"
    ):
        years.setdefault(timezone.localtime(made.decided_at).year, []).append(made)
    found = []
    for year, rows in sorted(years.items(), reverse=True):
        counted = Counter(made.ground for made in rows if made.result == Result.EXCUSED)
        grounds = tuple((words.get(code, code), number) for code, number in sorted(counted.items()))
        found.append(Excused(year, len(rows), sum(counted.values()), grounds))
    return found
