"""Lists among 10,000 and 100,000 cases (`--million` for 1,000,000): questions, time, growth, and plain SQL beside it.

The officer holds a post in five bureaus of ten, which sees half of all cases; somebody else has one post in a bureau
that takes part in a single case.
"""

import statistics
import sys
import time

from .scratch import database, median_ms, say, table

SIZES = (10_000, 100_000)
EMPLOYERS, POSTS = 50, 5
GROWTH = 1.3


def main() -> None:
    sizes = (*SIZES, 1_000_000) if "--million" in sys.argv else SIZES
    with database():
        from django.test import Client

        from talent.core import roles
        from talent.core.services import cases, policy
        from tests import factories
        from tests.access.world import BACKEND, World

        from .load import Load

        class Village(World):
            stages = ()

        policy.load_all()
        village = Village()
        case = village._submitted(village.sides["a"], "row0")
        for number in range(EMPLOYERS):
            factories.employer(f"示例第{number}有限公司")
        officer, rare = factories.account("many", "审查丙"), factories.account("rare", "审查丁")
        hr = factories.account("hr9", "人事九")
        load = Load(case, officer=officer)
        for bureau in load.bureaus[:POSTS]:
            factories.appoint(officer, roles.CHECKER, bureau)
        factories.appoint(hr, roles.HR, load.employers[0])
        alone = factories.bureau("370812-zzb")
        factories.appoint(rare, roles.INTAKE, alone)
        cases.add_party(case, alone, roles.Capacity.INTAKE)
        browsers = {}
        for who, user in {
            "officer": officer,
            "rare": rare,
            "hr": hr,
            "applicant": case.applicant.user,
        }.items():
            browsers[who] = Client()
            browsers[who].force_login(user, BACKEND)
            browsers[who].get("/hall/")

        queue, seen, last = _plain(load.bureaus[:POSTS])
        few = _plain([alone])[1]
        by_name = "c.applicant_id IN (SELECT id FROM core_talentprofile WHERE name >= '{}' AND name < '{}')"
        pages = {
            "我的待办": ("officer", "/desk/?view=mine",
                         f"SELECT * FROM workflows_openstep WHERE owner_id = {officer.pk} ORDER BY due_on, id LIMIT 26"),
            "待领取": ("officer", "/desk/?view=claim", f"{queue} AND owner_id IS NULL ORDER BY due_on, id LIMIT 26"),
            "已超期": ("officer", "/desk/?view=overdue",
                       f"{queue} AND due_on < '2026-03-01' ORDER BY due_on, id LIMIT 26"),
            "本单位在办": ("officer", "/desk/?view=organisation", f"{queue} ORDER BY due_on, id LIMIT 26"),
            "我的已办": ("officer", "/desk/?view=done",
                         f"SELECT * FROM core_caseevent WHERE actor_id = {officer.pk} ORDER BY id DESC LIMIT 26"),
            "全部办件": ("officer", "/desk/cases/", f"{seen} {last}"),
            "全部办件（只有一件）": ("rare", "/desk/cases/", f"{few} {last}"),
            "已办结": ("officer", "/desk/cases/?status=completed", f"{seen} AND c.status = 'completed' {last}"),
            "待受理（没有）": ("officer", "/desk/cases/?status=supplementing",
                               f"{seen} AND c.status = 'supplementing' {last}"),
            "按环节": ("officer", "/desk/cases/?node=form_review", f"{seen} AND c.step = 'form_review' {last}"),
            "按县区": ("officer", f"/desk/cases/?region={load.regions[0]}",
                       f"{seen} AND c.region_id = {load.regions[0]} {last}"),
            "按层次（没有）": ("officer", "/desk/cases/?level=E", f"{seen} AND c.level_code = 'E' {last}"),
            "查姓名": ("officer", "/desk/cases/?q=赵77", f"{seen} AND {by_name.format('赵77', '赵78')} {last}"),
            "查姓名（没有）": ("officer", "/desk/cases/?q=欧阳", f"{seen} AND {by_name.format('欧阳', '欧阴')} {last}"),
            "查编号": ("officer", "/desk/cases/?q=ZTC2020-0000777", f"{seen} AND c.number = 'ZTC2020-0000777' {last}"),
            "单位工作台": ("hr", "/unit/",
                           "SELECT c.* FROM core_case c JOIN core_caseparty p ON p.case_id = c.id"
                           f" WHERE p.organisation_id = {load.employers[0].pk} ORDER BY c.id DESC LIMIT 100"),
            "我的办件": ("applicant", "/my/",
                         f"SELECT c.* FROM core_case c WHERE c.applicant_id = {case.applicant_id} {last}"),
        }  # fmt: skip
        identity = case.applicant.id_number.reveal()
        measured: dict[str, list[tuple[int, float, float, float | None]]] = {name: [] for name in pages}
        measured["查证件号码"] = []
        for size in sizes:
            load.grow(size)
            for name, (who, address, sql) in pages.items():
                measured[name].append(_measured(lambda b=browsers[who], a=address: b.get(a), sql))
            post = lambda: browsers["rare"].post("/desk/find/", {"identity": identity})  # noqa: E731
            measured["查证件号码"].append(_measured(post, ""))
            say(f"{size:,} 件已测。")
        _show(measured, sizes)


def _plain(bureaus: list) -> tuple[str, str, str]:
    """Plain SQL of a bureau's queue and of the cases it sees, and how the newest come first."""
    keys = ", ".join(str(bureau.pk) for bureau in bureaus)
    queue = f"SELECT * FROM workflows_openstep WHERE organisation_id IN ({keys}) AND role = 'checker'"
    seen = (
        "SELECT c.* FROM core_case c WHERE EXISTS (SELECT 1 FROM core_caseparty p WHERE p.case_id = c.id"
        f" AND p.organisation_id IN ({keys}))"
    )
    return queue, seen, "ORDER BY c.id DESC LIMIT 26"


def _measured(ask, sql: str) -> tuple[int, float, float, float | None]:
    """(questions, page ms, slowest statement of the page ms, plain SQL ms)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def page() -> None:
        assert ask().status_code == 200

    def plain() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    page()
    with CaptureQueriesContext(connection) as context:
        page()
    return len(context), median_ms(page), _slowest(page), median_ms(plain) if sql else None


def _slowest(page, rounds: int = 5) -> float:
    """The longest statement of a page, the middle of some rounds, in milliseconds."""
    from django.db import connection

    taken: list[float] = []

    def timed(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken.append(1000 * (time.perf_counter() - began))

    found = []
    for _round in range(rounds):
        taken.clear()
        with connection.execute_wrapper(timed):
            page()
        found.append(max(taken))
    return statistics.median(found)


def _show(measured: dict, sizes: tuple[int, ...]) -> None:
    rows, slow = [], []
    for name, figures in measured.items():
        growth = figures[-1][1] / figures[0][1]
        if growth > GROWTH:
            slow.append(name)
        longest, plain = figures[-1][2:]
        rows.append(
            (
                name,
                figures[-1][0],
                *(f"{one[1]:.1f}" for one in figures),
                f"{growth:.2f}",
                f"{longest:.2f}",
                f"{plain:.2f}" if plain else "",
                f"{longest / plain:.1f}" if plain else "",
            )
        )
    times = [f"{size // 1000}k 毫秒" for size in sizes]
    table("列表", ("页面", "语句", *times, "增长", "最慢语句毫秒", "直接 SQL", "之比"), rows)
    say(f"增长超过 {GROWTH} 的：{'、'.join(slow) or '无'}。")


if __name__ == "__main__":
    main()
