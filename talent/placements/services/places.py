"""Places: the conditions looked at, and a place taken or given back under the lock of firm and person.

Two firms' last place and two firms for one person meet here: whoever comes second waits for the row lock, counts
again and is told why.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from talent.core.models import Case, Organisation, TalentProfile
from talent.core.services import calendar
from talent.core.services.errors import ActRefused
from talent.placements import rules
from talent.placements.models import FirmProfile, Need, Placement, PlacementCase, Rating, RecordedRelation


def book_of(case_or_need: PlacementCase | Need) -> rules.Rulebook:
    """The rulebook of the edition a case or a need stands under."""
    return rules.Rulebook(case_or_need.edition.data)


def lock(firm: Organisation, person: TalentProfile) -> None:
    """Nobody else counts the places of this firm or this person until the transaction ends. Firm first, always."""
    Organisation.objects.select_for_update().only("pk").get(pk=firm.pk)
    TalentProfile.objects.select_for_update().only("pk").get(pk=person.pk)


def taken() -> QuerySet[Placement]:
    """Places that are really taken: live, and their case has not ended meanwhile (withdrawn, stopped, lapsed)."""
    return Placement.objects.live().exclude(state=Placement.State.RESERVED, case__status__in=Case.ENDED)


def firm_refusal(firm: Organisation) -> str:
    """Why a firm may have no placement now; empty when it may."""
    if firm.status != Organisation.Status.CONFIRMED:
        return _("企业尚未通过注册核验")
    profile = FirmProfile.objects.filter(firm=firm).first()
    if profile is None:
        return _("企业条件尚未由县市区核验")
    if not profile.fits:
        return _("县市区核验认为企业不符合条件")
    return ""


def recorded_relations(case: PlacementCase) -> dict[str, str]:
    """Relations a bureau recorded between the firm and the person or the university: code → fact with its source."""
    rows = RecordedRelation.objects.filter(firm=case.employer, ended_on__isnull=True)
    return {
        row.code: _("%(fact)s，来源：%(source)s") % {"fact": row.fact, "source": row.source}
        for row in rows
        if row.university_id == case.university_id or row.person_id == case.applicant_id
    }


def last_rating(case: PlacementCase) -> str:
    """The result of the last rating that counts; empty when there is none."""
    given = Rating.objects.filter(
        placement__case=case, state__in=(Rating.State.GIVEN, Rating.State.FINAL)
    ).order_by("-number")
    return next(iter(given.values_list("result", flat=True)), "")


def ended_at_fault(placement: Placement) -> bool:
    """Whether the term was ended early by somebody's fault."""
    reasons = {row.code: row.at_fault for row in book_of(placement.case).end_reasons}
    return bool(placement.ended_on) and reasons.get(placement.end_reason, False)


def facts_of(case: PlacementCase) -> rules.Facts:
    """What the rules look at, as it is now. Call it under `lock` when a place depends on it."""
    others = taken().exclude(case=case).select_related("firm")
    ends_on = rules.add_months(case.starts_on, case.term_months) - timedelta(days=1)
    at_firm = others.filter(firm=case.employer, kind=case.kind).values_list("starts_on", "ends_on")
    profile = FirmProfile.objects.filter(firm=case.employer).first()
    return rules.Facts(
        kind=case.kind,
        starts_on=case.starts_on,
        months=case.term_months,
        days_per_year=case.days_per_year,
        firm_class=profile.firm_class if profile else "",
        birth_date=case.applicant.birth_date,
        degree=case.degree,
        title=case.title_rank,
        firm_refusal=firm_refusal(case.employer),
        declared=frozenset(case.declared),
        recorded=recorded_relations(case),
        firm_posts=rules.most_at_once(at_firm, case.starts_on, ends_on),
        person_posts=tuple(place.held_post for place in others.filter(person=case.applicant)),
        previous_rating=last_rating(case.renews) if case.renews_id else "",
    )


def examine(case: PlacementCase) -> tuple[rules.Finding, ...]:
    """Every condition with its finding, noted on the case."""
    findings = rules.examine(facts_of(case), book=book_of(case))
    case.findings = [asdict(finding) for finding in findings]
    if case.pk:
        case.save(update_fields=["findings"])
    return findings


def require_fit(case: PlacementCase) -> None:
    """Raise `ActRefused` with condition, fact, clause and what would change it, for every condition not met."""
    wrong = rules.failed(examine(case))
    if wrong:
        raise ActRefused("".join(finding.sentence for finding in wrong), code=wrong[0].condition)


def require_place_in_need(case: PlacementCase) -> None:
    """Raise `ActRefused` when the need has no place left."""
    filled = taken().filter(need=case.need).exclude(case=case).count()
    if case.replaces_id or case.renews_id:
        return
    if filled >= case.need.posts:
        raise ActRefused(
            _("岗位“%(title)s”共%(posts)d人，已经确认%(filled)d人，没有空额。可以申请该企业的其他岗位。")
            % {"title": case.need.title, "posts": case.need.posts, "filled": filled},
            code="need_full",
        )


@transaction.atomic
def take(case: PlacementCase) -> Placement:
    """Take the place for a case both sides have confirmed. Raises `ActRefused` saying what stands in the way."""
    lock(case.employer, case.applicant)
    give_back_ended(case.employer, case.applicant)
    require_place_in_need(case)
    require_fit(case)
    term = rules.Term(case.starts_on, case.term_months)
    return Placement.objects.create(
        case=case,
        need=case.need,
        person=case.applicant,
        firm=case.employer,
        university=case.university,
        kind=case.kind,
        starts_on=case.starts_on,
        months=case.term_months,
        ends_on=term.ends_on,
        days_per_year=case.days_per_year,
        pay_per_year=case.pay_per_year,
        renewal=case.renews_id is not None,
    )


def check_again(case: PlacementCase) -> None:
    """The second look, at the agreement: the same conditions under the same lock, without this case's own place."""
    lock(case.employer, case.applicant)
    require_fit(case)


def give_back_ended(firm: Organisation, person: TalentProfile) -> int:
    """Places promised to cases that have ended since are free again. Returns how many."""
    stale = Placement.objects.filter(state=Placement.State.RESERVED, case__status__in=Case.ENDED)
    return (stale.filter(firm=firm) | stale.filter(person=person)).update(state=Placement.State.RELEASED)


def quotas_used(
    firms: Iterable[Organisation], *, book: rules.Rulebook
) -> list[tuple[Organisation, rules.Kind, int, int]]:
    """For every firm and kind it may have: how many places are taken today, and of how many. Two queries."""
    firms = list(firms)
    classes = dict(FirmProfile.objects.filter(firm__in=firms).values_list("firm", "firm_class"))
    rows = taken().filter(firm__in=firms, ends_on__gte=calendar.today())
    used = Counter(rows.order_by().values_list("firm", "kind"))
    return [
        (firm, kind, used[firm.pk, kind.code], posts)
        for firm in firms
        for kind in book.kinds
        if (posts := book.quota(kind.code, classes.get(firm.pk, "")).posts)
    ]
