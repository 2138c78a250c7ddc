"""What is written inside stays inside: planted words, and a reader for each kind of outsider who follows every link.

The twin is the officer, who reads the same pages and finds every planted word where it belongs.
"""

import logging
import re

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from talent.core.models import AuditEntry, Message, TalentProfile
from talent.core.services import letters, messages
from tests.access.crawler import MOST, Seen, crawl
from tests.access.expected import EXPECTED
from tests.access.world import STAGES, World

PROFILE = "ignore:unclosed file.*sRGB2014:ResourceWarning"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.filterwarnings(PROFILE),
]
# What officers and objectors write: nobody outside reads it.
INTERNAL = {
    "intake_opinion": "暗记受理意见松柏", "lead_reason": "暗记改派理由松柏", "review_opinion": "暗记审查意见松柏",
    "draft_opinion": "暗记拟办意见松柏", "draft": "暗记决定草稿松柏", "decision_opinion": "暗记审定意见松柏",
    "note": "暗记内部留言松柏", "supervise": "暗记督办要求松柏", "supervise_reply": "暗记督办答复松柏",
    "objection": "暗记异议内容松柏请核实", "objector": "暗记异议人名", "objector_contact": "0537暗记联系",
    "reveal_reason": "暗记查看理由松柏", "finding": "暗记核查发现松柏", "finding_confirmed": "暗记核查确认松柏",
    "check_reason": "暗记核查理由松柏",
    # experts and meeting
    "expert_name": "暗记专家姓名松柏", "sheet": "暗记评审评语松柏", "score": "暗记评分理由松柏",
    "panel_opinion": "暗记评审意见松柏", "postponed": "暗记暂缓原因松柏", "conditions": "暗记附加条件松柏",
    "support": "暗记支持依据松柏", "recusal": "暗记会议回避松柏",
    # what follows a recognition
    "evaluation_opinion": "暗记评估意见松柏", "evaluation_note": "暗记评估审核松柏",
    "excuse_facts": "暗记未达目标的事实松柏", "excuse_diligence": "暗记勤勉尽责的证据松柏",
}  # fmt: skip
# What the applicant has entrusted: masked even on his own pages.
SEALED = {"bank_account": "6222020200112233445", "mobile": "19955557777"}
# The family's need, a service asked for and its mark: the applicant reads them again, nobody else outside.
OWN = {
    "needs_detail": "暗记家庭需求松柏",
    "order_detail": "暗记服务需求松柏",
    "grade_note": "暗记差评理由松柏",
}
# Who the experts are and what each wrote: read by the panel's office alone.
EXPERTS_ONLY = ("expert_name", "sheet", "score")
# Sealed too, and therefore not on an officer's page either, or kept in the audit chain only.
UNSEEN_INSIDE = {"objector", "objector_contact", "reveal_reason", "recusal", *EXPERTS_ONLY}
OUTSIDERS = (
    "visitor",
    "applicant",
    "a_publicity",
    "a_decide",
    "a_intake",
    "a_panel",
    "a_meeting",
    "a_recognised",
    "other_applicant",
    "hr",
    "recommender",
    # a bureau with no part in any case
    "registrar",
)
APPLICANTS = ("applicant", *(who for who in OUTSIDERS if who.startswith("a_")), "other_applicant")
# Inside, and yet not told who the experts are.
OFFICES = ("intake", "decider", "checker", "head", "supervisor", "auditor", "meeting_secretary")


