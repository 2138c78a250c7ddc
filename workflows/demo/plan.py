"""What the demo consists of: 200 cases of the 直通车 in every state, and the order in which they are played."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from talent.core import roles
from talent.core.models import Consent, Organisation, TalentProfile
from talent.core.models.appointments import remembered
from talent.core.services import appointments, cases, materials
from talent.green_channel.models import GreenChannelCase
from workflows import projections

from . import cast, chains, estate, homes, placements
from .aftercare import Aftercare
from .stage import SEED, Stage

# (state to reach, how many, begun how many days ago: from … to)
PLAN = (
    ("recommended", 10, 17, 20), ("draft_half", 6, 12, 15), ("submitted", 10, 3, 3), ("submitted_late", 4, 20, 22),
    ("supplementing", 8, 6, 8), ("supplement_lapsed", 4, 60, 400), ("promise_offered", 3, 3, 5),
    ("promise_pending", 6, 8, 10), ("promise_lapsed", 4, 70, 420), ("returned", 4, 6, 8), ("not_accepted", 5, 50, 470),
    ("dispatch", 5, 2, 4), ("form_review", 8, 5, 8), ("form_review_late", 5, 25, 27), ("checking", 5, 8, 9),
    ("checking_late", 4, 24, 26), ("checking_adverse", 3, 10, 12), ("checking_voided", 3, 10, 12),
    ("conclude_checks", 3, 8, 10), ("panel", 5, 12, 14), ("meeting", 5, 15, 18), ("draft_decision", 6, 9, 12),
    ("decide", 6, 10, 13), ("publicity", 6, 12, 14), ("objected", 4, 14, 16), ("recognise", 4, 19, 23),
    ("exempt", 2, 40, 300), ("refused", 6, 90, 460), ("withdrawn", 6, 80, 470), ("stopped", 2, 90, 400),
)  # fmt: skip
# What became of the recognised ones: (story of the aftercare, how many, begun how many days ago: from … to)
RECOGNISED = (
    ("services", 3, 60, 400), ("drafted", 1, 36, 38), ("returned", 1, 40, 42), ("to_sign", 1, 44, 46),
    ("signed_by_one", 2, 44, 48), ("signed_by_two", 1, 46, 48), ("declined", 1, 120, 140), ("lapsed", 1, 150, 200),
    ("in_force", 3, 80, 460), ("ending", 1, 374, 376), ("amending", 1, 55, 58), ("amended", 2, 120, 440),
    ("claimed", 2, 50, 54), ("claim_refused", 1, 120, 160), ("paid", 3, 90, 220), ("evaluation", 2, 140, 190),
    ("final", 1, 150, 160), ("reported", 2, 150, 156), ("proposed", 1, 150, 160), ("go_on", 3, 200, 480),
    ("adjust", 1, 250, 330), ("stop", 1, 300, 380), ("recover", 1, 300, 420), ("excused", 2, 250, 470),
)  # fmt: skip
# The meetings that were: (held how many days ago, (its fate there, state reached afterwards, story after recognition)).
# A case postponed by the first is the first item of the second.
MEETINGS = (
    (96, (("secret", "recognised", "amended"), ("approved", "recognised", "in_force"), ("approved", "recognised", "claimed"),
           ("rejected", "refused", ""), ("postponed", "", ""))),
    (5, (("approved", "publicity", ""), ("secret", "decide", ""), ("approved", "publicity", ""),
          ("rejected", "draft_decision", ""), ("approved", "draft_decision", ""), ("postponed", "", ""))),
)  # fmt: skip
# How long before its meeting a case is begun.
_LEAD = 32
# Shown to the accounts of the login page: the first of each is a case of `danwei`, that of _SHOWN is `rencai2`'s.
_OWN, _SHOWN = ("to_sign", "paid", "evaluation"), "paid"


class Playing:
    """The plan, played: hands out people and employers, and says how far it has come."""

    def __init__(self, stage: Stage, say: Callable[[str], None]) -> None:
        self.stage, self.say = stage, say
        self.after = Aftercare(stage)
        self.today = timezone.localdate()
        self.people: Iterator[TalentProfile] = iter(stage.people)
        self.confirmed = [one for one in stage.employers if one.status == Organisation.Status.CONFIRMED]
        self.number = 0

    def begin(self, ago: int, *, level: str = "", own: bool = False) -> GreenChannelCase:
        """The next person, recommended so many days ago; `own`: by the employer with an account."""
        person = next(self.people)
        self.stage.at(self.today - timedelta(days=ago))
        employer = self.confirmed[0 if own or self.number % 6 == 0 else self.number % len(self.confirmed)]
        # Levels that experts and meeting look at are begun on purpose only.
        case = self.stage.recommend(person, employer, level=level or self.stage.chance.choice("BBBC"))
        materials.give_consent(person, Consent.Purpose.REUSE, text_version="1", actor=person.user)
        self.number += 1
        return case

    def trunk(self) -> None:
        """Cases that are still on their way, or ended before they were recognised."""
        for state, count, least, most in PLAN:
            self.say(f"演示办件：{self.number}/{TOTAL}")
            for place in range(count):
                reviewed = state in ("panel", "meeting")
                case = self.begin(self.stage.chance.randint(least, most), level="A" if reviewed else "")
                self.stage.place = place
                self.stage.play(state, case)
                self.stage.back()

    def recognised(self) -> None:
        """Cases that were recognised, with agreement, services, money and evaluation."""
        for story, count, least, most in RECOGNISED:
            self.say(f"认定以后：{self.number}/{TOTAL}")
            for place in range(count):
                case = self.begin(self.stage.chance.randint(least, most), own=place == 0 and story in _OWN)
                self.stage.brief = self.number % 4 > 0
                if place == 0 and story == _SHOWN:
                    self.stage.give(case, "rencai2")
                self.stage.play("recognised", case)
                self.after.play(story, case)
                self.stage.back()

    def meetings(self) -> None:
        """Two meetings that were, and one ahead."""
        carried: list[GreenChannelCase] = []
        self.stage.brief = True
        for ago, planned in MEETINGS:
            self.say(f"联席会议：{self.number}/{TOTAL}")
            sat = [*carried]
            while len(sat) < len(planned):
                case = self.begin(ago + _LEAD, level="A")
                self.stage.play("meeting", case)
                sat.append(case)
            sat = [GreenChannelCase.objects.get(pk=case.pk) for case in sat]
            self.stage.at(self.today - timedelta(days=ago))
            self.stage.sitting.hold(*sat, fates=tuple(fate for fate, _state, _story in planned))
            carried = []
            for case, (fate, state, story) in zip(sat, planned, strict=True):
                self.stage.at(self.today - timedelta(days=ago))
                if fate == "postponed":
                    carried.append(case)
                    continue
                getattr(self.stage, f"play_{state}")(GreenChannelCase.objects.get(pk=case.pk))
                if story:
                    self.after.play(story, case)
            self.stage.back()
        self.stage.brief = False
        ahead = GreenChannelCase.objects.filter(step="meeting").order_by("pk")[:3]
        self.stage.sitting.call(list(ahead), days=5)


TOTAL = (
    sum(count for _state, count, _least, _most in (*PLAN, *RECOGNISED))
    + sum(len(planned) for _ago, planned in MEETINGS)
    - 1
)


def build(say: Callable[[str], None]) -> int:
    """Make the whole demo; returns the number of cases. Runs in one transaction: all or nothing."""
    chance = random.Random(SEED)  # noqa: S311 a fixed seed makes the same demo everywhere
    with (
        transaction.atomic(),
        override_settings(
            LETTERS_AT_ONCE=False, EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend"
        ),
    ):
        say("建立账号和岗位……")
        users = cast.accounts()
        say("建立单位和人员……")
        employers = cast.employers(chance)
        people = cast.people(chance, number=TOTAL)
        people[0].user = users["rencai"]
        people[0].save(update_fields=["user"])
        appointments.appoint(
            users["danwei"], roles.HR, employers[0], actor=None, reason="演示数据", system=True,
            starts_on=timezone.localdate() - cast.IN_OFFICE,
        )  # fmt: skip
        stage = Stage(users, people, employers)
        playing = Playing(stage, say)
        try:
            # Posts are given once, at the beginning: nobody is asked twice what he holds.
            with remembered():
                playing.trunk()
                playing.recognised()
                playing.meetings()
        finally:
            stage.back()
        number = playing.number + estate.build(stage, users, employers, say)
        homes.build(users, employers, say)
        number += placements.build(stage, say)
        say("产业链要素和人才线索……")
        chains.build(users["shouli"])
        for case in GreenChannelCase.objects.select_related("edition").order_by("pk"):
            if case.accepted_at:
                cases.refresh_due(case)
        # The guides tell what each step really took.
        projections.refresh_paces(timezone.localdate())
    return number
