"""Who speaks for which side: the firm's and the university's HR, the person, the county and the lead bureau."""

from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Organisation, TalentProfile, User
from talent.core.services import appointments, messages
from talent.core.services.appointments import Standing
from talent.core.services.errors import NotAllowed
from talent.placements.models import PlacementCase, SignedCopy

POLICY = "placements"
Side = SignedCopy.Side


def as_hr(actor: User, organisation: Organisation) -> Standing:
    """The post of 单位人事专员 in `organisation`; raises `NotAllowed`."""
    return as_role(actor, roles.HR, organisation)


def as_role(actor: User, role: roles.Role, organisation: Organisation) -> Standing:
    """The post of `role` in `organisation`; raises `NotAllowed` naming the missing post."""
    found = appointments.standing(actor, role, organisation, policy=POLICY)
    if found is None:
        raise NotAllowed(
            _("您没有“%(org)s”%(role)s的岗位授权，不能办理这一步。")
            % {"org": organisation, "role": role.title}
        )
    return found


def standing_for(case: PlacementCase, side: str, *, actor: User) -> Standing | None:
    """In which post `actor` speaks for `side`; None for the person himself. Raises `NotAllowed`."""
    if side == Side.PERSON:
        if case.applicant.user_id != actor.pk:
            raise NotAllowed(_("只有本人可以办理这一步。"))
        return None
    return as_hr(actor, case.employer if side == Side.FIRM else case.university)


def sides_of(case: PlacementCase, user: User) -> list[str]:
    """The sides `user` may speak for in this case."""
    found = []
    for side in Side.values:
        try:
            standing_for(case, side, actor=user)
        except NotAllowed:
            continue
        found.append(side)
    return found


def tell_organisation(
    organisation: Organisation,
    *,
    kind: str,
    subject: str,
    body: str,
    case: PlacementCase | None = None,
    role: roles.Role = roles.HR,
    key: str = "",
) -> None:
    """A message to everybody who holds `role` in `organisation` (its HR when not said)."""
    for person in appointments.holders(role, organisation):
        messages.tell(
            person, kind=kind, subject=subject, body=body, case=case, key=f"{key}:{person.pk}" if key else None
        )  # fmt: skip


def tell_person(
    person: TalentProfile,
    *,
    kind: str,
    subject: str,
    body: str,
    case: PlacementCase | None = None,
    key: str = "",
) -> None:
    """A message to the person, when there is an account."""
    if person.user_id:
        messages.tell(person.user, kind=kind, subject=subject, body=body, case=case, key=key or None)


def tell_sides(
    case: PlacementCase, *, kind: str, subject: str, body: str, but: str = "", key: str = ""
) -> None:
    """A message to firm, university and person, except the side that acted."""
    for side, organisation in ((Side.FIRM, case.employer), (Side.UNIVERSITY, case.university)):
        if side != but:
            tell_organisation(organisation, kind=kind, subject=subject, body=body, case=case, key=key)
    if but != Side.PERSON:
        tell_person(
            case.applicant, kind=kind, subject=subject, body=body, case=case, key=key and f"{key}:person"
        )
