"""Which cases there are, in the order of the years in which things happened."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from housing.models import HousingCase
from talent.core.models import Award
from talent.core.services import appointments, cases, funds

from . import editions
from .applicants import Applicants, Wish
from .offices import Offices
from .procedure import Procedure
from .treasury import Treasury

# What was granted: how many years ago → how many. Of every five one is for rent.
GRANTED = {2: 40, 1: 42, 0: 11}
# What ended without a decision in those years: state → how many in each.
ENDED = {"not_accepted": 5, "withdrawn": 5, "supplement_lapsed": 3, "promise_lapsed": 2, "stopped": 2}
# What is under way, and what was refused lately: state → how many, begun how many days ago at most.
PLAN = (
    ("draft", 18, 20), ("draft_filled", 14, 12), ("employer", 46, 3), ("declined", 10, 10), ("intake", 50, 6),
    ("supplementing", 14, 8), ("promise_offered", 6, 4), ("promised", 8, 8), ("county_review", 30, 8),
    ("supplement_in_county", 6, 9), ("checking", 12, 9), ("checking_late", 3, 30), ("adverse", 3, 10), ("calculate", 5, 12),
    ("returned", 3, 14), ("verify", 4, 13), ("endorse", 3, 14), ("publicity", 6, 14), ("objected", 2, 16), ("upheld", 2, 50),
    ("decide", 4, 40), ("refused", 4, 90), ("budget_short", 2, 40),
)  # fmt: skip
PURCHASE, RENT = HousingCase.Instrument.PURCHASE, HousingCase.Instrument.RENT
_COUPLES = 2
_LEVELS = {PURCHASE: ("F1", "F2", "F3", "F1", "D"), RENT: ("F1", "F2", "F3", "F4")}
# Who is seen by the organisation department, and who is agreed with one by one.
_HIGH = ("C", "B", "A")


class Town:
    """The years of the demo, one after the other."""

    def __init__(self, stage, offices: Offices, say: Callable[[str], None]) -> None:
        self.stage, self.offices, self.say = stage, offices, say
        self.chance = stage.chance
        self.procedure = Procedure(stage, offices, Applicants(stage.chance, stage.pdf))
        self.treasury = Treasury(stage, offices)
        self.today = timezone.localdate()
        self.number, self.total = (
            0,
            sum(GRANTED.values()) + sum(count for _state, count, _ago in PLAN) + _COUPLES * 2,
        )

    # --- what is wished for -------------------------------------------------------------------------------

    def wish(self, *, instrument: str = "", level: str = "", **given) -> Wish:
        """The next application: the employers of all regions in turn."""
        self.number += 1
        if self.number % 40 == 0:
            self.say(f"人才安居办件：{self.number}/{self.total}")
        employers = self.offices.employers
        employer = employers[self.number % len(employers)]
        instrument = instrument or (RENT if self.number % 5 == 0 else PURCHASE)
        level = level or _LEVELS[instrument][self.number % len(_LEVELS[instrument])]
        return Wish(instrument, level, given.pop("employer", employer), **given)

    def at(self, day: date) -> None:
        self.stage.at(day)

    # --- the years ----------------------------------------------------------------------------------------

    def years(self) -> None:
        """Each year: its budget, its decisions, and its two days of payment."""
        for back in sorted(GRANTED, reverse=True):
            year = self.today.year - back
            first = date(year, 1, 8)
            self.at(first)
            self.treasury.open_year(year)
            # Most of what last year granted was asked for under the earlier edition.
            last = min(date(year, 7 if back == 1 else 11, 15), self.today - timedelta(days=60))
            # Early in a year nothing of it is decided yet.
            first = min(first + timedelta(days=7), last - timedelta(days=30))
            for day in self.days(first, last, GRANTED[back]):
                self.at(day)
                # A unit of the city goes straight to the city.
                given = {"employer": self.offices.city_employer} if self.number % 20 == 0 else {}
                self.procedure.granted(self.wish(**given))
                self.stage.back()
            ended = [state for state, count in ENDED.items() for _one in range(count)]
            for state, day in zip(ended, self.days(first, last, len(ended)), strict=True):
                self.at(day)
                self.procedure.play(state, self.wish())
                self.stage.back()
            for day in (date(year, 6, 20), date(year, 12, 12)):
                if day < self.today - timedelta(days=20):
                    self.at(day)
                    self.treasury.pay()
                    self.stage.back()

    @staticmethod
    def days(first: date, last: date, number: int) -> Iterator[date]:
        for place in range(number):
            yield first + (last - first) * place / number

    def lately(self) -> None:
        """What is under way now, and what ended without a decision for it."""
        short = self.offices.regions[-1]
        self.at(self.today - timedelta(days=60))
        self.treasury.exhaust(short, self.today.year)
        self.stage.back()
        for state, count, ago in PLAN:
            for place in range(count):
                self.at(self.today - timedelta(days=ago - self.chance.randrange(max(1, ago // 4))))
                given = {}
                if state == "endorse":
                    given = {"instrument": PURCHASE, "level": _HIGH[place % 2]}
                elif state == "refused":
                    given = {"instrument": PURCHASE}
                elif state == "budget_short":
                    employer = next(one for one in self.offices.employers if one.region_id == short.pk)
                    given = {"instrument": PURCHASE, "level": "F1", "employer": employer}
                self.procedure.play(state, self.wish(**given))
                self.stage.back()

    def families(self) -> None:
        """Couples: the higher share is paid once; whoever comes second with less gets nothing more."""
        people = self.procedure.applicants
        for place in range(_COUPLES):
            self.at(self.today - timedelta(days=520 - place))
            one, other = people.person("F1"), people.person("F2")
            employer = self.offices.employers[place]
            wish = self.wish(instrument=PURCHASE, level="F1", employer=employer, spouse=other)
            self.procedure.granted(wish, person=one)
            self.stage.later(2)
            wish = self.wish(instrument=PURCHASE, level="F2", employer=employer, spouse=one)
            if place % 2:
                self.procedure.checked(wish, person=other)
            else:
                self.procedure.refused(
                    wish, person=other, ground="double", fact="配偶已享受购房补贴，就高不重复。"
                )
            self.stage.back()

    def own(self) -> None:
        """The demo's own applicant: one grant that is being paid, one application under way."""
        user, employer = self.offices.users["anju"], self.offices.employers[0]
        self.at(self.today - timedelta(days=150))
        wish = self.wish(instrument=PURCHASE, level="F1", employer=employer)
        case = self.procedure.granted(wish, user=user)
        self.stage.back()
        self.at(self.today - timedelta(days=100))
        self.treasury.pay()
        self.stage.back()
        self.at(self.today - timedelta(days=2))
        people = self.procedure.applicants
        people.begin(case.applicant, self.wish(instrument=RENT, level="F1", employer=employer))
        self.stage.back()

    def changes(self) -> None:
        """What happens to grants later: levels rise, payments are held, people leave, money comes back."""
        treasury = self.treasury
        paid = list(
            Award.objects.filter(
                case__policy="housing", kind=PURCHASE, state="active", instalments__state="paid",
                case__housingcase__level_code="F1",
            ).exclude(case__region=self.offices.regions[-1]).select_related("case__region").distinct().order_by("pk")
        )  # fmt: skip
        self.at(self.today - timedelta(days=45))
        treasury.fall_due()
        for award in paid[3:7]:
            treasury.upgrade(award, Decimal(100_000))
        # One who left owes more than the next instalment brings; one has paid everything back; one objects.
        owing, settled, objecting = (
            treasury.recover(award, months=months, day=self.today)
            for award, months in zip(paid[:3], (14, 12, 10), strict=True)
        )
        treasury.receive(owing, Decimal(10_000), "示例缴款0001")
        treasury.receive(settled, Decimal(20_000), "示例缴款0002")
        settled.refresh_from_db()
        treasury.receive(settled, settled.balance, "示例缴款0003")
        objector = objecting.award.case.applicant.user
        funds.object_to(objecting, "离开原单位后在本市继续工作，应连续计算服务期。", actor=objector)
        self.stage.back()
        self.at(self.today - timedelta(days=25))
        treasury.recheck(treasury.due()[::7], passed=False)
        for award in paid[7:10]:
            treasury.hold(award)
        funds.suspend(paid[10], actor=treasury.handler(paid[10]), reason="用人单位报告劳动合同已解除")
        funds.stop(
            paid[11], actor=treasury.handler(paid[11]), reason="申请人自愿放弃后续补贴", clause="申请人书面申请",
            at_own_request=True,
        )  # fmt: skip
        self.stage.back()
        self.at(self.today - timedelta(days=6))
        treasury.leave_open()
        self.stage.back()


def build(stage, users, employers, say: Callable[[str], None]) -> int:
    """Make the housing part of the demo on the stage of the rest; returns the number of cases."""
    today = timezone.localdate()
    editions.load(date(min(2024, today.year - 2), 1, 1))
    say("人才安居：建立县市区岗位……")
    town = Town(stage, Offices(users, employers), say)
    # Nobody is appointed from here on: posts are read once for all cases.
    with appointments.remembered():
        town.years()
        town.own()
        town.families()
        town.lately()
        say("人才安居：拨付、暂缓和追回……")
        town.changes()
    for case in HousingCase.objects.exclude(accepted_at=None).select_related("edition").order_by("pk"):
        cases.refresh_due(case)
    return HousingCase.objects.count()
