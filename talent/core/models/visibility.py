"""Who sees which case.

`Case.objects.visible_to(user)` is the one choke point for every list, page, file, letter and export. The case
stands on this module, so its functions fetch it when they are asked.
"""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast
from guardian.models import UserObjectPermission

from talent.core import roles

from .appointments import viewing_posts
from .people import User

# In which capacities a role's organisation sees a case: any of them for officers, their own side only
# for recommenders and employers.
_OUTSIDE = {roles.RECOMMENDER.codename, roles.HR.codename}
_OUTSIDE_CAPACITIES = (roles.Capacity.RECOMMENDER, roles.Capacity.EMPLOYER, roles.Capacity.SENDING)


# Up to so many cases a list is asked for by their keys.
FEW = 1000


def _parties_seen(user: User) -> Q:
    """The rows of `CaseParty` by which the viewing posts of `user` open a case; empty without such a post."""
    from .cases import Case

    parties = Q()
    for organisation, role, policies in viewing_posts(user):
        one = Q(organisation_id=organisation)
        if role in _OUTSIDE:
            one &= Q(capacity__in=_OUTSIDE_CAPACITIES)
        else:
            one &= ~Q(case__status=Case.Status.DRAFT)
            one &= ~Q(capacity=roles.Capacity.RECOMMENDER, case__status=Case.Status.RECOMMENDED)
        if policies:
            one &= Q(case__policy__in=policies)
        parties |= one
    return parties


def _granted(user: User) -> models.QuerySet:
    """The keys of the cases shown to `user` by an explicit grant."""
    from .cases import Case

    return UserObjectPermission.objects.filter(
        user=user,
        permission__codename="view_case",
        content_type=ContentType.objects.get_for_model(Case),
    ).values_list(Cast("object_pk", models.BigIntegerField()), flat=True)


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "CaseQuerySet":
        """The cases `user` may see, and nothing else decides visibility.

        Three ways in: being the applicant; holding a viewing post (own or as a deputy) in an organisation that
        is a party of the case; an explicit grant on the case (`core.view_case`, the rare exception). A draft is
        seen by its applicant and by those who wrote the recommendation. Whoever is recused (回避) sees nothing of it.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        from .cases import CaseParty

        parties, granted = _parties_seen(user), _granted(user)
        mine = Q(applicant__user=user)
        if parties:
            mine |= Q(Exists(CaseParty.objects.filter(parties, case=OuterRef("pk"))))
        # Beside the parties a subquery costs nothing more; alone with the applicant it would take the index away.
        keys = granted if parties else list(granted)
        if parties or keys:
            mine |= Q(pk__in=keys)
        return self.filter(mine).exclude(recusals__user=user)

    def listed_for(self, user: User) -> "CaseQuerySet":
        """The same cases as `visible_to`, as a list asks for them; one more query.

        Whoever sees few cases is answered by their keys, so that his few are not looked for among everybody's.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        from .cases import Case, CaseParty

        ways = Case.objects.filter(applicant__user=user).order_by().values_list("pk", flat=True)
        parties = _parties_seen(user)
        through = CaseParty.objects.filter(parties) if parties else CaseParty.objects.none()
        ways = ways.union(through.values_list("case_id", flat=True), _granted(user), all=True)
        keys = list(ways[: FEW + 1])
        if len(keys) > FEW:
            return self.visible_to(user)
        return self.filter(pk__in=keys).exclude(recusals__user=user)

    def running(self) -> "CaseQuerySet":
        return self.exclude(status__in=self.model.ENDED).exclude(status=self.model.Status.DRAFT)
