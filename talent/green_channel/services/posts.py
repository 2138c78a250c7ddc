"""In which post somebody acts after the recognition; asked at the moment of acting, under the lock of the case."""

from django.utils.translation import gettext as _

from talent.core import roles
from talent.core.models import Case, Organisation, User
from talent.core.services import appointments
from talent.core.services.appointments import Standing
from talent.core.services.errors import ActRefused, NotAllowed
from talent.green_channel.models import GreenChannelCase


def lock(case: Case) -> GreenChannelCase:
    """The case as it is now, locked: every act after the recognition begins here."""
    Case.objects.select_for_update().only("pk").get(pk=case.pk)
    return GreenChannelCase.objects.get(pk=case.pk)


def require_recognised(case: Case) -> None:
    """Raise `ActRefused` before the recognition: nothing follows a case that is still running or was refused."""
    if case.status != Case.Status.COMPLETED:
        raise ActRefused(_("办件 %(number)s 尚未认定，认定后再办理。") % {"number": case.number})


def on_case(actor: User, case: Case, act: roles.Act) -> Standing:
    """The post that lets `actor` do `act` on `case`; raises `NotAllowed` without one, or when he must stay away."""
    post = appointments.standing_on(actor, case, act)
    if post is None:
        raise NotAllowed(_("您没有该办件“%(act)s”的岗位授权。") % {"act": roles.ACT_LABELS[act]})
    reason = appointments.recusal_reason(actor, case)
    if reason:
        raise NotAllowed(reason)
    return post


def in_office(actor: User, case: Case, organisation: Organisation, *wanted: roles.Role) -> Standing:
    """The post of one of the roles `wanted` in `organisation`; raises `NotAllowed`."""
    for role in wanted:
        post = appointments.standing(actor, role, organisation, policy=case.policy)
        if post is not None:
            reason = "" if role is roles.HR else appointments.recusal_reason(actor, case)
            if reason:
                raise NotAllowed(reason)
            return post
    titles = "、".join(role.title for role in wanted)
    raise NotAllowed(
        _("您没有“%(organisation)s”%(role)s的岗位授权。") % {"organisation": organisation, "role": titles}
    )


def require_oneself(actor: User, case: Case) -> None:
    if case.applicant.user_id != actor.pk:
        raise NotAllowed(_("只能由人才本人办理。"))
