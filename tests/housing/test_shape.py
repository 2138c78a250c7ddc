"""The procedure of 人才安居 as drawn, compared with the steps of the policy."""

import tomllib

import pytest
from viewflow.workflow import flow

from talent.core import roles
from tests.housing import editions
from workflows.base import ReviewTask, WaitFor
from workflows.flows.housing import HousingFlow

SUBJECTS = ("insurance", "housing", "estate", "tax", "civil")
# 填报 H1, 单位确认 H2, 受理 H3, 县市区审核 H4, 并联核查 H5, 核定与复核 H6, 公示 H7, 审定 H8
EDGES = {
    ("begun", "confirm"),
    ("confirm", "filed"),
    ("filed", "employer"),
    ("filed", "intake"),
    ("employer", "employer_answer"),
    ("employer_answer", "confirm"),
    ("employer_answer", "intake"),
    ("intake", "intake_outcome"),
    ("intake_outcome", "supplement"),
    ("intake_outcome", "promise"),
    ("intake_outcome", "not_accepted"),
    ("intake_outcome", "route"),
    ("promise", "promise_answer"),
    ("promise_answer", "route"),
    ("promise_answer", "intake"),
    ("route", "county_review"),
    ("route", "asking"),
    ("supplement", "resume"),
    ("resume", "county_review"),
    ("resume", "intake"),
    ("resume", "calculate"),
    ("resume", "verify"),
    ("county_review", "county_outcome"),
    ("county_outcome", "supplement"),
    ("county_outcome", "asking"),
    ("asking", "ask_bureaus"),
    ("asking", "calculate"),
    ("gathered", "calculate"),
    ("calculate", "calculated"),
    ("calculated", "county_review"),
    ("calculated", "verify"),
    ("calculated", "supplement"),
    ("verify", "verified"),
    ("verified", "calculate"),
    ("verified", "decide"),
    ("verified", "endorse"),
    ("verified", "publicity"),
    ("verified", "supplement"),
    ("endorse", "endorsed"),
    ("endorsed", "calculate"),
    ("endorsed", "publicity"),
    ("publicity", "publicity_outcome"),
    ("publicity_outcome", "calculate"),
    ("publicity_outcome", "decide"),
    ("decide", "decided"),
    ("decided", "calculate"),
    ("decided", "refused"),
    ("decided", "granted"),
} | {
    edge
    for subject in SUBJECTS
    for edge in (
        ("ask_bureaus", f"check_{subject}"),
        ("ask_bureaus", f"confirm_{subject}"),
        (f"check_{subject}", f"confirm_{subject}"),
        (f"confirm_{subject}", f"{subject}_answered"),
        (f"{subject}_answered", f"check_{subject}"),
        (f"{subject}_answered", "gathered"),
    )
}  # fmt: skip
ACTORS = {
    "intake": roles.INTAKE,
    "county_review": roles.CHECKER,
    "calculate": roles.CHECKER,
    "verify": roles.CHECKER,
    "endorse": roles.DECIDER,
    "decide": roles.DECIDER,
}
WAITING = {
    "confirm": "applicant",
    "employer": "employer",
    "promise": "applicant",
    "supplement": "applicant",
    "publicity": "system",
}
NODES = {node.name: node for node in HousingFlow.instance.nodes()}


def edges() -> set[tuple[str, str]]:
    return {(edge.src.name, edge.dst.name) for node in NODES.values() for edge in node._outgoing()}


@pytest.fixture(scope="module")
def edition() -> dict:
    return tomllib.loads(editions.JINING.read_text(encoding="utf-8"))


def test_the_flow_is_the_procedure_of_the_policy():
    assert edges() == EDGES


def test_a_way_past_the_second_officer_would_be_seen(monkeypatch):
    monkeypatch.setattr(NODES["calculate"], "_next", NODES["decide"])
    assert ("calculate", "decide") in edges() - EDGES


def test_every_awaited_node_is_a_step_of_the_edition_taken_by_the_post_it_names(edition):
    steps = {step["code"]: step for step in edition["step"] if step["active"]}
    acting = {name: node for name, node in NODES.items() if isinstance(node, ReviewTask)}
    alone = {name: node.role for name, node in acting.items() if node.step_code != "joint_check"}
    assert alone == ACTORS
    assert {name: node.who.value for name, node in NODES.items() if isinstance(node, WaitFor)} == WAITING
    for name, role in ACTORS.items():
        assert steps[NODES[name].step_code]["role"] == role.codename, name
    named = {node.step_code for node in NODES.values() if isinstance(node, ReviewTask | WaitFor)}
    assert named == set(steps)


def test_the_bureaus_asked_are_those_of_the_edition_by_officer_and_head(edition):
    assert {row["code"] for row in edition["check"]} == set(SUBJECTS)
    for subject in SUBJECTS:
        assert NODES[f"check_{subject}"].role == roles.CHECKER
        assert NODES[f"confirm_{subject}"].role == roles.BUREAU_HEAD


def test_who_worked_the_amount_out_neither_verifies_nor_decides():
    separated = {name: NODES[name].separated_from for name in ("verify", "endorse", "decide")}
    assert separated == {
        "verify": ("amount_calculated",),
        "endorse": ("amount_calculated", "amount_verified"),
        "decide": ("amount_calculated", "amount_verified"),
    }
    assert all(NODES[name].final for name in separated)


def test_every_node_is_reached_and_leads_to_an_end():
    ahead = edges()
    reached = {"begun"}
    while more := {dst for src, dst in ahead if src in reached} - reached:
        reached |= more
    assert reached == set(NODES)
    leads = {name for name, node in NODES.items() if isinstance(node, flow.End)}
    assert leads == {"granted", "refused", "not_accepted"}
    while more := {src for src, dst in ahead if dst in leads} - leads:
        leads |= more
    assert leads == reached
