"""System checks: a flow that is not hardened does not start."""

from collections.abc import Callable, Iterable

from django.core.checks import Error, Tags, register
from django.db.models import Model

from .flow import CaseFlow, CaseLock
from .nodes import ReviewTask, WaitFor
from .process import Process

RESERVED = {
    "cancel",
    "lock",
    "node",
    "nodes",
    "urls",
    "parent",
    "reverse",
    "instance",
    "begin",
    "start_for",
    "end_early",
}


def flow_problems(flow_class) -> list[Error]:
    """Every hardening rule a flow class breaks, each with what to do."""
    found = []

    def problem(number: int, text: str, hint: str) -> None:
        found.append(Error(text, hint=hint, obj=flow_class, id=f"workflows.E{number:03d}"))

    if not issubclass(flow_class, CaseFlow) or not isinstance(flow_class.lock_impl, CaseLock):
        problem(
            1, "flow does not take the case lock", "inherit workflows.base.CaseFlow and keep its lock_impl"
        )
    if not issubclass(flow_class.process_class, Model) or not flow_class.process_class._meta.proxy:
        problem(
            6,
            "flow has no process proxy of its own",
            "add a proxy in the flow's file and name it process_class",
        )
    for node in flow_class.instance.nodes():
        if node.name in RESERVED or node.name.endswith("_path"):
            problem(
                7, f"node name {node.name} shadows Viewflow", "choose another name before the first case runs"
            )
        # An inherited node is copied, but its links still lead to the nodes of the base flow.
        if any(one.flow_class is not flow_class for one in (node, *(edge.dst for edge in node._outgoing()))):
            problem(3, f"node {node.name} belongs to another flow", "a base flow class holds no nodes")
        if node.task_type == "HUMAN":
            if (
                not isinstance(node, ReviewTask)
                or not getattr(node, "role", None)
                or not node._owner_permission
            ):
                problem(2, f"human node {node.name} has no role", "use ReviewTask(...).By(role)")
        if isinstance(node, ReviewTask | WaitFor) and not node.step_code:
            problem(4, f"node {node.name} has no step", "say .Within(step) so that it has names and a limit")
    return found


def register_problems(processes: Iterable[Process]) -> list[Error]:
    """Everything wrong with the flows of these processes, and process rows that two of them share."""
    found = []
    seen: dict[type, str] = {}
    for process in processes:
        found += flow_problems(process.flow)
        owner = seen.setdefault(process.flow.process_class, process.slug)
        if owner != process.slug:
            found.append(Error(f"{owner} and {process.slug} share a process class", id="workflows.E008"))
    return found


def register_checks(registered: Callable[[], Iterable[Process]]) -> None:
    """Run these checks at every start over what `registered()` gives then."""

    def check_flows(app_configs, **kwargs) -> list[Error]:
        return register_problems(registered())

    register(check_flows, Tags.models)
