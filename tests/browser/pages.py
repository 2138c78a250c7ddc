"""Every page there is: one entry per address of the URLconf, with who looks at it and with what.

`routes()` walks the URLconf; a route that is neither a page here nor named among the doors that have no page
fails `test_every_address_is_looked_at`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from talent.core.models import Letter
from workflows.base import Begins, Process
from workflows.processes import PROCESSES

from .town import Town


@dataclass(frozen=True)
class Leaf:
    """One page: the route, who opens it (a state's name stands for its applicant or officer), its address."""

    name: str
    route: str
    who: Callable[[Town], str] = lambda _town: ""
    args: Callable[[Town], list] = lambda _town: []
    query: str = ""
    status: int = 200

    def address(self, town: Town) -> str:
        return reverse(self.route, args=self.args(town)) + self.query


def someone(account: str) -> Callable[[Town], str]:
    return lambda _town: account


def applicant(state: str) -> Callable[[Town], str]:
    return lambda town: town.applicant(state)


def officer(state: str) -> Callable[[Town], str]:
    return lambda town: town.officer(state)


def number(state: str, *rest: str) -> Callable[[Town], list]:
    return lambda town: [town.number(state), *rest]


def public(route: str, *args: str, query: str = "", name: str = "", status: int = 200) -> Leaf:
    return Leaf(
        name or f"{route} {' '.join(args)}".strip(),
        route,
        args=lambda _town: list(args),
        query=query,
        status=status,
    )


def my(route: str, state: str, *rest: str) -> Leaf:
    return Leaf(
        f"my:{route} {state} {' '.join(rest)}".strip(), f"my:{route}", applicant(state), number(state, *rest)
    )


def desk(route: str, account: str, query: str = "") -> Leaf:
    return Leaf(f"desk:{route} {account}{query}", f"desk:{route}", someone(account), query=query)


def begin(process: Process) -> Leaf:
    """The first form of a process, opened by whoever begins one."""
    at_unit = process.begins is Begins.UNIT
    return Leaf(
        f"begin {process.slug}",
        "unit:begin" if at_unit else "my:begin",
        someone("danwei") if at_unit else someone("rencai"),
        lambda _town: [process.slug],
    )


def decide(state: str) -> Leaf:
    return Leaf(
        f"desk:decide {state}",
        "desk:decide",
        officer(state),
        lambda town: [town.number(state), town.step(state).node],
    )


def lead(state: str):
    """The checker of the lead bureau of that case."""
    return lambda town: town.stage.lead(town.cases[state])


def place(route: str, state: str, who: str, *rest, name: str = "") -> Leaf:
    """A page of a placement in a state, opened by one of its people: person, firm_hr, university_hr, a checker, the head."""
    return Leaf(
        name or f"{route} {state} {' '.join(map(str, rest))}".strip(),
        route,
        lambda town: getattr(town.placements, who)(state),
        lambda town: [town.placements.number(state), *rest],
    )


def need_of(route: str, status: str, account: str) -> Leaf:
    """A page of a need of the demo's own firm."""
    return Leaf(
        f"{route} {status}", route, someone(account), lambda town: [town.placements.needs[status].number]
    )


def _check_code(town: Town) -> list:
    return [Letter.objects.filter(case_id=town.cases["recognised"].pk).order_by("-pk")[0].check_code]


PARTS = ("person", "history", "achievements", "project", "team", "declaration", "needs")
LEAVES = (
    public("home"),
    public("hall"),
    public("guide", "green-channel"),
    public("eligibility", "housing"),
    public("publicity_list"),
    Leaf("publicity_page open", "publicity_page", args=lambda town: [town.publicity("publicity").key]),
    Leaf("publicity_page closed", "publicity_page", args=lambda town: [town.publicity("recognised").key]),
    public("check"),
    public("check_letter", "ABCDEFGHJKLM", name="check_letter unknown"),
    Leaf("check_letter known", "check_letter", args=_check_code),
    public("query"),
    public("source"),
    public("guide", "no-such-service", name="not found", status=404),
    public("login"),
    Leaf("join", "join", args=lambda town: [town.token]),
    public("open_account"),
    Leaf("join used", "join", args=lambda _town: ["no-such-token"], status=409),
    Leaf("forbidden", "desk:home", someone("rencai"), status=403),
    Leaf("password_change", "password_change", someone("rencai")),
    Leaf("password_change_done", "password_change_done", someone("rencai")),
    Leaf("second_factor", "second_factor", someone("shouli")),
    Leaf("my:home", "my:home", someone("rencai")),
    Leaf("my:home newcomer", "my:home", someone("xinren")),
    Leaf("my:messages", "my:messages", someone("rencai")),
    Leaf("my:account", "my:account", someone("rencai")),
    my("dossier", "recommended"),
    *(my("part", "recommended", part) for part in PARTS),
    my("materials", "recommended"),
    my("review", "recommended"),
    my("done", "submitted_late"),
    my("case", "submitted_late"),
    my("case", "supplementing"),
    my("fix", "supplementing"),
    my("promise", "promise_offered"),
    my("materials", "promise_pending"),
    my("case", "promise_pending"),
    my("case", "recognised"),
    my("case", "refused"),
    Leaf("unit:home hr", "unit:home", someone("danwei")),
    Leaf("unit:home bureau", "unit:home", someone("tuijian")),
    *(begin(process) for process in PROCESSES if process.begins is not Begins.PAGE),
    public("needs"),
    Leaf("unit:register", "unit:register", someone("xinren")),
    Leaf("unit:members", "unit:members", someone("danwei")),
    Leaf("unit:case", "unit:case", someone("danwei"), number("form_review")),
    Leaf("unit:case returned", "unit:case", someone("danwei"), number("returned")),
    Leaf("unit:revise", "unit:revise", someone("danwei"), number("returned")),
    desk("home", "shouli"),
    desk("home", "shouli", "?view=claim"),
    desk("home", "shouli", "?view=done"),
    desk("home", "shouli", "?view=organisation"),
    desk("cases", "shouli"),
    desk("publicity", "shouli"),
    desk("organisations", "heyan"),
    desk("credit", "kejizhang"),
    desk("supervise", "duban"),
    desk("deputies", "shouli"),
    desk("appointments", "anquan"),
    desk("second_factors", "anquan"),
    desk("audit", "shenji"),
    desk("matrix", "shenji"),
    *(Leaf(f"desk:case {state}", "desk:case", someone("shouli"), number(state))
      for state in ("submitted_late", "supplementing", "promise_pending", "objected", "recognised")),
    Leaf("desk:edition", "desk:edition", someone("shouli"), number("form_review")),
    Leaf("desk:case head", "desk:case", someone("zuzhizhang"), number("submitted_late")),
    Leaf("desk:case lead", "desk:case", lead("conclude_checks"), number("conclude_checks")),
    Leaf("desk:case gathering", "desk:case", someone("shouli"), number("checking_voided")),
    Leaf("desk:case asked", "desk:case", someone("renshe"), number("checking_voided")),
    Leaf("desk:check_revise", "desk:check_revise", someone("renshe"), number("checking_voided", 1)),
    Leaf("desk:check_more", "desk:check_more", lead("checking"), number("checking")),
    Leaf("lead:home", "lead:home", someone("duban")),
    Leaf("lead:list", "lead:list", someone("duban"), lambda _town: ["running"]),
    Leaf("lead:list steps", "lead:list", someone("duban"), lambda _town: ["spans"]),
    Leaf("lead:red", "lead:red", someone("duban")),
    Leaf("lead:chains", "lead:chains", someone("duban")),
    Leaf("lead:chain", "lead:chain", someone("shouli"), lambda _town: ["L10"]),
    Leaf("lead:atlas", "lead:atlas", someone("shouli")),
    Leaf("lead:add", "lead:add", someone("shouli")),
    Leaf("lead:one", "lead:one", someone("shouli"), lambda town: [town.lead().row_key]),
    Leaf("lead:one recommender", "lead:one", someone("tuijian"), lambda town: [town.lead().row_key]),
    Leaf("lead:change", "lead:change", someone("shouli"), lambda town: [town.lead().row_key]),
    Leaf("lead:import", "lead:import", someone("shouli")),
    *(decide(state) for state in ("submitted_late", "dispatch", "form_review", "checking", "conclude_checks",
                                  "draft_decision", "decide", "recognise")),
    # 校聘企用
    need_of("need", "published", ""),
    need_of("my:placement_apply", "published", "rencai"),
    Leaf("my:placements", "my:placements", someone("zaigang")),
    Leaf("my:placements newcomer", "my:placements", someone("xinren")),
    Leaf("my:placement_relations", "my:placement_relations", lambda town: town.placements.person("claimed")),
    place("my:placement", "running", "person"),
    place("my:placement", "claimed", "person"),
    *(place("my:placement_act", state, "person", act) for state, act in (
        ("running", "suspend"), ("running", "end"), ("confirm_person", "confirm-person"), ("to_countersign", "countersign"))),
    Leaf("unit:placements", "unit:placements", someone("danwei")),
    Leaf("unit:placements university", "unit:placements", someone("gaoxiao")),
    Leaf("unit:placement_days", "unit:placement_days", lambda town: town.placements.crowd_hr.username),
    Leaf("unit:placement_reports", "unit:placement_reports", lambda town: town.placements.crowd_hr.username),
    Leaf("unit:placement_import", "unit:placement_import", someone("danwei")),
    Leaf("unit:placement_supply", "unit:placement_supply", someone("gaoxiao")),
    Leaf("unit:placement_needs", "unit:placement_needs", someone("danwei")),
    Leaf("unit:placement_need_new", "unit:placement_need_new", someone("danwei")),
    need_of("unit:placement_need", "published", "danwei"),
    place("unit:placement", "claimed", "firm_hr"),
    place("unit:placement", "to_countersign", "university_hr", name="unit:placement proposed"),
    *(place("unit:placement_act", state, "firm_hr", act) for state, act in (
        ("rated_qualified", "claim"), ("agreement", "draft"), ("rated_qualified", "renew"), ("running", "extend"))),
    Leaf("desk:placements", "desk:placements", someone("keji")),
    Leaf("desk:placements county", "desk:placements", someone("xiankeji")),
    Leaf("desk:placement_relations", "desk:placement_relations", someone("xiankeji")),
    Leaf("desk:placement_need checking", "desk:placement_need", lambda town: town.placements.scene.cast.checker(
        town.placements.needs["checking"].county_bureau).username, lambda town: [town.placements.needs["checking"].number]),
    need_of("desk:placement_need", "checked", "gongxin"),
    place("desk:placement", "objected", "lead_checker"),
    place("desk:placement", "extension_asked", "lead_checker"),
    place("desk:placement", "to_countersign", "lead_checker"),
    place("desk:placement_claim", "claimed", "county_checker", "firm_pay", 1),
    place("desk:placement_claim", "claim_checked", "head", "firm_pay", 1),
)  # fmt: skip

# A door that no process of the register opens has no page either.
UNUSED = {"unit:begin", "my:begin"} - {leaf.route for leaf in LEAVES}
# Files and drawings, answers to a POST, and redirects: no page of their own.
NO_PAGE = UNUSED | frozenset(
    {
        "calendar_feed", "desk:answer_seat", "desk:funds:award_change", "desk:funds:bank_file",
        "desk:funds:bounce", "desk:funds:budget_change", "desk:funds:due_export", "desk:funds:instalment",
        "desk:funds:prepare", "desk:funds:recovery_act", "desk:funds:result", "desk:funds:send",
        "desk:funds:sign", "desk:funds:take_back", "desk:invite_experts", "desk:meeting_close",
        "desk:meeting_minutes", "desk:meeting_pack", "desk:meeting_vote", "evaluation_report",
        "expert:answer", "milestone_evidence", "my:withdraw_family", "service_evidence", "signed_copy",
        "unit:placement_feed", "unit:placement_sheet", "my:placement_offer", "claim_evidence", "rating_evidence",
        "signed_agreement",
        "chart", "material_file", "material_page", "letter_file", "preferences", "home_after_login", "logout",
        "lead:table", "lead:report", "lead:supervise", "lead:end", "lead:template", "lead:achievement", "lead:contact",
        "lead:drop", "lead:reveal",
        "my:reveal_own", "my:urge", "my:withdraw", "my:consent", "my:fulfil",
        "unit:revoke_invitation", "second_factor_check",
        "desk:batch_claim", "desk:extend", "desk:settle", "desk:settle_extension", "desk:take_back", "desk:stop",
        "desk:supervise_case", "desk:reply",
        "desk:message", "desk:note", "desk:find_person", "desk:reveal", "desk:claim", "desk:put_back", "desk:transfer",
    }
)  # fmt: skip

# Pages that no browser has opened in a test yet; the matrix of rights asks for them, and scenarios walk most of them.
UNSEEN = frozenset(
    {
        "desk:agreement", "desk:agreement_draft", "desk:case_services", "desk:evaluation",
        "desk:evaluations", "desk:expert", "desk:experts", "desk:form_panel", "desk:funds:ageing",
        "desk:funds:award", "desk:funds:batch", "desk:funds:batches", "desk:funds:budget", "desk:funds:due",
        "desk:funds:preview", "desk:funds:recoveries", "desk:funds:recovery", "desk:meeting",
        "desk:meeting_agenda", "desk:meeting_attendance", "desk:meeting_item", "desk:meetings",
        "desk:milestone", "desk:order", "desk:orders", "desk:panel", "desk:panel_sheet", "desk:panels",
        "desk:people", "desk:recognised",
        "excused", "expert:home", "expert:seat", "my:agreement", "my:milestone",
        "my:service",
        "my:services", "unit:agreement", "unit:answer", "unit:evaluations", "unit:milestone",



    }
)  # fmt: skip


def routes(patterns: list | None = None, space: str = "") -> Iterator[str]:
    """The full names of all routes but the back office's, which is Django's own."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != "admin":
                yield from routes(
                    entry.url_patterns, f"{space}{entry.namespace}:" if entry.namespace else space
                )
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}"
