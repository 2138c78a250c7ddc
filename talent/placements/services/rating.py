"""P11, P14: the yearly rating by firm, university and lead bureau, the person's objection, and the final evaluation."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, User
from talent.core.services import appointments, calendar, cases, materials
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import Placement, PlacementCase, Rating, ServiceDay, Visit

from . import places
from .sides import Side, as_hr, as_role, standing_for, tell_organisation, tell_person

EVIDENCE = "P08"


def due_years(today: date) -> list[tuple[Placement, int, date, date]]:
    """Years of service that are over and not yet rated: place, number, first and last day."""
    found = []
    served = Placement.objects.filter(state__in=("active", "suspended", "ended")).select_related(
        "case__edition"
    )
    for placement in served.prefetch_related("ratings").order_by("pk"):
        months = places.book_of(placement.case).rating_rules.start_after_months
        rated = {rating.number for rating in placement.ratings.all()}
        number, start = 1, placement.starts_on
        while start <= placement.ends_on:
            end = min(
                rules.add_months(placement.starts_on, number * months) - timedelta(days=1), placement.ends_on
            )
            if end < today and number not in rated:
                found.append((placement, number, start, end))
            number, start = number + 1, end + timedelta(days=1)
    return found


@transaction.atomic
def begin(placement: Placement, number: int, starts_on: date, ends_on: date) -> bool:
    """The rating of a year of service begins with the firm; False when it has begun already."""
    _rating, fresh = Rating.objects.get_or_create(
        placement=placement, number=number, defaults={"starts_on": starts_on, "ends_on": ends_on}
    )
    if fresh:
        tell_organisation(
            placement.firm, kind="rating_wanted", subject=_("请进行年度考核"), case=placement.case,
            body=_("办件 %(number)s 第%(year)d年任职期满，请先由企业评价。")
            % {"number": placement.case.number, "year": number},
            key=f"rating:{placement.pk}:{number}",
        )  # fmt: skip
    return fresh


def _locked(rating: Rating, *wanted: str) -> Rating:
    fresh = Rating.objects.select_for_update().get(pk=rating.pk)
    if fresh.state not in wanted:
        raise Conflict(_("该考核现在是“%(state)s”，请刷新页面。") % {"state": fresh.get_state_display()})
    return fresh


def _known(rating: Rating, code: str) -> rules.Rating:
    try:
        return places.book_of(rating.placement.case).rating(code)
    except LookupError:
        raise ActRefused(_("请选择考核结果。"), code="result") from None


def _need_text(text: str) -> str:
    if len(text.strip()) < 2:
        raise ActRefused(_("请写明考核意见（至少2个字）。"), code="text")
    return text.strip()


@transaction.atomic
def by_firm(
    rating: Rating, *, actor: User, result: str, text: str, evidence: UploadedFile | None = None
) -> Rating:
    """The firm's opinion, with a file that shows it; the university is next."""
    rating = _locked(rating, Rating.State.FIRM)
    firm = rating.placement.firm
    standing = as_hr(actor, firm)
    rating.firm_result, rating.firm_text = _known(rating, result).code, _need_text(text)
    if evidence is not None:
        rating.evidence = materials.store_upload(
            evidence, owner=firm, type_code=EVIDENCE, actor=actor,
            title=_("第%(year)d年考核佐证材料") % {"year": rating.number},
        )  # fmt: skip
    rating.state = Rating.State.UNIVERSITY
    rating.save()
    cases.record(
        rating.placement.case, "rated_by_firm", actor=actor, standing=standing, title=_("企业年度评价"),
        public=False, internal_text=rating.firm_text, figures={"result": rating.firm_result},
    )  # fmt: skip
    return rating


@transaction.atomic
def by_university(rating: Rating, *, actor: User, result: str, text: str) -> Rating:
    """The university's opinion; the lead bureau is next."""
    rating = _locked(rating, Rating.State.UNIVERSITY)
    standing = as_hr(actor, rating.placement.university)
    rating.university_result, rating.university_text = _known(rating, result).code, _need_text(text)
    rating.state = Rating.State.LEAD
    rating.save()
    cases.record(
        rating.placement.case, "rated_by_university", actor=actor, standing=standing, title=_("派出单位年度评价"),
        public=False, internal_text=rating.university_text, figures={"result": rating.university_result},
    )  # fmt: skip
    return rating


@transaction.atomic
def by_lead(rating: Rating, *, actor: User, result: str, text: str) -> Rating:
    """The lead bureau's result. The person may object for the edition's working days."""
    rating = _locked(rating, Rating.State.LEAD)
    case = rating.placement.case
    standing = as_role(actor, roles.CHECKER, case.lead_organisation)
    row = _known(rating, result)
    rating.result, rating.text, rating.state = row.code, _need_text(text), Rating.State.GIVEN
    rating.given_by, rating.given_at = actor, timezone.now()
    days = places.book_of(case).rating_rules.objection_days
    rating.object_until = calendar.due_after(calendar.effective_day(timezone.now()), days)
    rating.save()
    cases.record(
        case, "rated", actor=actor, standing=standing, title=_("年度考核"),
        public_text=_("第%(year)d年考核结果：%(result)s。可以在%(day)s前提出异议。")
        % {"year": rating.number, "result": row.title, "day": rating.object_until},
        internal_text=rating.text, figures={"result": row.code},
    )  # fmt: skip
    tell_person(
        rating.placement.person, kind="rated", subject=_("年度考核结果"), case=case,
        body=_("办件 %(number)s 第%(year)d年考核结果为%(result)s，有异议的请在%(day)s前提出。")
        % {"number": case.number, "year": rating.number, "result": row.title, "day": rating.object_until},
    )  # fmt: skip
    return rating


