"""人才线索: recorded, contacted, and handed on to a recommendation with everything that is known.

Identity number, phone and e-mail are sealed: pages show them masked, `reveal` opens one and records who looked and
why, `identity_of` hands them to a recommendation without showing them.
"""

import uuid
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core import identifiers, roles
from talent.core.models import Case, LeadAchievement, LeadContact, TalentLead, User

from .. import audit
from ..errors import ActRefused, Conflict, NotAllowed
from ..people import REASON_LENGTH
from ..standing import posts_of
from .rights import of_city, reading_posts, require_keeper

SEALED = ("id_number", "mobile", "email")
EDITABLE = frozenset(
    {
        "chain", "name", "kind", "organisation", "position", "place", "field", "level_code", "criterion", "region",
        "employer", "id_kind", "id_number", "mobile", "email", "project_title", "project_summary", "why_direct",
        "engagement", "contract_years", "source",
    }
)  # fmt: skip


def visible_leads(user: User) -> QuerySet[TalentLead]:
    """The leads `user` may read: a city post all, a county post those meant for the county."""
    posts = reading_posts(user)
    if any(of_city(post) for post in posts):
        return TalentLead.objects.all()
    regions = [post.organisation.region_id for post in posts]
    return TalentLead.objects.filter(region__in=regions)


def search(user: User, *, text: str = "", **filters: Any) -> QuerySet[TalentLead]:
    """Visible leads by words in name, office, field, project or a result's title; filters by field, empty ones ignored."""
    found = visible_leads(user).filter(**{name: value for name, value in filters.items() if value})
    for word in text.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(organisation__icontains=word)
            | Q(field__icontains=word)
            | Q(project_title__icontains=word)
            | Q(pk__in=LeadAchievement.objects.filter(title__icontains=word).values("lead"))
        )
    return found.select_related("chain", "region").order_by("chain__code", "name", "pk")


