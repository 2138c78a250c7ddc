"""校聘企用 as drawn, compared with the steps P4 to P14 of the procedure; P1 to P3 are acts on the need, before any case."""

import tomllib
from pathlib import Path

from viewflow.workflow import flow

from talent import placements
from talent.core import roles
from tests.flows.test_shape import edges
from workflows.base import ReviewTask, WaitFor
from workflows.flows.placements import PlacementFlow

SUBJECTS = ("personnel", "education", "organisation")
# 申请与双方确认 P4, 派出单位 P5, 联合审查 P6, 公示 P7, 协议 P8, 聘书 P9, 在岗 P10–P13, 评估 P14
EDGES = {
    ("applied", "who_confirms"),
    ("who_confirms", "confirm_person"),
    ("who_confirms", "confirm_firm"),
    ("confirm_person", "confirmation"),
    ("confirm_firm", "confirmation"),
    ("confirmation", "consent"),
    ("confirmation", "declined"),
    ("consent", "consent_given"),
    ("consent_given", "ask_bureaus"),
    ("consent_given", "consent_refused"),
    *(("ask_bureaus", f"check_{subject}") for subject in SUBJECTS),
    *(("ask_bureaus", f"confirm_{subject}") for subject in SUBJECTS),
    *((f"check_{subject}", f"confirm_{subject}") for subject in SUBJECTS),
    *((f"confirm_{subject}", f"{subject}_answered") for subject in SUBJECTS),
    *((f"{subject}_answered", f"check_{subject}") for subject in SUBJECTS),
    *((f"{subject}_answered", "gathered") for subject in SUBJECTS),
    ("gathered", "conclude"),
    ("conclude", "conclusion"),
    ("conclusion", "refused"),
    ("conclusion", "publicity"),
    ("publicity", "publicity_outcome"),
    ("publicity_outcome", "conclude"),
    ("publicity_outcome", "agreement"),
    ("agreement", "appoint"),
    ("appoint", "running"),
    ("running", "evaluate"),
    ("evaluate", "evaluated"),
}
ACTORS = {
    **{f"check_{subject}": roles.CHECKER for subject in SUBJECTS},
    **{f"confirm_{subject}": roles.BUREAU_HEAD for subject in SUBJECTS},
    "conclude": roles.INTAKE,
    "appoint": roles.BUREAU_HEAD,
    "evaluate": roles.CHECKER,
}
WAITING = {
    "confirm_person": "applicant",
    "confirm_firm": "employer",
    "consent": "university",
    "publicity": "system",
    "agreement": "parties",
    "running": "system",
}
ENDS = {"evaluated", "refused", "consent_refused", "declined"}


def nodes() -> dict:
    return {node.name: node for node in PlacementFlow.instance.nodes()}


def test_the_flow_is_the_procedure_of_the_policy():
    assert edges(PlacementFlow) == EDGES


def test_a_shortcut_past_the_agreement_would_be_seen(monkeypatch):
    monkeypatch.setattr(nodes()["conclusion"], "_on_false", nodes()["appoint"], raising=False)
    monkeypatch.setattr(nodes()["agreement"], "_next", nodes()["running"])
    assert edges(PlacementFlow) != EDGES


def test_every_step_is_taken_by_whom_the_policy_names():
    assert {name: node.role for name, node in nodes().items() if isinstance(node, ReviewTask)} == ACTORS
    assert {name: node.who.value for name, node in nodes().items() if isinstance(node, WaitFor)} == WAITING


def test_every_node_is_a_step_of_the_edition_and_every_step_has_its_node():
    text = (Path(placements.__file__).parent / "policy.toml").read_text(encoding="utf-8")
    steps = {row["code"]: row["role"] for row in tomllib.loads(text)["step"] if row["active"]}
    coded = {name: node.step_code for name, node in nodes().items() if isinstance(node, ReviewTask | WaitFor)}
    assert set(coded.values()) == set(steps)
    for name, role in ACTORS.items():
        if not name.startswith(("check_", "confirm_")):
            assert steps[coded[name]] == role.codename, name


def test_who_concluded_does_not_appoint_and_what_leaves_the_house_is_final():
    assert nodes()["appoint"].separated_from == ("review_concluded",)
    assert {name for name in ("conclude", "appoint", "evaluate") if nodes()[name].final} == {
        "conclude", "appoint", "evaluate",
    }  # fmt: skip


def test_every_node_leads_to_an_end_and_every_end_is_reached():
    reached = {"applied"}
    while more := {dst for src, dst in EDGES if src in reached} - reached:
        reached |= more
    assert reached == set(nodes())
    assert {name for name, node in nodes().items() if isinstance(node, flow.End)} == ENDS