@transaction.atomic
def object_to(rating: Rating, *, actor: User, text: str) -> Rating:
    """The person objects to the result, in time and with reasons."""
    rating = _locked(rating, Rating.State.GIVEN)
    standing_for(rating.placement.case, Side.PERSON, actor=actor)
    if rating.object_until and calendar.today() > rating.object_until:
        raise ActRefused(_("异议期至%(day)s，已经结束。") % {"day": rating.object_until}, code="late")
    if len(text.strip()) < 10:
        raise ActRefused(_("请具体写明异议的内容和事实（至少10个字）。"), code="text")
    rating.objection, rating.state = text.strip(), Rating.State.OBJECTED
    rating.save(update_fields=["objection", "state"])
    cases.record(
        rating.placement.case,
        "rating_objected",
        actor=actor,
        title=_("对考核提出异议"),
        public_text=rating.objection,
    )
    return rating


@transaction.atomic
def settle(rating: Rating, *, actor: User, result: str, finding: str) -> Rating:
    """Somebody of the lead bureau other than who rated checks the objection; the result stands or changes. Final."""
    rating = _locked(rating, Rating.State.OBJECTED)
    case = rating.placement.case
    standing = as_role(actor, roles.BUREAU_HEAD, case.lead_organisation)
    if rating.given_by_id == actor.pk:
        raise NotAllowed(_("评定人不能核查对自己评定的异议，请由其他人员办理。"))
    row = _known(rating, result)
    rating.result, rating.finding, rating.settled_by = row.code, _need_text(finding), actor
    rating.state = Rating.State.FINAL
    rating.save()
    cases.record(
        case, "rating_objection_settled", actor=actor, standing=standing, title=_("考核异议核查结论"),
        public_text=_("核查结论：%(finding)s。最终结果：%(result)s。")
        % {"finding": rating.finding, "result": row.title},
    )  # fmt: skip
    return rating


def to_finalise(today: date) -> list[Rating]:
    """Results nobody has objected to in time."""
    return list(Rating.objects.filter(state=Rating.State.GIVEN, object_until__lt=today).order_by("pk"))


def finalise(rating: Rating) -> bool:
    """The time to object is over: the result is final. False when it was already."""
    return bool(
        Rating.objects.filter(pk=rating.pk, state=Rating.State.GIVEN).update(state=Rating.State.FINAL)
    )


def conduct_of(placement: Placement, *, stated: Iterable[str] = ()) -> rules.Conduct:
    """How the term was carried out, from the records; `stated`: what the evaluating officer states himself."""
    until = min(placement.ends_on, calendar.today())
    agreed = rules.promised_by_year(placement.starts_on, until, placement.days_per_year)
    due = placement.reports.all()
    if placement.state != Placement.State.ENDED:
        due = due.filter(due_on__lte=calendar.today())
    return rules.Conduct(
        days=placement.days.filter(state=ServiceDay.State.CONFIRMED).count(),
        agreed_days=sum(agreed.values()),
        reports=due.filter(submitted_at__isnull=False).count(),
        reports_due=due.count(),
        at_fault=places.ended_at_fault(placement),
        stated=frozenset(stated),
    )


@transaction.atomic
def evaluate(
    case: PlacementCase,
    *,
    actor: User,
    standing: Standing,
    outcome: str,
    opinion: str = "",
    reason: str = "",
    stated: Iterable[str] = (),
) -> str:
    """P14: the final evaluation. The case is archived.

    未达目标·尽职免责 is given only when every condition of diligence holds; nothing is recovered for it
    (济政发〔2025〕8号 item 18). Raises `ActRefused` naming each condition that does not.
    """
    findings: tuple[rules.Finding, ...] = ()
    if outcome == PlacementCase.Final.EXEMPT:
        conduct = conduct_of(case.placement, stated=stated)
        findings = rules.diligent(conduct, book=places.book_of(case))
        if wrong := rules.failed(findings):
            raise ActRefused("".join(finding.sentence for finding in wrong), code=wrong[0].condition)
    case.final_result, case.final_text = outcome, reason.strip()
    case.save(update_fields=["final_result", "final_text"])
    cases.close(
        case, Case.Status.COMPLETED, actor=actor, standing=standing, kind="evaluated", title=_("期满评估"),
        public_text=_("期满评估：%(result)s。%(reason)s%(facts)s")
        % {"result": case.get_final_result_display(), "reason": case.final_text,
           "facts": "".join(f"{finding.title}：{finding.fact}。" for finding in findings)},
        internal_text=opinion, figures={"result": outcome, "clawback": outcome == PlacementCase.Final.FAILED},
    )  # fmt: skip
    return outcome


@transaction.atomic
def visit(placement: Placement, *, actor: User, day: date, text: str) -> Visit:
    """A bureau of the case visited the firm; what was found stays inside."""
    if day > calendar.today():
        raise ActRefused(_("走访日期还没有到。"), code="day")
    standing = appointments.standing_on(actor, placement.case, roles.Act.NOTE)
    if standing is None:
        raise NotAllowed(_("只有办理该办件的岗位可以登记走访。"))
    made = Visit.objects.create(placement=placement, day=day, text=_need_text(text), visited_by=actor)
    cases.record(
        placement.case, "visited", actor=actor, standing=standing, title=_("走访"), public=False, internal_text=made.text
    )  # fmt: skip
    return made