def checked(facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` as they may be stored: no unknown field, numbers in normal form. Raises `ActRefused` naming what is wrong."""
    unknown = facts.keys() - EDITABLE
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    if not str(facts.get("source", "")).strip():
        raise ActRefused(_("请填写信息来源，没有来源的线索不能登记。"), code="source")
    facts = {name: value.strip() if isinstance(value, str) else value for name, value in facts.items()}
    if facts.get("id_number"):
        kind = facts.get("id_kind") or TalentLead.id_kind.field.default
        try:
            found = identifiers.check_identity(kind, facts["id_number"], today=timezone.localdate())
        except ValueError as error:
            raise ActRefused(str(error), code="id_number") from None
        facts["id_number"] = found.number
    return facts


@transaction.atomic
def record_lead(*, actor: User, **facts: Any) -> TalentLead:
    """Record somebody worth bringing here. Raises `NotAllowed`, `ActRefused`, or `Conflict` for one already recorded."""
    facts = checked(facts)
    require_keeper(actor, facts.get("region"))
    made = TalentLead(recorded_by=actor, **facts)
    _save(made)
    audit.record(
        "lead_recorded",
        actor=actor,
        subject=f"talentlead:{made.pk}",
        detail={"chain": made.chain.code},
    )
    return made


@transaction.atomic
def change(lead: TalentLead, *, actor: User, **facts: Any) -> TalentLead:
    """Change what is recorded; a sealed value left empty stays. Raises like `record_lead`."""
    require_keeper(actor, lead.region)
    facts = checked(facts)
    require_keeper(actor, facts.get("region"))
    for name in SEALED:
        if not facts.get(name):
            facts.pop(name, None)
    for name, value in facts.items():
        setattr(lead, name, value)
    _save(lead)
    audit.record("lead_changed", actor=actor, subject=f"talentlead:{lead.pk}")
    return lead


def _save(lead: TalentLead) -> None:
    try:
        with transaction.atomic():
            lead.save()
    except IntegrityError:
        raise Conflict(
            _("“%(chain)s”已登记“%(organisation)s”的“%(name)s”，请在原线索上补充。")
            % {"chain": lead.chain.name, "organisation": lead.organisation, "name": lead.name}
        ) from None


@transaction.atomic
def add_achievement(lead: TalentLead, *, actor: User, **facts: Any) -> LeadAchievement:
    """A published result of the lead."""
    require_keeper(actor, lead.region)
    made = LeadAchievement.objects.create(lead=lead, **facts)
    audit.record("lead_achievement_added", actor=actor, subject=f"talentlead:{lead.pk}")
    return made


@transaction.atomic
def add_contact(lead: TalentLead, *, actor: User, on: date, channel: str, content: str) -> LeadContact:
    """A contact that took place. A number of a person in the text is refused: it belongs in the sealed fields."""
    require_keeper(actor, lead.region)
    refuse_numbers(content)
    if on > timezone.localdate():
        raise ActRefused(_("联系日期不能晚于今天。"), code="on")
    made = LeadContact.objects.create(
        lead=lead, on=on, channel=channel.strip(), content=content.strip(), recorded_by=actor
    )
    TalentLead.objects.filter(pk=lead.pk, state=TalentLead.State.NEW).update(state=TalentLead.State.CONTACTED)
    audit.record("lead_contacted", actor=actor, subject=f"talentlead:{lead.pk}")
    lead.refresh_from_db()
    return made


def refuse_numbers(text: str) -> None:
    """Raise `ActRefused` when an identity or mobile number stands in a text that is not sealed."""
    if audit.contains_personal_data(text):
        raise ActRefused(_("内容中不能填写证件号码或手机号码，请填入线索的加密项。"), code="content")


@transaction.atomic
def drop(lead: TalentLead, *, actor: User, reason: str) -> TalentLead:
    """搁置 with a reason. Raises `Conflict` for a lead that has been recommended or dropped."""
    require_keeper(actor, lead.region)
    if len(reason.strip()) < 2:
        raise ActRefused(_("请写明搁置的原因。"), code="reason")
    dropped = TalentLead.objects.filter(
        pk=lead.pk, state__in=(TalentLead.State.NEW, TalentLead.State.CONTACTED)
    ).update(state=TalentLead.State.DROPPED, state_reason=reason.strip())
    if not dropped:
        raise Conflict(_("该线索已推荐或已搁置。"))
    audit.record("lead_dropped", actor=actor, subject=f"talentlead:{lead.pk}")
    lead.refresh_from_db()
    return lead


@transaction.atomic
def reveal(lead: TalentLead, field: str, *, actor: User, reason: str) -> str:
    """One sealed value whole, to who keeps the atlas; recorded first with the reason (个人信息保护法 art. 51)."""
    post = require_keeper(actor, lead.region)
    if field not in SEALED:
        raise ActRefused(_("该项不是可查看的加密信息。"), code="field")
    if not post.role.may(roles.Act.REVEAL):
        raise NotAllowed(_("您的岗位不能查看完整证件信息。"))
    if len(reason.strip()) < REASON_LENGTH:
        raise ActRefused(
            _("请填写查看原因（不少于%(count)d个字）。") % {"count": REASON_LENGTH}, code="reason"
        )
    if audit.contains_personal_data(reason):
        raise ActRefused(_("查看原因中不能填写证件号码或手机号码。"), code="reason")
    audit.record(
        "revealed",
        actor=actor,
        subject=f"talentlead:{lead.pk}",
        detail={"field": field, "reason": reason.strip()},
    )
    value = getattr(lead, field)
    return value.reveal() if value else ""


# --- from a lead to a recommendation ---------------------------------------------------------------------------


def usable_lead(user: User, key: str) -> TalentLead | None:
    """The lead from which `user` may begin a recommendation: one he reads, or as HR one meant for his firm."""
    try:
        key = uuid.UUID(str(key))
    except ValueError:
        return None
    posts = [post for post in posts_of(user) if post.role.may(roles.Act.RECOMMEND)]
    mine = Q(employer__in=[post.organisation.pk for post in posts if post.role is roles.HR])
    for post in posts:
        if post.role is roles.RECOMMENDER:
            mine |= Q(pk__isnull=False) if of_city(post) else Q(region=post.organisation.region)
    live = (TalentLead.State.NEW, TalentLead.State.CONTACTED)
    return TalentLead.objects.filter(mine, row_key=key, state__in=live).select_related("chain").first()


@transaction.atomic
def identity_of(lead: TalentLead, *, actor: User) -> tuple[str, str]:
    """Identity number and e-mail of the lead for the recommendation that begins now; recorded, shown to nobody."""
    audit.record("lead_identity_used", actor=actor, subject=f"talentlead:{lead.pk}")
    return tuple(value.reveal() if value else "" for value in (lead.id_number, lead.email))


@transaction.atomic
def began(lead: TalentLead, case: Case, *, actor: User) -> TalentLead:
    """The lead has become a case. Raises `Conflict` when another recommendation was faster."""
    done = TalentLead.objects.filter(pk=lead.pk, case__isnull=True).update(
        case=case, state=TalentLead.State.RECOMMENDED
    )
    if not done:
        raise Conflict(_("该线索已由他人推荐，请查看线索的办件。"))
    audit.record("lead_recommended", actor=actor, subject=case.number, detail={"lead": lead.pk})
    lead.refresh_from_db()
    return lead
