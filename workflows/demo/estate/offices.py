"""Who works on housing: county offices of every region, the city's bureaus, finance, and HR of the employers."""

from collections.abc import Iterable, Sequence

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from talent.core import identifiers, roles
from talent.core.models import Organisation, Region, User
from talent.core.services import appointments

from .. import cast

# Post of a county → role, bureau, how it is called. The accounts of the regions in LISTED stand on the login page.
_COUNTY = {
    "shouli": (roles.INTAKE, "rsj", "受理"),
    "shenhe": (roles.CHECKER, "rsj", "审核"),
    "caiwu": (roles.FINANCE, "czj", "资金"),
    "caiwu2": (roles.FINANCE, "czj", "资金复核"),
    "caizhang": (roles.BUREAU_HEAD, "czj", "财政负责人"),
}
_LISTED = {"370811": "rc", "370883": "zc"}
# Subject of the joint check → officer and head of the bureau that answers it.
BUREAUS = {
    "insurance": ("renshe", "renshezhang"), "housing": ("zhujian", "zhujianzhang"), "estate": ("ziran", "ziranzhang"),
    "tax": ("shuiwu", "shuiwuzhang"), "civil": ("minzheng", "minzhengzhang"),
}  # fmt: skip


class Offices:
    """Every account the housing cases need; those of `cast` under their names, those of a county by post."""

    def __init__(self, users: dict[str, User], employers: Sequence[Organisation]) -> None:
        self.users = users
        self._password = make_password(cast.PASSWORD)
        self.regions = list(Region.objects.exclude(kind=Region.Kind.CITY).order_by("order", "code"))
        self._counties = {region.code: self._county(region) for region in self.regions}
        city = Region.objects.get(kind=Region.Kind.CITY)
        self.city_employer = Organisation.objects.create(
            code=identifiers.make_credit_code(990, kind="12"), name="示例市属研究院", kind=Organisation.Kind.INSTITUTE,
            region=city, contact_name="演示联系人", contact_phone="0537-0000000",
        )  # fmt: skip
        by_region = {region.code: [] for region in self.regions}
        for employer in employers:
            if employer.status == Organisation.Status.CONFIRMED and employer.region.code in by_region:
                by_region[employer.region.code].append(employer)
        # Two employers of each region file for their people; the first of all is the one of the demo's own account.
        self.employers = [few[place] for place in (0, 1) for few in by_region.values() if len(few) > place]
        self._hr = {
            employer.pk: self._account(f"renshi{serial:02d}", f"演示人事{serial}", roles.HR, employer)
            for serial, employer in enumerate(
                [one for one in self.employers if one != employers[0]] + [self.city_employer], 1
            )
        }
        self._hr[employers[0].pk] = users["danwei"]

    def _county(self, region: Region) -> dict[str, User]:
        if region.code in _LISTED:
            return {post: self.users[f"{_LISTED[region.code]}{post}"] for post in _COUNTY}
        return {
            post: self._account(
                f"{post}{region.code.lower()}", f"演示{region.name}{word}", role,
                Organisation.objects.get(code=f"{region.code}-{bureau}"),
            )
            for post, (role, bureau, word) in _COUNTY.items()
        }  # fmt: skip

    def _account(self, username: str, name: str, role: roles.Role, organisation: Organisation) -> User:
        user = User.objects.create(username=username, name=name, password=self._password)
        appointments.appoint(
            user, role, organisation, actor=None, reason="演示数据",
            starts_on=timezone.localdate() - cast.IN_OFFICE, system=True,
        )  # fmt: skip
        return user

    def hr(self, employer: Organisation) -> User:
        return self._hr[employer.pk]

    def officer(self, region: Region, post: str) -> User:
        """Who holds a post (`shouli`, `shenhe`, `caiwu`, `caiwu2`, `caizhang`) for the cases of `region`."""
        if region.kind == Region.Kind.CITY:
            return self.users[_CITY[post]]
        return self._counties[region.code][post]

    def signers(self, region: Region) -> Iterable[User]:
        """Second finance officer and head of finance."""
        return self.officer(region, "caiwu2"), self.officer(region, "caizhang")


_CITY = {
    "shouli": "shishouli", "shenhe": "shishouli", "caiwu": "caizheng", "caiwu2": "caizheng2", "caizhang": "caizhengzhang",
}  # fmt: skip
