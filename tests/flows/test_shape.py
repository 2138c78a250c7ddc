"""The procedure as drawn, compared with the list written from the policy, and the names that are stored.

A change here needs a line in the decisions and, for a name, a migration of the rows that hold it.
"""

import tomllib
from pathlib import Path

import pytest
from viewflow.workflow import flow
from viewflow.workflow.fields import get_flow_ref, get_task_ref

from talent import green_channel
from talent.core import roles
from workflows.base import ReviewTask, WaitFor
from workflows.base.checks import RESERVED
from workflows.flows.green_channel import GreenChannelFlow
from workflows.processes import PROCESSES

# 推荐 G1, 受理 G2, 分办 G3, 形式审查 G4, 背景核查 G5, 专家评审 G6, 联席会议 G7, 拟定与审定 G8, 公示 G9, 认定 G10
EDGES = {
    ("recommended", "confirm"),
    ("confirm", "intake"),
    ("revise", "confirm"),
    ("intake", "intake_outcome"),
    ("intake_outcome", "supplement"),
    ("intake_outcome", "promise"),
    ("intake_outcome", "revise"),
    ("intake_outcome", "not_accepted"),
    ("intake_outcome", "dispatch"),
    ("promise", "promise_answer"),
    ("promise_answer", "dispatch"),
    ("promise_answer", "intake"),
    ("supplement", "resume"),
    ("resume", "form_review"),
    ("resume", "intake"),
    ("dispatch", "form_review"),
    ("form_review", "form_outcome"),
    ("form_outcome", "supplement"),
    ("form_outcome", "panel"),
    ("form_outcome", "meeting"),
    ("form_outcome", "draft_decision"),
    ("panel", "panel_outcome"),
    ("panel_outcome", "meeting"),
    ("panel_outcome", "draft_decision"),
    ("meeting", "draft_decision"),
    ("form_outcome", "ask_bureaus"),
    ("resume", "conclude_checks"),
    ("gathered", "conclude_checks"),
    ("conclude_checks", "conclusion"),
    ("conclusion", "supplement"),
    ("conclusion", "ask_bureaus"),
    ("conclusion", "panel"),
    ("conclusion", "meeting"),
    ("conclusion", "draft_decision"),
    ("draft_decision", "decide"),
    ("decide", "decide_outcome"),
    ("decide_outcome", "draft_decision"),
    ("decide_outcome", "refused"),
    ("decide_outcome", "recognise"),
    ("decide_outcome", "publicity"),
    ("publicity", "publicity_outcome"),
    ("publicity_outcome", "draft_decision"),
    ("publicity_outcome", "recognise"),
    ("recognise", "recognised"),
}
SUBJECTS = ("identity", "ip", "integrity", "finance", "security")
for subject in SUBJECTS:
    EDGES |= {
        ("ask_bureaus", f"check_{subject}"),
        ("ask_bureaus", f"confirm_{subject}"),
        (f"check_{subject}", f"confirm_{subject}"),
        (f"confirm_{subject}", f"{subject}_answered"),
        (f"{subject}_answered", f"check_{subject}"),
        (f"{subject}_answered", "gathered"),
    }
CHECKING = {f"check_{subject}": roles.CHECKER for subject in SUBJECTS} | {
    f"confirm_{subject}": roles.BUREAU_HEAD for subject in SUBJECTS
}
ACTORS = {
    "conclude_checks": roles.CHECKER,
    "intake": roles.INTAKE,
    "dispatch": roles.INTAKE,
    "form_review": roles.CHECKER,
    "panel": roles.PANEL_SECRETARY,
    "meeting": roles.MEETING_SECRETARY,
    "draft_decision": roles.INTAKE,
    "decide": roles.DECIDER,
    "recognise": roles.INTAKE,
}
WAITING = {
    "confirm": "applicant",
    "revise": "recommender",
    "promise": "applicant",
    "supplement": "applicant",
    "publicity": "system",
}
ENDS = {"recognised", "refused", "not_accepted"}
# Process class and flow as the rows of running cases name them.
MANIFEST = {
    "green-channel": (
        "green_channel",
        "workflows/flows.green_channel.GreenChannelFlow",
        "greenchannelprocess",
    ),
    "placements": ("placements", "workflows/flows.placements.PlacementFlow", "placementprocess"),
    "housing": ("housing", "workflows/flows.housing.HousingFlow", "housingprocess"),
}


def edges(flow_class) -> set[tuple[str, str]]:
    return {
        (edge.src.name, edge.dst.name) for node in flow_class.instance.nodes() for edge in node._outgoing()
    }


@pytest.fixture(scope="module")
def edition() -> dict:
    return tomllib.loads((Path(green_channel.__file__).parent / "policy.toml").read_text(encoding="utf-8"))


