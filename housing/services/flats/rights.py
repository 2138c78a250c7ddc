"""Who lets flats, under which terms, and how the parties are told."""

from time import monotonic
from typing import Any

from django.utils.translation import gettext as _

from housing.rules import Flats
from talent.core import roles
from talent.core.models import Organisation, PolicyEdition, TalentProfile, User
from talent.core.services import appointments, messages, policy
from talent.core.services.errors import ActRefused, NotAllowed

from ..reading import POLICY, figures_of

_KEPT_FOR = 60
_bureau: dict[str, Any] = {}


def terms_of(edition: PolicyEdition) -> Flats:
    """The edition's terms. Raises `ActRefused` where a city lets no flats."""
    found = figures_of(edition).flats
    if found is None:
        raise ActRefused(_("本版政策没有规定人才公寓配租。"))
    return found


def current() -> tuple[PolicyEdition, Flats, Organisation]:
    """Today's edition, its terms, and the bureau that lets."""
    edition = policy.edition_for(POLICY)
    terms = terms_of(edition)
    return edition, terms, Organisation.objects.get(code=terms.bureau)


def letting_bureau() -> str:
    """The code of the bureau that lets today, kept for a minute: every page of the desk asks. Empty without one."""
    if not _bureau or monotonic() - _bureau["read_at"] > _KEPT_FOR:
        try:
            terms = figures_of(policy.edition_for(POLICY)).flats
        except policy.PolicyMissing:
            terms = None
        _bureau.update(code=terms.bureau if terms else "", read_at=monotonic())
    return _bureau["code"]


def bureaus_of(user: User) -> set[int]:
    """The keys of the bureaus for which `user` lets flats."""
    _edition, _terms, bureau = current()
    held = appointments.organisations_where(user, roles.CHECKER, policy=POLICY)
    return {bureau.pk} & set(held)


def require_bureau(actor: User, organisation: Organisation, person: TalentProfile | None = None) -> None:
    """Raise `NotAllowed` unless `actor` lets flats for `organisation`; nobody does so in his own matter."""
    if appointments.standing(actor, roles.CHECKER, organisation, policy=POLICY) is None:
        raise NotAllowed(_("只有“%(name)s”的审查人员可以办理人才公寓。") % {"name": organisation})
    if person is not None and person.user_id == actor.pk:
        raise NotAllowed(_("不能办理本人的人才公寓事项，请由其他人员办理。"))


def require_self(actor: User, person: TalentProfile) -> None:
    if person.user_id != actor.pk:
        raise NotAllowed(_("只有本人可以办理。"))


def tell(person: TalentProfile, *, kind: str, subject: str, body: str, key: str | None = None) -> None:
    """Tell a person who has an account."""
    if person.user:
        messages.tell(person.user, kind=kind, subject=subject, body=body, key=key)


def reasoned(text: str) -> str:
    """A reason of at least four signs, or `ActRefused`."""
    text = text.strip()
    if len(text) < 4:
        raise ActRefused(_("请写明理由（至少4个字）。"), code="reason")
    return text


def changed(values: dict[str, Any], before: dict[str, Any]) -> dict[str, list[str]]:
    """What differs, as the record keeps it."""
    return {name: [str(before[name]), str(value)] for name, value in values.items() if before[name] != value}
