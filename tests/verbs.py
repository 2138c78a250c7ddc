"""The ten verbs of an office as real acts on a case, each as whoever has the page open would press it.

Everybody has read the page before the first verb falls: the second acts on what he saw then. A verb that has no act in a
kind of step is pressed through the step's own form, which says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from talent.core import roles
from talent.core.models import Case, Check
from talent.core.services import appointments, calendar, promises, supplements
from talent.core.services.errors import ActRefused
from tests import factories, steps
from workflows import tick
from workflows.base import acts, joint
from workflows.models import OpenStep

VERBS = ("同意", "不同意", "退回", "补正", "转办", "委托", "加签", "撤回", "终止", "超时")
SERIAL, PARALLEL = "受理", "背景核查"


class World(steps.World):
    """Two cases: one whose intake has been taken by its officer, one whose bureaus answer at once.

    In the second 人社局's opinion waits for its head, who has taken it, and 发改委 has not answered yet.
    """

    def __init__(self, traveller) -> None:
        super().__init__(traveller)
        self.staff_bureaus()
        security = factories.account("security", "安全甲")
        factories.appoint(security, roles.SECURITY_ADMIN, factories.bureau("dsj"))
        for name, person, role, code in (
            ("rsj_head2", "人社科长乙", "rsj_head", "rsj"),
            ("stand_in", "受理代理", "intake", ""),
            ("stand_in_head", "人社代理", "rsj_head", ""),
        ):
            self.people[name] = factories.account(name, person)
            post = self.people[role].appointments.get()
            if code:
                factories.appoint(self.people[name], roles.BY_CODENAME[post.role], post.organisation)
                continue
            appointments.name_deputy(
                post, self.people[name], actor=security, starts_on=self.today,
                ends_on=steps.day_after(self.today, 60), reason="出差",
            )  # fmt: skip
        self.cases = {SERIAL: self._at_intake("talent", self.profile)}
        self.people["talent2"] = factories.account("talent2", "钱示例")
        self.number = factories.identity_number()
        self.profile = factories.person(self.people["talent2"], self.number)
        self.cases[PARALLEL] = self._at_checks(self._at_intake("talent2", self.profile))

    def _at_intake(self, who: str, person: Any) -> Case:
        """Handed in, and taken by the intake officer."""
        case = self.recommend()
        self.write(case, who=who)
        case = acts.answer(self.fresh(case), "confirm", actor=self.people[who])
        acts.claim(self.step(case), actor=self.people["intake"])
        return self.fresh(case)

    def _at_checks(self, case: Case) -> Case:
        ticks = {line.pk: ("ok", "") for line in case.materials.all()}
        facts = {"outcome": "accept", "ticks": ticks}
        case = acts.decide(self.step(case), actor=self.people["intake"], facts=facts)
        case = self.form_review(self.dispatch(case, **self.ask_bureaus("identity", "integrity")))
        case = self.opine(case, "identity", "consistent")
        acts.claim(_open(case)["confirm_identity"], actor=self.people["rsj_head"])
        return self.fresh(case)


def _open(case: Case) -> dict[str, OpenStep]:
    """The open steps of a case by their nodes, as a page has read them."""
    rows = case.open_steps.select_related("task__process", "organisation", "owner")
    return {row.node: row for row in rows}


@dataclass
class Page:
    """What everybody has before him when the two verbs meet."""

    world: World
    case: Case
    steps: dict[str, OpenStep]
    check: Check | None

    def decide(self, node: str, who: str, data: dict[str, Any]) -> None:
        """The form of a step filled and sent: what the form refuses is said as the page says it."""
        step = self.steps[node]
        form = step.task.flow_task.form_for(self.case, data)
        if not form.is_valid():
            raise ActRefused("".join(error for errors in form.errors.values() for error in errors))
        acts.decide(step, actor=self.world.people[who], facts=form.facts())


def page(world: World, kind: str) -> Page:
    case = world.fresh(world.cases[kind])
    return Page(world, case, _open(case), case.checks.filter(subject="identity").first())


@dataclass(frozen=True)
class Verb:
    """Who does it, as a reader of the table knows him, and the act."""

    who: str
    act: Callable[[Page], None]


def _intake(outcome: str, **fields: str) -> Callable[[Page], None]:
    def act(shown: Page) -> None:
        lines = list(shown.case.materials.all())
        data = {f"tick_{line.pk}": "ok" for line in lines} | {
            "outcome": outcome,
            "opinion": "已核对。",
            **fields,
        }
        if outcome == "supplement":
            data |= {f"tick_{lines[0].pk}": "supplement", f"reason_{lines[0].pk}": "缺少盖章页"}
        shown.decide("intake", "intake", data)

    return act


def _head(outcome: str) -> Callable[[Page], None]:
    """By the form of the head of 人社局, on the version of the opinion he has read."""
    data = {"outcome": outcome, "opinion": "请补查任职证明。", "version": 1}
    return lambda shown: shown.decide("confirm_identity", "rsj_head", data)


def _transfer(node: str, by: str, to: str) -> Callable[[Page], None]:
    return lambda shown: _ignore(
        acts.transfer(
            shown.steps[node], actor=shown.world.people[by], to=shown.world.people[to], reason="另有任务"
        )
    )


def _stand_in(node: str, who: str) -> Callable[[Page], None]:
    return lambda shown: _ignore(acts.claim(shown.steps[node], actor=shown.world.people[who]))


def _ask_more(shown: Page) -> None:
    joint.ask_more(
        shown.case,
        actor=shown.world.people["checker"],
        chosen={"finance": factories.bureau("czj")},
        reason="会商需要",
    )


def _adverse(shown: Page) -> None:
    joint.revise(
        shown.case, shown.check, actor=shown.world.people["rsj_checker"], finding="inconsistent",
        text="任职起止时间与记录不符。", version=shown.check.version,
    )  # fmt: skip


def _withdraw_check(shown: Page) -> None:
    joint.withdraw(shown.case, shown.check, actor=shown.world.people["checker"], reason="征询错了部门")


def _take_back(shown: Page) -> None:
    acts.take_back(shown.case, actor=shown.world.people["intake"], reason="选错了结果")


def _stop(who: str) -> Callable[[Page], None]:
    return lambda shown: _ignore(
        acts.stop(shown.case, actor=shown.world.people[who], reason="项目终止", clause="示例条款")
    )


def _let_time_pass(shown: Page) -> None:
    """Beyond every limit that runs on the case; then what `tick` does for it."""
    shown.world.later(12)
    today = calendar.today()
    for row in [one for one in supplements.overdue(today) if one.case_id == shown.case.pk]:
        tick.lapse_supplement(row)
    for row in [one for one in promises.overdue(today) if one.case_id == shown.case.pk]:
        tick.lapse_promise(row)
    tick.escalate_overdue(shown.world.fresh(shown.case))


def _ignore(_answer: Any) -> None:
    """What an act returns is of no use here."""


ACTS: dict[str, dict[str, Verb]] = {
    SERIAL: {
        "同意": Verb("受理人员", _intake("accept")),
        "不同意": Verb("受理人员", _intake("refuse", ground="not_recommender", fact="推荐渠道不符。")),
        "退回": Verb("受理人员", _intake("return")),
        "补正": Verb("受理人员", _intake("supplement")),
        "转办": Verb("部门负责人", _transfer("intake", "chief", "intake2")),
        "委托": Verb("受理人员的代理人", _stand_in("intake", "stand_in")),
        "加签": Verb("牵头部门审查人员", _ask_more),
        "撤回": Verb("受理人员", _take_back),
        "终止": Verb("另一名受理人员", _stop("intake2")),
        "超时": Verb("系统", _let_time_pass),
    },
    PARALLEL: {
        "同意": Verb("核查部门负责人", _head("confirm")),
        "不同意": Verb("核查部门审查人员", _adverse),
        "退回": Verb("核查部门负责人", _head("return")),
        "补正": Verb("核查部门负责人", _head("supplement")),
        "转办": Verb("核查部门负责人", _transfer("confirm_identity", "rsj_head", "rsj_head2")),
        "委托": Verb("核查部门负责人的代理人", _stand_in("confirm_identity", "stand_in_head")),
        "加签": Verb("牵头部门审查人员", _ask_more),
        "撤回": Verb("牵头部门审查人员", _withdraw_check),
        "终止": Verb("牵头部门负责人", _stop("head")),
        "超时": Verb("系统", _let_time_pass),
    },
}


def press(shown: Page, kind: str, verb: str) -> tuple[str, str]:
    """Do the verb: 生效, 拒绝 with its sentence, or 不发生 when nothing was there to happen."""
    before = shown.world.fresh(shown.case).sealed_events
    try:
        ACTS[kind][verb].act(shown)
    except ActRefused as refusal:
        return "拒绝", str(refusal)
    return ("生效" if shown.world.fresh(shown.case).sealed_events > before else "不发生"), ""


def where(case: Case) -> tuple[str, str]:
    """The case's state in words, and its open steps with whoever holds them."""
    opened = sorted(f"{row.title}（{row.owner or '待领取'}）" for row in _open(case).values())
    return case.get_status_display(), "；".join(opened)
