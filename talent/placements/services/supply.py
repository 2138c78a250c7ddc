"""Supply: what universities publish, and which offers fit a need. A match explains itself and decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talent.core.models import Organisation, TalentProfile, User
from talent.core.services import audit
from talent.core.services.errors import ActRefused, Conflict, NotAllowed
from talent.placements import rules
from talent.placements.models import Need, PersonOffer, UniversityStrength

from .sides import as_hr, tell_person


@transaction.atomic
def publish_strength(university: Organisation, *, actor: User, **fields: Any) -> UniversityStrength:
    """A discipline or result the university is strong in; public."""
    as_hr(actor, university)
    made = UniversityStrength.objects.create(university=university, published_by=actor, **fields)
    audit.record("strength_published", actor=actor, subject=f"strength:{made.pk}")
    return made


@transaction.atomic
def offer_person(
    university: Organisation, *, actor: User, person: TalentProfile, **fields: Any
) -> PersonOffer:
    """A person is offered; no firm sees it before the person has agreed."""
    as_hr(actor, university)
    TalentProfile.objects.select_for_update().get(pk=person.pk)
    if PersonOffer.objects.filter(university=university, person=person, withdrawn_at__isnull=True).exists():
        raise ActRefused(_("该人选已经发布，请先撤下原来的。"))
    made = PersonOffer.objects.create(university=university, person=person, published_by=actor, **fields)
    audit.record("person_offered", actor=actor, subject=f"offer:{made.pk}")
    tell_person(
        person, kind="person_offered", subject=_("单位拟发布您的可派出信息，请确认"),
        body=_("%(university)s拟把您列为可派出人选，您同意后企业才能看到（不显示姓名）。") % {"university": university},
    )  # fmt: skip
    return made


@transaction.atomic
def consent_to_offer(offer: PersonOffer, *, actor: User, agreed: bool) -> PersonOffer:
    """The person agrees to be offered, or has the offer taken down."""
    if offer.person.user_id != actor.pk:
        raise NotAllowed(_("只有本人可以答复。"))
    return _change(offer, "offer_agreed" if agreed else "offer_declined", actor=actor, withdrawn=not agreed)


@transaction.atomic
def withdraw_offer(offer: PersonOffer, *, actor: User) -> PersonOffer:
    """The university takes an offer down."""
    as_hr(actor, offer.university)
    return _change(offer, "offer_withdrawn", actor=actor, withdrawn=True)


def _change(offer: PersonOffer, kind: str, *, actor: User, withdrawn: bool) -> PersonOffer:
    field = "withdrawn_at" if withdrawn else "consented_at"
    done = PersonOffer.objects.filter(pk=offer.pk, withdrawn_at__isnull=True).update(
        **{field: timezone.now()}
    )
    if not done:
        raise Conflict(_("该人选已经撤下。"))
    audit.record(kind, actor=actor, subject=f"offer:{offer.pk}")
    offer.refresh_from_db()
    return offer


@dataclass(frozen=True)
class Match:
    """An offer beside a need: why it fits, and what does not."""

    offer: PersonOffer
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def order(self) -> tuple[int, int]:
        return len(self.doubts), -len(self.reasons)


def matches(need: Need, offers: Iterable[PersonOffer], *, book: rules.Rulebook) -> list[Match]:
    """The offers that may fit `need`, best first, each with its reasons in words. Never a decision."""
    found = []
    for offer in offers:
        reasons, doubts = [], []
        kind = book.kind(need.kind)
        (reasons if need.kind in offer.kinds else doubts).append(
            _("愿意担任%(kind)s") % {"kind": kind.title}
            if need.kind in offer.kinds
            else _("没有选择%(kind)s") % {"kind": kind.title}
        )
        if need.chain_id and need.chain_id == offer.chain_id:
            reasons.append(_("同一产业链：%(chain)s") % {"chain": need.chain.name})
        if _shared(need.field, offer.field):
            reasons.append(_("技术领域相近：%(field)s") % {"field": offer.field})
        if offer.days_per_year >= need.days_per_year:
            reasons.append(
                _("每年可用%(days)d天，满足%(need)d天")
                % {"days": offer.days_per_year, "need": need.days_per_year}
            )
        else:
            doubts.append(
                _("每年可用%(days)d天，少于%(need)d天")
                % {"days": offer.days_per_year, "need": need.days_per_year}
            )
        if len(reasons) > 1:
            found.append(Match(offer, tuple(reasons), tuple(doubts)))
    return sorted(found, key=lambda match: match.order)


def _shared(one: str, other: str) -> bool:
    """Whether two fields name the same thing: they share two characters in a row."""
    pairs = {one[place : place + 2] for place in range(len(one) - 1)}
    return any(other[place : place + 2] in pairs for place in range(len(other) - 1))
