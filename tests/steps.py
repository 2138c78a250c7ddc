"""The people of a case and what they do on the pages, so that a test reads like the story it tells.

Every person has an account and a browser of his own; every act is a request to the real address, every form
is filled as the page shows it. What a page refuses is in `world.said`: the sentences its reader sees.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talent.core import roles
from talent.core.models import CaseEvent, IndustryChain, Publicity, User
from talent.core.services import calendar, materials
from talent.green_channel.models import GreenChannelCase
from tests import factories
from workflows.base import acts
from workflows.models import OpenStep

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Monday; the next holiday begins on 4 April.
START = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)

OFFICERS = {
    "intake": ("受理甲", roles.INTAKE, "zzb"),
    "intake2": ("受理乙", roles.INTAKE, "zzb"),
    "decider": ("审定甲", roles.DECIDER, "zzb"),
    "decider2": ("审定乙", roles.DECIDER, "zzb"),
    "steward": ("专员甲", roles.STEWARD, "zzb"),
    "chief": ("组织科长", roles.BUREAU_HEAD, "zzb"),
    "supervisor": ("督办甲", roles.SUPERVISOR, "zzb"),
    "checker": ("审查甲", roles.CHECKER, "kjj"),
    "checker2": ("审查乙", roles.CHECKER, "kjj"),
    "head": ("科技科长", roles.BUREAU_HEAD, "kjj"),
    "recommender": ("县区推荐人", roles.RECOMMENDER, "370811-zzb"),
    "stranger": ("外县推荐人", roles.RECOMMENDER, "370812-zzb"),
}
# Which bureau the edition asks on a subject.
CHECKING = {"identity": "rsj", "ip": "kjj", "integrity": "fgw", "finance": "czj", "security": "gaj"}
PROJECT = {
    "project_title": "石墨烯中试线",
    "project_summary": "建设中试线，形成自主知识产权。",
}
OPEN, OK, SUPPLEMENT = "", "ok", "supplement"


def formset(prefix: str, *rows: dict[str, Any]) -> dict[str, Any]:
    """The fields a browser sends for a set of new rows."""
    sent = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        sent |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return sent


DOSSIER = {
    "person": {
        "nationality": "中国", "id_kind": "resident_id", "research_field": "石墨烯材料", "mobile": "19900000001",
    },
    "history": formset("education", {"level": "doctor", "school": "示例大学", "graduated_on": "2008-06-30"})
    | formset("employment", {"employer_name": "示例研究院", "position": "研究员", "started_on": "2008-09-01"}),
    "achievements": formset("achievement", {"kind": "patent", "title": "示例发明专利", "year": 2023}),
    "project": PROJECT
    | {"technology_route": "化学气相沉积。", "ip_ownership": "归用人单位和团队共有。", "investment": "12000000.00",
       "expected_benefit": "三年形成产值。"},
    "team": formset("member"),
    "declaration": {"former_employer_settled": "on", "non_compete_free": "on", "ip_undisputed": "on"},
    "needs": formset("need", {"domain": "living", "item": "子女入学", "detail": "小学三年级"}),
}  # fmt: skip


class World:
    """People, their browsers and the clock. `said` holds the sentences of the last page.

    officers: name → (person, role, bureau code); born: the year of birth of whom it is all about.
    """

    officers = OFFICERS
    born = 1970

    def __init__(self, traveller: Any) -> None:
        self.traveller = traveller
        self.people: dict[str, User] = {}
        self.browsers: dict[str, Client] = {}
        self.said = ""
        for name, (person, role, code) in self.officers.items():
            self.people[name] = factories.account(name, person)
            factories.appoint(self.people[name], role, factories.bureau(code))
        self.employer = factories.employer("示例石墨烯有限公司")
        self.other_company = factories.employer("示例农机有限公司", "370812")
        for name, organisation in (("hr", self.employer), ("other_employer", self.other_company)):
            self.people[name] = factories.account(name, f"人事{name}")
            factories.appoint(self.people[name], roles.HR, organisation)
        self.people["talent"] = factories.account("talent", "赵示例")
        self.number = factories.identity_number(self.born)
        self.profile = factories.person(self.people["talent"], self.number)
        self.chain = IndustryChain.objects.filter(lead_bureau_code="kjj").order_by("code").first()

    def staff_bureaus(self) -> None:
        """An officer and a head in every bureau the checks ask: `rsj_checker`, `rsj_head` and so on."""
        for code in dict.fromkeys(CHECKING.values()):
            for post, role in (("checker", roles.CHECKER), ("head", roles.BUREAU_HEAD)):
                name = f"{code}_{post}"
                if code == "kjj":
                    self.people[name] = self.people[post]
                    continue
                self.people[name] = factories.account(name, f"{code}{role.title}")
                factories.appoint(self.people[name], role, factories.bureau(code))

    # --- time -----------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return timezone.localdate()

    def at(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """Go to an hour of `day`; everybody signs in anew."""
        self.traveller.move_to(datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI))
        self.browsers.clear()

    def later(self, days: int = 1) -> date:
        """Go on by working days."""
        self.at(calendar.due_after(self.today, days))
        return self.today

    # --- browsers -------------------------------------------------------------------------------

    def browser(self, who: str) -> Client:
        """The browser of `who`, signed in; of a `visitor`, not."""
        if who not in self.browsers:
            self.browsers[who] = Client()
            if who != "visitor":
                self.browsers[who].force_login(
                    User.objects.get(pk=self.people[who].pk), "django.contrib.auth.backends.ModelBackend"
                )
        return self.browsers[who]

    def get(self, who: str, name: str, *args: Any, expect: int = 200, **query: Any) -> HttpResponse:
        return self._answer(self._ready(who).get(reverse(name, args=args), query), expect)

    def post(
        self, who: str, name: str, *args: Any, data: dict | None = None, expect: int = 302
    ) -> HttpResponse:
        return self._answer(self._ready(who).post(reverse(name, args=args), data or {}), expect)

    def _ready(self, who: str) -> Client:
        """The browser of `who` without the sentences of earlier pages."""
        browser = self.browser(who)
        browser.cookies.pop("messages", None)
        return browser

    def _answer(self, response: HttpResponse, expect: int) -> HttpResponse:
        shown = [str(message) for message in get_messages(response.wsgi_request)]
        context = response.context or {}
        form = getattr(context.get("page"), "form", None) or context.get("form")
        shown += [error for errors in getattr(form, "errors", {}).values() for error in errors]
        shown += [str(context[name]) for name in ("message", "problem") if context.get(name)]
        self.said = "\n".join(shown)
        assert response.status_code == expect, f"{response.status_code} instead of {expect}: {self.said}"
        return response

    # --- recommender and talent -----------------------------------------------------------------

    def recommendation(self, who: str = "recommender", **changes: Any) -> dict[str, Any]:
        """The filled form of a recommendation, with the key of the page it was shown on."""
        page = self.get(who, "unit:begin", "green-channel")
        return {
            "submission_key": page.context["submission_key"],
            "candidate_name": self.profile.name,
            "candidate_id_kind": "resident_id",
            "candidate_id_number": self.number,
            "candidate_email": "",
            "employer": self.employer.pk,
            "kind": "person",
            "chain": self.chain.pk,
            "field": "石墨烯材料",
            "level_code": "B",
            "why_direct": "普通政策不能覆盖，项目紧迫。",
            "engagement": "full_time",
            "contract_years": 5,
            **PROJECT,
            **changes,
        }  # fmt: skip

    def recommend(self, who: str = "recommender", **changes: Any) -> GreenChannelCase:
        self.post(who, "unit:begin", "green-channel", data=self.recommendation(who, **changes))
        return GreenChannelCase.objects.order_by("-pk")[0]

    def fill(self, case: GreenChannelCase, *, missing: tuple[str, ...] = (), who: str = "talent") -> None:
        """Every part of the dossier, and every material but the `missing` ones."""
        for code, data in DOSSIER.items():
            named = {"name": case.applicant.name} if code == "person" else {}
            self.post(who, "my:part", case.number, code, data=data | named)
        scan = factories.pdf().read()
        for code in case.materials.exclude(code__in=missing).values_list("code", flat=True):
            self.upload(case, code, who=who, content=scan)

    def upload(
        self, case: GreenChannelCase, code: str, *, who: str = "talent", content: bytes | None = None,
        expect: int = 302,
    ) -> None:  # fmt: skip
        """A new file, or one with this `content`, for a line of the checklist."""
        file = factories.pdf(content=content)
        self.post(who, "my:materials", case.number, data={"code": code, "file": file}, expect=expect)

    def submit(self, case: GreenChannelCase, *, who: str = "talent", expect: int = 302) -> GreenChannelCase:
        self.post(who, "my:review", case.number, data={"promise": "yes"}, expect=expect)
        return self.fresh(case)

    def submitted(self, *, missing: tuple[str, ...] = (), who: str = "recommender") -> GreenChannelCase:
        """Recommended, filled and handed in."""
        case = self.recommend(who)
        self.fill(case, missing=missing)
        return self.submit(case)

    def fix(self, case: GreenChannelCase, *codes: str, expect: int = 302) -> GreenChannelCase:
        """New files for what the notice asks, then the answer."""
        for code in codes:
            self.upload(case, code)
        self.post("talent", "my:fix", case.number, data={}, expect=expect)
        return self.fresh(case)

    def promise(self, case: GreenChannelCase, answer: str = "accept") -> GreenChannelCase:
        self.post("talent", "my:promise", case.number, data={"answer": answer})
        return self.fresh(case)

    def object(
        self, shown: Publicity, content: str = "项目名称与既有项目相同，请核实。", *, expect: int = 200
    ) -> HttpResponse:
        """An anonymous objection by a visitor of the public page."""
        return self.post(
            "visitor",
            "publicity_page",
            shown.key,
            data={"content": content, "anonymous": "on"},
            expect=expect,
        )

    # --- officers -------------------------------------------------------------------------------

    def claim(self, who: str, case: GreenChannelCase, node: str, *, expect: int = 302) -> HttpResponse:
        return self.post(who, "desk:claim", case.number, node, expect=expect)

    def ticks(self, case: GreenChannelCase, supplement: dict[str, str] | None = None) -> dict[str, str]:
        """The checklist: whatever is there is in order, but for the lines in `supplement` (code → reason)."""
        sent = {}
        for line in case.materials.all():
            reason = (supplement or {}).get(line.code, "")
            sent[f"tick_{line.pk}"] = SUPPLEMENT if reason else OK if line.version_id else OPEN
            sent[f"reason_{line.pk}"] = reason
        return sent

    def decide(
        self, who: str, case: GreenChannelCase, node: str, outcome: str, *, expect: int = 302, **fields: Any
    ) -> GreenChannelCase:
        self.post(who, "desk:decide", case.number, node, data={"outcome": outcome, **fields}, expect=expect)
        return self.fresh(case)

    def take_in(
        self, case: GreenChannelCase, outcome: str = "accept", *, who: str = "intake",
        supplement: dict[str, str] | None = None, expect: int = 302, **fields: Any,
    ) -> GreenChannelCase:  # fmt: skip
        return self.decide(
            who, case, "intake", outcome, expect=expect, **self.ticks(case, supplement), **fields
        )

    def dispatch(self, case: GreenChannelCase, *, who: str = "intake", **changes: Any) -> GreenChannelCase:
        """Without bureaus for checks unless `changes` names them (`check_identity=…`)."""
        fields = {
            "lead": factories.bureau("kjj").pk,
            "steward": self.people["steward"].pk,
            "check_reason": "近期已经核查",
            **changes,
        }
        return self.decide(who, case, "dispatch", "dispatch", **fields)

    def form_review(
        self, case: GreenChannelCase, outcome: str = "pass", *, who: str = "checker",
        supplement: dict[str, str] | None = None, expect: int = 302, **fields: Any,
    ) -> GreenChannelCase:  # fmt: skip
        fields = {"opinion": "材料相符。", **self.ticks(case, supplement), **fields}
        return self.decide(who, case, "form_review", outcome, expect=expect, **fields)

    def ask_bureaus(self, *subjects: str) -> dict[str, int]:
        """The fields of a dispatch that name the usual bureau for each of `subjects`."""
        return {f"check_{one}": factories.bureau(CHECKING[one]).pk for one in subjects}

    def opine(
        self, case: GreenChannelCase, subject: str, finding: str, *, who: str = "", expect: int = 302, **fields: Any
    ) -> GreenChannelCase:  # fmt: skip
        """核查意见 by the officer of the subject's bureau, of the version his page shows."""
        fields = {"opinion": "经查询有关记录，情况属实。", "version": self.version(case, subject), **fields}
        who = who or f"{CHECKING[subject]}_checker"
        return self.decide(who, case, f"check_{subject}", finding, expect=expect, **fields)

    def confirm(
        self, case: GreenChannelCase, subject: str, outcome: str = "confirm", *, who: str = "", expect: int = 302,
        **fields: Any,
    ) -> GreenChannelCase:  # fmt: skip
        """The head of the subject's bureau confirms, or sends back."""
        fields = {"version": self.version(case, subject), **fields}
        who = who or f"{CHECKING[subject]}_head"
        return self.decide(who, case, f"confirm_{subject}", outcome, expect=expect, **fields)

    def version(self, case: GreenChannelCase, subject: str) -> int:
        """The version of the opinion last given on a subject."""
        return case.checks.filter(subject=subject).order_by("-place").values_list("version", flat=True)[0]

    def conclude(
        self, case: GreenChannelCase, outcome: str = "recommend", *, who: str = "checker", expect: int = 302,
        supplement: dict[str, str] | None = None, **fields: Any,
    ) -> GreenChannelCase:  # fmt: skip
        fields = {"opinion": "各部门均已答复。", **self.ticks(case, supplement), **fields}
        return self.decide(who, case, "conclude_checks", outcome, expect=expect, **fields)

    def draft(
        self, case: GreenChannelCase, outcome: str = "approve", *, who: str = "intake2", **fields: Any
    ) -> GreenChannelCase:
        approved = (
            {"level_code": "B", "reason": "成果和项目达到所报层次标准。"} if outcome == "approve" else {}
        )
        return self.decide(
            who, case, "draft_decision", outcome, **{"opinion": "提请审定。", **approved, **fields}
        )

    def sign(
        self,
        case: GreenChannelCase,
        outcome: str = "approve",
        *,
        who: str = "decider",
        expect: int = 302,
        **fields: Any,
    ):
        return self.decide(who, case, "decide", outcome, expect=expect, **fields)

    def issue(self, case: GreenChannelCase, *, who: str = "intake", expect: int = 302) -> GreenChannelCase:
        return self.decide(who, case, "recognise", "issue", expect=expect)

    # --- the way to a step, played on the pages ---------------------------------------------------

    def at_dispatch(self, **given: Any) -> GreenChannelCase:
        return self.take_in(self.submitted(**given))

    def at_dispatch_soon(self) -> GreenChannelCase:
        """Taken in like `at_dispatch`, but the dossier is written, not filled page by page: where only what follows counts."""
        case = self.recommend()
        self.write(case)
        case = acts.answer(self.fresh(case), "confirm", actor=self.people["talent"])
        ticks = {line.pk: (OK, "") for line in case.materials.all()}
        return acts.decide(
            self.step(case), actor=self.people["intake"], facts={"outcome": "accept", "ticks": ticks}
        )

    def write(self, case: GreenChannelCase, *, who: str = "talent") -> None:
        """The dossier of `case`, written without a page."""
        case.applicant.educations.create(level="doctor", school="示例大学", graduated_on="2008-06-30")
        case.applicant.employments.create(
            employer_name="示例研究院", position="研究员", started_on="2008-09-01"
        )
        case.achievements.create(kind="patent", title="示例发明专利", year=2023)
        for code in DOSSIER:
            case.sections.create(code=code, complete=True)
        version = materials.store_upload(
            factories.pdf(), owner=self.profile, type_code="G01", title="示例", actor=self.people[who]
        )
        case.materials.update(version=version)

    def at_form_review(self, **given: Any) -> GreenChannelCase:
        return self.dispatch(self.at_dispatch(**given))

    def at_draft(self) -> GreenChannelCase:
        return self.form_review(self.at_form_review())

    def at_decide(self, **given: Any) -> GreenChannelCase:
        return self.draft(self.at_draft(), **given)

    def at_publicity(self) -> GreenChannelCase:
        return self.sign(self.at_decide())

    # --- what is there --------------------------------------------------------------------------

    def fresh(self, case: GreenChannelCase) -> GreenChannelCase:
        return GreenChannelCase.objects.get(pk=case.pk)

    def step(self, case: GreenChannelCase) -> OpenStep | None:
        """The one open step of a case."""
        return case.open_steps.select_related("task__process", "owner", "organisation").first()

    def event(self, case: GreenChannelCase, kind: str) -> CaseEvent:
        """The last event of a kind."""
        return case.events.filter(kind=kind).order_by("-seq")[0]

    def letters(self, case: GreenChannelCase) -> list[str]:
        """The kinds of the letters issued, oldest first."""
        return list(case.letters.order_by("pk").values_list("kind", flat=True))

    def inbox(self, who: str) -> list[str]:
        """The subjects of the messages `who` has got, newest first."""
        return list(self.people[who].messages.order_by("-pk").values_list("subject", flat=True))


@contextmanager
def play(start: datetime = START) -> Iterator[World]:
    """A world whose clock begins at `start` and runs on its own."""
    with time_machine.travel(start, tick=True) as traveller:
        yield World(traveller)


def day_after(day: date, days: int = 1) -> date:
    """A calendar day later."""
    return day + timedelta(days=days)
