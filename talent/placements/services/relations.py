"""回避关系: facts the bureaus record with their source, and what a person declares later than at the application.

A recorded fact is looked at by `places.recorded_relations` at every check; one that turns up while a term runs is
told to the lead bureau, which has it ended under the edition's reason.
"""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Organisation, Region, TalentProfile, User
from talent.core.services import appointments, audit, calendar, cases, policy
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import PlacementCase, RecordedRelation

from . import places
from .sides import POLICY, Side, standing_for, tell_organisation, tell_person

OF_UNIVERSITY = ("university_company", "university_shares")


def current_book() -> rules.Rulebook:
    """The rulebook in force today."""
    return rules.Rulebook(policy.edition_for(POLICY).data)


def posts_of(user: User, *, book: rules.Rulebook) -> list[appointments.Standing]:
    """The posts in which `user` keeps the register: checkers of the bureaus that publish needs, city and county."""
    publishers = {kind.publisher for kind in book.kinds}
    return [
        post
        for post in appointments.posts_of(user)
        if post.role is roles.CHECKER
        and post.covers(POLICY)
        and post.organisation.code.rpartition("-")[2] in publishers
    ]


def _area(posts: list[appointments.Standing], prefix: str = "") -> Q:
    """Firms a keeper answers for: of his county, or everywhere for a bureau of the city."""
    if any(post.organisation.region.kind == Region.Kind.CITY for post in posts):
        return Q()
    return Q(**{f"{prefix}region__in": {post.organisation.region_id for post in posts}})


def firms_of(posts: list[appointments.Standing]) -> QuerySet[Organisation]:
    """The firms about which facts may be recorded in these posts."""
    return Organisation.objects.filter(_area(posts), kind=Organisation.Kind.EMPLOYER).order_by("name", "pk")


def recorded(posts: list[appointments.Standing]) -> QuerySet[RecordedRelation]:
    """The facts of the area of these posts, newest first."""
    return RecordedRelation.objects.filter(_area(posts, "firm__")).select_related(
        "firm", "university", "person", "recorded_by"
    )


def about(person: TalentProfile) -> QuerySet[RecordedRelation]:
    """The facts recorded about a person, for that person."""
    return RecordedRelation.objects.filter(person=person).select_related("firm")


def _standing(actor: User, firm: Organisation) -> appointments.Standing:
    for post in posts_of(actor, book=current_book()):
        if post.organisation.region.kind == Region.Kind.CITY or post.organisation.region_id == firm.region_id:
            return post
    raise NotAllowed(_("您没有记录“%(firm)s”回避关系的岗位授权。") % {"firm": firm})


@transaction.atomic
def record(
    firm: Organisation,
    *,
    actor: User,
    code: str,
    fact: str,
    source: str,
    university: Organisation | None = None,
    person: TalentProfile | None = None,
) -> RecordedRelation:
    """Record a fact between a firm and a university or a person, with where it is known from.

    Raises `ActRefused` for a relation the edition does not record or a side it is not of, `Conflict` when it is on
    record. Running terms it concerns are told to their lead bureau.
    """
    standing = _standing(actor, firm)
    row = next((one for one in current_book().relations if one.code == code and one.recorded), None)
    if row is None:
        raise ActRefused(_("请选择可以记录的关系。"), code="code")
    if (code in OF_UNIVERSITY) != (university is not None) or (university is None) == (person is None):
        raise ActRefused(
            _("“%(text)s”应填写%(side)s。")
            % {"text": row.text, "side": _("派出单位") if code in OF_UNIVERSITY else _("本人账号")},
            code="side",
        )
    if len(fact.strip()) < 2 or len(source.strip()) < 2:
        raise ActRefused(_("请写明事实和来源。"), code="fact")
    there = RecordedRelation.objects.filter(
        firm=firm, code=code, university=university, person=person, ended_on__isnull=True
    )
    if there.exists():
        raise Conflict(_("该关系已经记录，请在列表中查看。"))
    made = RecordedRelation.objects.create(
        firm=firm, code=code, university=university, person=person, fact=fact.strip(), source=source.strip(),
        recorded_by=actor,
    )  # fmt: skip
    audit.record(
        "relation_recorded",
        actor=actor,
        subject=f"relation:{made.pk}",
        detail={"firm": firm.pk, "code": code},
    )
    if person is not None:
        tell_person(
            person, kind="relation_recorded", subject=_("有一条与您有关的回避关系记录"),
            body=_("%(bureau)s记录：您与%(firm)s有“%(text)s”的关系，来源见“我的岗位”。不属实的，请持证明向该部门申请更正。")
            % {"bureau": standing.organisation, "firm": firm, "text": row.text},
        )  # fmt: skip
    _tell_running(made, row.text, actor=actor, standing=standing)
    return made


