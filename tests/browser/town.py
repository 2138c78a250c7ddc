"""A small town to look at: one case in each state worth seeing, every account of the demo.

Built once for all browser tests, in a database and a folder of its own, and emptied at the end.
"""

import copy
import random
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from talent.core import roles
from talent.core.models import Consent, PolicyEdition, Publicity, TalentLead, TalentProfile, User
from talent.core.services import appointments, materials, organisations, policy
from talent.green_channel.models import GreenChannelCase
from workflows.base import acts
from workflows.demo import cast, chains
from workflows.demo.stage import Stage
from workflows.models import OpenStep

from . import aftercare, estate, homes, paying, teams
from .placements import Places

# State → begun how many days ago. The first two belong to the demo's own applicant account.
STATES = {
    "recommended": 4,
    "supplementing": 6,
    "submitted_late": 20,
    "promise_offered": 3,
    "promise_pending": 8,
    "returned": 6,
    "dispatch": 4,
    "form_review": 8,
    "checking": 10,
    "checking_voided": 10,
    "conclude_checks": 11,
    "draft_decision": 12,
    "decide": 14,
    "publicity": 9,
    "objected": 9,
    "recognise": 30,
    "recognised": 60,
    "refused": 90,
}


class Town:
    """Accounts by name, cases by state, and how to be somebody in a browser."""

    def __init__(self) -> None:
        policy.load_all()
        chance = random.Random(1)
        self.users: dict[str, User] = cast.accounts()
        self.employers = cast.employers(chance)
        self.people: list[TalentProfile] = cast.people(chance, number=31)
        self.people[0].user = self.users["rencai"]
        self.people[0].save(update_fields=["user"])
        self._since = timezone.localdate() - cast.IN_OFFICE
        self.appoint("danwei", roles.HR, self.employers[0])
        self.stage = Stage(self.users, self.people, self.employers)
        self.cases: dict[str, GreenChannelCase] = {}
        self._newcomers = iter(self.people[len(STATES) :])
        for (state, ago), person in zip(STATES.items(), self.people, strict=False):
            self.cases[state] = self.play(state, ago, person)
        newcomer = User.objects.create_user(username="xinren", password=cast.PASSWORD, name="新注册人员")
        self.users["xinren"] = newcomer
        _invitation, self.token = organisations.invite(
            self.employers[0], roles.HR, "新人事专员", actor=self.users["danwei"]
        )

        self.after = aftercare.build(self, self._newcomers)
        chains.build(self.users["shouli"], leads=30)
        teams.build(self)
        self.homes = homes.build(self)
        estate.settle(self)
        paying.settle(self)
        self.placements = Places(self.stage)
        self._newer_edition()

    def _newer_edition(self) -> None:
        """From today a newer edition is in force; the cases above keep theirs until somebody moves them."""
        old = policy.edition_for("green_channel")
        today = timezone.localdate()
        data = copy.deepcopy(old.data)
        data["edition"] |= {"code": "2026-1", "replaces": old.code, "effective_from": today.isoformat()}
        next(row for row in data["limit"] if row["code"] == "legal_days")["days"] = 19
        PolicyEdition.objects.filter(pk=old.pk).update(effective_to=today - timedelta(days=1))
        PolicyEdition.objects.create(
            policy=old.policy, code="2026-1", title=old.title, document_no=old.document_no, clause=old.clause,
            effective_from=today, data=data, digest="newer", source_file=old.source_file,
        )  # fmt: skip
        policy.forget()

    def appoint(self, username: str, role: roles.Role, organisation) -> None:
        appointments.appoint(
            self.users[username], role, organisation, actor=None, reason="测试任命", starts_on=self._since, system=True
        )  # fmt: skip

    def play(self, state: str, ago: int, person: TalentProfile) -> GreenChannelCase:
        """A case brought into `state` through the flow's own acts."""
        try:
            self.stage.at(timezone.localdate() - timedelta(days=ago))
            self.stage.brief = not state.startswith(("checking", "conclude"))
            case = self.stage.recommend(person, self.employers[0])
            materials.give_consent(person, Consent.Purpose.REUSE, text_version="1", actor=person.user)
            self.stage.play(state, case)
        finally:
            self.stage.back()
        return GreenChannelCase.objects.get(pk=case.pk)

    def newcomer(self) -> GreenChannelCase:
        """One more recommended person whose dossier is still to be written."""
        return self.play("recommended", 1, next(self._newcomers))

    def lead(self) -> TalentLead:
        """A lead of the atlas meant for the county of `tuijian`."""
        return TalentLead.objects.filter(region__code="370811").order_by("pk")[0]

    def number(self, state: str) -> str:
        return self.cases[state].number

    def applicant(self, state: str) -> str:
        """The account of the person of that case."""
        return self.cases[state].applicant.user.username

    def publicity(self, state: str) -> Publicity:
        return self.cases[state].publicities.order_by("-pk")[0]

    def officer(self, state: str) -> str:
        """An account that may take the step the case waits in."""
        step = self.step(state)
        flow_task = step.task.flow_task
        return next(name for name, user in self.users.items() if not flow_task.refusal(user, step.task))

    def step(self, state: str) -> OpenStep:
        return self.cases[state].open_steps.select_related("task__process").order_by("pk")[0]

    def claim(self, state: str) -> str:
        """Somebody entitled claims the step; returns the account."""
        who = self.officer(state)
        acts.claim(self.step(state), actor=self.users[who])
        return who

    def session(self, who: str) -> str:
        """The key of a fresh session of `who`."""
        client = Client()
        user = self.users.get(who) or User.objects.get(username=who)
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client.cookies["sessionid"].value