def test_the_flow_is_the_procedure_of_the_policy():
    assert edges(GreenChannelFlow) == EDGES


def test_a_shortcut_past_the_decision_would_be_seen(monkeypatch):
    node = GreenChannelFlow.instance.node("form_review")
    monkeypatch.setattr(node, "_next", GreenChannelFlow.instance.node("recognise"))
    assert ("form_review", "recognise") in edges(GreenChannelFlow) - EDGES


def test_every_step_is_taken_by_the_post_the_policy_names(edition):
    nodes = {node.name: node for node in GreenChannelFlow.instance.nodes()}
    assert {
        name: node.role for name, node in nodes.items() if isinstance(node, ReviewTask)
    } == ACTORS | CHECKING
    assert {name: node.who.value for name, node in nodes.items() if isinstance(node, WaitFor)} == WAITING
    steps = {step["code"]: step["role"] for step in edition["step"]}
    for name, role in ACTORS.items():
        assert steps[nodes[name].step_code] == role.codename, name
        assert nodes[name]._owner_permission == role.permission


def test_every_awaited_node_is_an_active_step_of_the_edition_under_its_own_name(edition):
    active = {step["code"] for step in edition["step"] if step["active"]}
    named = {
        node.name: node.step_code
        for node in GreenChannelFlow.instance.nodes()
        if isinstance(node, ReviewTask | WaitFor)
    }
    # A joint check is one step of the edition, done by many bureaus.
    assert {named.pop(name) for name in CHECKING} == {"background_checks"}
    # The recommendation and its revision are one step of the edition.
    assert named.pop("revise") == "recommend"
    assert all(name == code for name, code in named.items()), named
    assert set(named.values()) | {"recommend", "background_checks"} == active


def test_two_persons_decide_and_a_recommender_takes_no_step_of_the_office():
    for name in ACTORS | CHECKING:
        separated = GreenChannelFlow.instance.node(name).separated_from
        assert "recommended" in separated, name
        assert ("decision_drafted" in separated) == (name == "decide")
    assert {name for name in ACTORS if GreenChannelFlow.instance.node(name).final} == {
        "panel", "meeting", "decide", "recognise",
    }  # fmt: skip
    assert all(GreenChannelFlow.instance.node(name).final for name in CHECKING), (
        "an opinion is edited, not taken back"
    )


def test_every_subject_of_the_edition_has_its_branch(edition):
    assert tuple(row["code"] for row in edition["check"]) == SUBJECTS
    assert GreenChannelFlow.instance.node("ask_bureaus").subjects == SUBJECTS
    for subject in SUBJECTS:
        assert GreenChannelFlow.instance.node(f"check_{subject}").subject == subject
        assert GreenChannelFlow.instance.node(f"confirm_{subject}").subject == subject


def test_every_node_leads_to_an_end_and_every_end_is_reached():
    reached, ahead = {"recommended"}, edges(GreenChannelFlow)
    while more := {dst for src, dst in ahead if src in reached} - reached:
        reached |= more
    assert reached == {node.name for node in GreenChannelFlow.instance.nodes()}
    assert {node.name for node in GreenChannelFlow.instance.nodes() if isinstance(node, flow.End)} == ENDS
    leads, grown = set(ENDS), True
    while grown:
        grown = {src for src, dst in ahead if dst in leads} - leads
        leads |= grown
    assert leads == reached


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.slug)
def test_no_node_takes_a_name_that_viewflow_uses_itself(process):
    used = {name for name in dir(flow.Flow) if not name.startswith("_")} | RESERVED
    for node in process.flow.instance.nodes():
        assert node.name not in used
        assert not node.name.endswith("_path")
        assert node.name.isascii()
        assert len(node.name) <= 40


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.slug)
def test_every_node_has_a_chinese_title(process):
    for node in process.flow.instance.nodes():
        assert node.task_title, node.name
        assert not node.task_title.isascii(), node.name


def test_the_names_stored_with_running_cases_are_those_of_the_manifest():
    stored = {
        process.slug: (
            process.policy,
            get_flow_ref(process.flow),
            process.flow.process_class._meta.model_name,
        )
        for process in PROCESSES
    }
    assert stored == MANIFEST
    assert get_task_ref(GreenChannelFlow.instance.node("intake")).endswith("GreenChannelFlow.intake")


def test_no_two_processes_share_slug_policy_flow_or_process_class():
    for part in ("slug", "policy", "flow"):
        values = [getattr(process, part) for process in PROCESSES]
        assert len(set(values)) == len(values), part
    classes = [process.flow.process_class for process in PROCESSES]
    assert len(set(classes)) == len(classes)