class Written(World):
    """The letters are drawn once, not anew for each reader."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(texts)
        letters.render_waiting(MOST)


@pytest.fixture(scope="module")
def records():
    """Every log record of building and reading, at any level."""
    kept: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(f"{record.getMessage()} {record.exc_info or ''}")

    keeper, root = Keeper(level=logging.DEBUG), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    yield kept
    root.setLevel(level)
    root.removeHandler(keeper)


@pytest.fixture(scope="module")
def world(records, build):
    return build(Written, INTERNAL | SEALED | OWN)


@pytest.fixture(scope="module")
def read():
    """Pages read so far, by reader: each reads once for the whole module."""
    return {}


def seen_by(world: World, read: dict[str, Seen], who: str) -> Seen:
    """What `who` finds from the doors and from every address of both counties, foreign ones included."""
    if who not in read:
        start = [
            "/",
            "/welcome/",
            "/my/",
            "/unit/",
            "/desk/cases/",
            "/desk/publicity/",
            "/desk/supervise/",
            "/expert/",
            "/desk/panels/",
            "/desk/meetings/",
        ]
        for side in world.sides.values():
            for name, rule in EXPECTED.items():
                if rule.sided and rule.get is not None:
                    start.append(reverse(name, args=rule.args(world, side)))
            for stage in STAGES:
                number = side.cases[stage].number
                start += [f"/my/cases/{number}/", f"/unit/cases/{number}/", f"/desk/cases/{number}/"]
        # What came from outside cannot tell an office what an expert wrote.
        read[who] = crawl(world, who, list(dict.fromkeys(start)), uploads=who not in OFFICES)
    return read[who]


@pytest.fixture
def numbers(at_home) -> list[str]:
    """Every identity number on record, opened."""
    found = [person.id_number.reveal() for person in TalentProfile.objects.all() if person.id_number]
    assert len(found) >= 2 * len(STAGES)
    return found


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nothing_internal_reaches_anybody_outside(at_home, read, numbers, who):
    seen = seen_by(at_home, read, who)
    hidden = INTERNAL | SEALED | ({} if who in APPLICANTS else OWN)
    leaks = {name: seen.holding(word) for name, word in hidden.items() if seen.holding(word)}
    assert leaks == {}
    assert [number[-4:] for number in numbers if seen.holding(number)] == []
    assert len(seen.texts) > 40


@pytest.mark.parametrize("who", ["expert", "other_expert"])
def test_an_expert_reads_his_own_sheet_and_nothing_else_from_inside(at_home, read, who):
    seen = seen_by(at_home, read, who)
    own = {"sheet", "score"}
    assert {name for name, word in INTERNAL.items() if seen.holding(word)} == own
    assert [name for name, word in (SEALED | OWN).items() if seen.holding(word)] == []


@pytest.mark.parametrize("who", OFFICES)
def test_no_other_office_learns_who_the_experts_are_or_what_one_wrote(at_home, read, who):
    seen = seen_by(at_home, read, who)
    assert [name for name in EXPERTS_ONLY if seen.holding(INTERNAL[name])] == []


def test_the_office_of_the_panel_finds_the_experts(at_home, read):
    """The twin of the test above."""
    seen = seen_by(at_home, read, "panel_secretary")
    assert [name for name in EXPERTS_ONLY if not seen.holding(INTERNAL[name])] == []


def test_an_applicant_reads_only_the_own_need(at_home, read):
    """The word is the same in every case: it may stand on pages of the own case alone."""
    numbers = {stage: at_home.sides["a"].cases[stage].number for stage in STAGES}
    for who, stage in (("applicant", "review"), ("a_publicity", "publicity")):
        for address in seen_by(at_home, read, who).holding(OWN["needs_detail"]):
            assert numbers[stage] in address


def test_the_officers_of_the_case_find_every_planted_word(at_home, read):
    """The decider too, because the reason of a draft is put before nobody else."""
    pages = [seen_by(at_home, read, who) for who in ("intake", "decider")]
    unfound = {name for name, word in INTERNAL.items() if not any(seen.holding(word) for seen in pages)}
    assert unfound <= UNSEEN_INSIDE
    assert [name for name, word in SEALED.items() if any(seen.holding(word) for seen in pages)] == []


def test_a_case_shown_to_a_stranger_would_be_found(at_home, monkeypatch):
    """The twin of the crawl: with the lock of the desk open, a visitor's neighbour reads the opinions."""
    from workflows.desk import access

    case = at_home.sides["a"].cases["review"]
    monkeypatch.setattr(access, "inside", lambda request, case: True)
    monkeypatch.setattr(
        "talent.core.models.visibility.CaseQuerySet.visible_to", lambda self, user: self.all()
    )
    monkeypatch.setattr("talent.core.roles.OFFICERS", access.roles.ROLES)
    seen = crawl(at_home, "other_hr", [f"/desk/cases/{case.number}/"])
    assert seen.holding(INTERNAL["note"])


def test_a_pdf_is_read_like_a_page(at_home, read):
    """The letter of the case is among what the applicant reads, and its words are found in it."""
    side = at_home.sides["a"]
    address = reverse("letter_file", args=[side.cases["review"].number, side.things["letter"].check_code])
    assert side.cases["review"].number in seen_by(at_home, read, "applicant").texts[address]


# --- identity numbers ---------------------------------------------------------------------------------


def stored(words: list[str]) -> list[str]:
    """The columns of any table in which one of `words` stands as it is."""
    pattern = re.compile("|".join(map(re.escape, words)))
    found = []
    for model in apps.get_models():
        names = [
            one.attname
            for one in model._meta.concrete_fields
            if isinstance(one, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model._base_manager.values_list(*names) if names else ():
            found += [
                f"{model._meta.label}.{name}"
                for name, value in zip(names, row, strict=True)
                if pattern.search(str(value))
            ]
    return found


def test_no_identity_number_stands_in_an_address_or_a_log_record(at_home, read, numbers, records):
    for who in OUTSIDERS:
        seen_by(at_home, read, who)
    addresses = " ".join(address for seen in read.values() for address in seen.texts)
    logged = "\n".join(records)
    assert len(records) > 100
    assert [number for number in [*numbers, SEALED["mobile"]] if number in addresses] == []
    assert [number for number in [*numbers, *SEALED.values()] if number in logged] == []


def test_no_identity_number_stands_in_a_message_a_mail_or_the_audit_chain(at_home, numbers):
    told = " ".join(f"{one.subject} {one.body}" for one in Message.objects.all())
    chain = " ".join(f"{one.subject} {one.detail} {one.actor_name}" for one in AuditEntry.objects.all())
    mailed = " ".join(f"{one.subject} {one.body} {one.extra_headers}" for one in at_home.mailed)
    assert Message.objects.count() > 10
    assert len(at_home.mailed) > 10
    for number in [*numbers, *SEALED.values()]:
        assert number not in told
        assert number not in chain
        assert number not in mailed


def test_no_sealed_value_stands_in_any_column_of_any_table(at_home, numbers):
    families = (OWN["needs_detail"], OWN["order_detail"])
    objector = (INTERNAL["objector"], INTERNAL["objector_contact"])
    assert stored([*numbers, *SEALED.values(), *objector, *families]) == []


def test_a_number_in_a_message_would_be_found(at_home, numbers, monkeypatch):
    """The twin: with the check of the message off, the number stands in the table and the search says where."""
    monkeypatch.setattr(messages.audit, "contains_personal_data", lambda text: False)
    messages.tell(at_home.people["intake"], kind="test", subject="测试", body=f"号码{numbers[0]}")
    assert stored(numbers) == ["core.Message.body"]