def _tell_running(made: RecordedRelation, text: str, *, actor: User, standing: appointments.Standing) -> None:
    """Note the fact on every case it concerns and ask the lead bureau to act."""
    concerned = places.taken().filter(firm=made.firm).select_related("case__lead_organisation")
    side = Q(university=made.university) if made.university_id else Q(person=made.person)
    for place in concerned.filter(side).order_by("pk"):
        cases.record(
            place.case, "relation_found", actor=actor, standing=standing, title=_("记录回避关系"), public=False,
            internal_text=_("%(text)s：%(fact)s，来源：%(source)s")
            % {"text": text, "fact": made.fact, "source": made.source},
        )  # fmt: skip
        _tell_lead(place.case, text)


def _tell_lead(case: PlacementCase, text: str) -> None:
    tell_organisation(
        case.lead_organisation, role=roles.CHECKER, kind="relation_found", case=case,
        subject=_("任职中出现应当回避的关系"),
        body=_("办件 %(number)s：%(text)s。请核实，属实的按“任职期间出现应当回避的关系”终止。")
        % {"number": case.number, "text": text},
    )  # fmt: skip


@transaction.atomic
def end(relation: RecordedRelation, *, actor: User, text: str) -> RecordedRelation:
    """The fact is no longer so: from today it stands in nobody's way. It stays on record, with why it ended."""
    _standing(actor, relation.firm)
    if len(text.strip()) < 4:
        raise ActRefused(_("请写明解除的依据（至少4个字），例如变更登记的日期和文号。"), code="text")
    done = RecordedRelation.objects.filter(pk=relation.pk, ended_on__isnull=True).update(
        ended_on=calendar.today(), end_text=text.strip()[:200]
    )
    if not done:
        raise Conflict(_("该关系已经解除。"))
    audit.record(
        "relation_ended", actor=actor, subject=f"relation:{relation.pk}", detail={"firm": relation.firm_id}
    )
    relation.refresh_from_db()
    return relation


@transaction.atomic
def declare(case: PlacementCase, *, actor: User, code: str, note: str) -> PlacementCase:
    """The person declares a relation that has come about since the application; the lead bureau is told."""
    standing_for(case, Side.PERSON, actor=actor)
    case = PlacementCase.objects.select_for_update().get(pk=case.pk)
    if case.ended:
        raise Conflict(_("办件 %(number)s 已经结束。") % {"number": case.number})
    row = next((one for one in places.book_of(case).relations if one.code == code and one.declared), None)
    if row is None:
        raise ActRefused(_("请选择关系。"), code="code")
    if code in case.declared:
        raise Conflict(_("该关系已经申明。"))
    case.declared = sorted({*case.declared, code})
    case.declaration_note = note.strip()[:500] or case.declaration_note
    case.save(update_fields=["declared", "declaration_note"])
    cases.record(
        case, "relation_declared", actor=actor, title=_("申明回避关系"),
        public_text=_("本人申明：%(text)s。%(note)s") % {"text": row.text, "note": note.strip()},
    )  # fmt: skip
    _tell_lead(case, row.text)
    return case
