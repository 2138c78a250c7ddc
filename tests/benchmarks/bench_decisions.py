"""Decisions a second: eight steps of a case against eight steps of plain Viewflow, which records nothing.

Both claim and decide; ours in one transaction, Viewflow in two as its pages do. The runs take turns.
"""

import statistics

from .scratch import database, say, seconds, table

RUNS = 25


def main() -> None:
    with database():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext
        from viewflow.workflow.models import Process, Task

        from talent.core import roles
        from talent.core.models import Case, PolicyEdition, Region
        from talent.core.services import cases, policy
        from tests import factories
        from workflows.base import acts

        from .flows import STEPS, EightSteps, StockSteps

        policy.load_all()
        bureau = factories.bureau("zzb")
        officer = factories.account("officer", "受理甲")
        factories.appoint(officer, roles.INTAKE, bureau)
        talent = factories.account("talent", "赵示例")
        person = factories.person(talent, factories.identity_number())
        edition = PolicyEdition.objects.get(policy="green_channel")
        region = Region.objects.get(code="370811")
        employer = factories.employer("示例有限公司")

        def opened() -> Case:
            case = cases.open_case(
                Case, actor=talent, edition=edition, applicant=person, intake=bureau, employer=employer, region=region
            )  # fmt: skip
            cases.submit(case, actor=talent)
            EightSteps.start_for(case)
            return case

        def ours(case: Case) -> None:
            waiting = case.open_steps.select_related("task__process", "organisation", "owner", "case")
            for _step in range(STEPS):
                row = waiting.get()
                acts.decide(row.of(row.case), actor=officer, facts={"opinion": "同意。"})

        def stock(process: Process) -> None:
            waiting = Task.objects.filter(process=process, flow_task_type="HUMAN").exclude(status="DONE")
            for _step in range(STEPS):
                with StockSteps.lock(process.pk):
                    task = waiting.select_related("process").get()
                    task.flow_task.activation_class(task).assign(officer)
                with StockSteps.lock(process.pk):
                    task = waiting.select_related("process").get()
                    activation = task.flow_task.activation_class(task)
                    activation.start(None)
                    activation.process.save()
                    activation.execute()

        def begun() -> Process:
            StockSteps.started.run()
            return Process.objects.order_by("-pk").first()

        ours(opened())
        stock(begun())
        taken: dict[str, list[float]] = {"ours": [], "stock": []}
        for _run in range(RUNS):
            case, process = opened(), begun()
            taken["ours"].append(seconds(lambda case=case: ours(case)))
            taken["stock"].append(seconds(lambda process=process: stock(process)))
        asked = {}
        case, process = opened(), begun()
        for name, act in (("ours", lambda: ours(case)), ("stock", lambda: stock(process))):
            with CaptureQueriesContext(connection) as context:
                act()
            said = [one["sql"] for one in context.captured_queries]
            asked[name] = (
                sum(not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for sql in said) / STEPS
            )
        middle = {name: statistics.median(times) for name, times in taken.items()}
        table(
            f"{STEPS} 步的办理，{RUNS} 轮交替",
            ("流程", "每秒决定", "每步语句", "全程毫秒（中位）"),
            [
                (label, f"{STEPS / middle[name]:.0f}", f"{asked[name]:.1f}", f"{1000 * middle[name]:.0f}")
                for name, label in (("ours", "本系统"), ("stock", "Viewflow 原样，不记事件、审计、时限"))
            ],
        )
        say(f"本系统每秒决定数为 Viewflow 原样的 {middle['stock'] / middle['ours']:.2f} 倍（目标 ≥ 1）。")


if __name__ == "__main__":
    main()
