"""Who appears in 校聘企用: 60 firms, 15 universities and institutes, their HR, the bureaus' officers, and the people sent."""

import random
from datetime import date

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from talent.core import identifiers, roles
from talent.core.models import IndustryChain, Organisation, Region, TalentProfile, User
from talent.core.services import appointments

from . import cast

FIRMS, UNIVERSITIES = 60, 15
# (username, role as people say it, organisation)
ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("zaigang", "科技副总（在岗）", "本人"),
    ("gaoxiao", "单位人事专员（高校）", "示例理工大学"),
    ("xiankeji", "审查人员", "任城区科技局"),
    ("kejishouli", "受理人员", "市科技局"),
    ("gongxinshouli", "受理人员", "市工信局"),
    ("jiaoyuzhang", "部门负责人", "市教育局"),
    ("zuzhi", "审查人员", "市委组织部"),
)
_POSTS = {
    "xiankeji": (roles.CHECKER, "370811-kjj"),
    "kejishouli": (roles.INTAKE, "kjj"),
    "gongxinshouli": (roles.INTAKE, "gxj"),
    "jiaoyuzhang": (roles.BUREAU_HEAD, "jyj"),
    "zuzhi": (roles.CHECKER, "zzb"),
}
# The first serial of firms, universities and people of this part: no number is used twice in the demo.
_FIRMS_FROM, _UNIVERSITIES_FROM, _PEOPLE_FROM = 2001, 950, 500
_SCHOOLS = (
    "示例师范学院",
    "样例职业大学",
    "演示农业大学",
    "示例交通学院",
    "样例化工研究院",
    "演示材料研究所",
)


class Cast:
    """Everybody of this part by name, with the post each acts in."""

    def __init__(self, users: dict[str, User], employers: list[Organisation], chance: random.Random) -> None:
        self.users, self.chance = users, chance
        self.password = make_password(cast.PASSWORD)
        self.since = timezone.localdate() - cast.IN_OFFICE
        for username, role, _organisation in ACCOUNTS:
            users[username] = self._account(username, f"演示{role.partition('（')[0]}")
        for username, (role, code) in _POSTS.items():
            self._appoint(users[username], role, Organisation.objects.get(code=code))
        self.firms = self._firms(employers)
        self.universities = self._universities(employers)
        self.hr = {one.pk: self._hr(one) for one in (*self.firms, *self.universities)}
        self._county: dict[int, User] = {}

    def _account(self, username: str, name: str) -> User:
        return User.objects.create(username=username, name=name, password=self.password)

    def _appoint(self, user: User, role: roles.Role, organisation: Organisation) -> None:
        appointments.appoint(
            user, role, organisation, actor=None, reason="演示数据", starts_on=self.since, system=True
        )

    def _firms(self, employers: list[Organisation]) -> list[Organisation]:
        """The first is the firm of the demo's HR account; those that are there are taken before new ones are made."""
        found = [one for one in employers if one.kind == "employer" and one.status == "confirmed"][:FIRMS]
        regions = list(Region.objects.exclude(kind=Region.Kind.CITY).order_by("order", "code"))
        chains = list(IndustryChain.objects.order_by("code"))
        for serial in range(len(found), FIRMS):
            trade = cast.TRADES[serial % len(cast.TRADES)]
            found.append(
                Organisation.objects.create(
                    code=identifiers.make_credit_code(_FIRMS_FROM + serial), name=f"示例{trade}技术第{serial}有限公司",
                    kind="employer", region=regions[serial % len(regions)], chain=chains[serial % len(chains)],
                    contact_name="演示联系人", contact_phone="0537-0000000",
                )
            )  # fmt: skip
        return found

    def _universities(self, employers: list[Organisation]) -> list[Organisation]:
        found = [one for one in employers if one.kind == "university"]
        found += [one for one in employers if one.kind == "institute" and one.status == "confirmed"]
        region = Region.objects.get(code="370811")
        for serial, name in enumerate(_SCHOOLS[: UNIVERSITIES - len(found)]):
            found.append(
                Organisation.objects.create(
                    code=identifiers.make_credit_code(_UNIVERSITIES_FROM + serial, kind="12"), name=name,
                    kind="institute" if name.endswith(("院", "所")) and "研究" in name else "university", region=region,
                    contact_name="演示联系人",
                )
            )  # fmt: skip
        return found[:UNIVERSITIES]

    def _hr(self, organisation: Organisation) -> User:
        """The HR of an organisation: the demo's own accounts for the first firm and the first university."""
        if organisation == self.firms[0]:
            return self.users["danwei"]
        if organisation == self.universities[0]:
            user = self.users["gaoxiao"]
        else:
            user = self._account(f"renshi{organisation.pk:03d}", "演示人事专员")
        self._appoint(user, roles.HR, organisation)
        return user

    def checker(self, bureau: Organisation) -> User:
        """Who checks at a bureau, made when first asked for."""
        own = {"kjj": "keji", "gxj": "gongxin", "370811-kjj": "xiankeji"}
        if bureau.code in own:
            return self.users[own[bureau.code]]
        if bureau.pk not in self._county:
            made = self._account(f"xianju{bureau.pk:03d}", f"演示{bureau.label}审查")
            self._appoint(made, roles.CHECKER, bureau)
            self._county[bureau.pk] = made
        return self._county[bureau.pk]

    def head(self, lead: Organisation) -> User:
        return self.users["kejizhang" if lead.code == "kjj" else "gongxinzhang"]

    def gatherer(self, lead: Organisation) -> User:
        return self.users["kejishouli" if lead.code == "kjj" else "gongxinshouli"]

    def people(self, number: int, *, serial: int = 0) -> list[TalentProfile]:
        """People of working age with a doctor's degree, each with an account; the first of all is the demo's own."""
        made = []
        for place in range(serial, serial + number):
            born = date(1974 + place % 18, 1 + self.chance.randrange(12), 1 + self.chance.randrange(28))
            name = f"{cast.SURNAMES[place * 5 % len(cast.SURNAMES)]}{cast.GIVEN[place * 3 % len(cast.GIVEN)]}"
            user = self.users["zaigang"] if place == 0 else self._account(f"paichu{place:03d}", name)
            made.append(
                TalentProfile.objects.create(
                    user=user, name=name, gender=self.chance.choice(("male", "female")), birth_date=born,
                    id_number=identifiers.make_resident_id(born, (_PEOPLE_FROM + place) % 1000), mobile=f"198{place:08d}",
                    research_field=cast.TRADES[place % len(cast.TRADES)], highest_degree="博士",
                )
            )  # fmt: skip
        return made
