"""Every page there is: one entry per address of the URLconf, with who looks at it and with what.

`routes()` walks the URLconf; a route that is neither a page here nor named among the doors that have no page
fails `test_every_address_is_looked_at`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from talent.core.models import Letter
from workflows.base import Begins, Process
from workflows.demo.aftercare import SERVING
from workflows.processes import PROCESSES

from . import estate, paying, teams
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


def home(thing: str, field: str) -> Callable[[Town], list]:
    """One field of what the town has of 人才安居 beside its cases."""
    return lambda town: [getattr(town.homes[thing], field)]


def _check_code(town: Town) -> list:
    return [Letter.objects.filter(case_id=town.cases["recognised"].pk).order_by("-pk")[0].check_code]


def after(route: str, account: str, *rest, query: str = "") -> Leaf:
    """A page of the case that was recognised; `rest` follows its number in the address."""
    return Leaf(
        f"{route} {account} {' '.join(str(one) for one in rest if not callable(one))}".strip(), route,
        (lambda town: town.applicant("recognised")) if account == "talent" else _of_lead(account),
        lambda town: [town.number("recognised"), *(one(town) if callable(one) else one for one in rest)],
        query=query,
    )  # fmt: skip


def _of_lead(account: str) -> Callable[[Town], str]:
    """`account`, or the checker or head of the bureau that leads in the recognised case."""
    if account == "checker":
        return lambda town: town.stage.lead(town.cases["recognised"])
    if account == "head":
        return lambda town: town.stage.lead(town.cases["recognised"]) + "zhang"
    return someone(account)


def order_in(state: str) -> Callable[[Town], int]:
    return lambda town: town.after.order(state).place


def panel_office(town: Town) -> str:
    return "pingshen" if town.after.paneled.lead_organisation.code == "kjj" else "pingshen2"


def served_by(state: str) -> Callable[[Town], str]:
    """The account of the bureau that does that order."""
    return lambda town: SERVING[town.after.order(state).owner.code]


def money(route: str, account: str = "rccaiwu", query: str = "") -> Leaf:
    """A list of money, as the county's finance or its officers see it."""
    return Leaf(f"desk:funds:{route} {account}{query}", f"desk:funds:{route}", someone(account), query=query)


HOUSING_PARTS = ("person", "history", "work", "household", "home", "account")
HOUSING = (
    public("guide", "housing"),
    Leaf("eligibility asked", "eligibility", args=lambda _town: ["housing"], query="?kind=rent"),
    Leaf("begin housing applicant", "my:begin", someone("anju"), lambda _town: ["housing"]),
    my("dossier", "housing_draft_filled"),
    *(my("part", "housing_draft_filled", part) for part in HOUSING_PARTS),
    my("review", "housing_draft_filled"),
    my("case", "housing_supplementing"),
    my("case", "housing_granted"),
    Leaf("unit:case housing", "unit:case", someone("danwei"), number("housing_county_review")),
    Leaf("unit:answer", "unit:case", someone("danwei"), number("housing_employer")),
    Leaf("publicity_page housing", "publicity_page", args=lambda town: [town.publicity("housing_publicity").key]),
    *(decide(f"housing_{state}") for state in ("intake", "county_review", "checking", "verify", "endorse")),
    Leaf("desk:case housing granted", "desk:case", someone("rcshouli"), number("housing_granted")),
    Leaf("desk:case housing asked", "desk:case", someone("zhujian"), number("housing_checking")),
    money("due"),
    money("due", "rcshouli", "?state=rechecked"),
    money("batches"),
    Leaf("desk:funds:batch", "desk:funds:batch", someone("rccaiwu2"), lambda town: [estate.batch(town).number]),
    *(Leaf(f"desk:funds:{route}", f"desk:funds:{route}", someone("rcshouli"), args) for route, args in (
        ("change", lambda town: [estate.award(town).number, paying.change(town).place]),
        ("recheck", lambda town: [estate.award(town).number, paying.held(town).seq]),
        ("review", lambda town: [estate.award(town).number, paying.review(town).year]),
        ("assess", lambda town: [estate.award(town).number]),
    )),
    Leaf("my:change", "my:change", applicant("housing_granted"),
         lambda town: [town.number("housing_granted"), estate.award(town).number]),
    Leaf("unit:change", "unit:change", someone("danwei"), lambda town: [estate.award(town).number]),
    Leaf("unit:posts", "unit:posts", someone("danwei"), lambda town: [paying.asked(town).pk]),
    Leaf("desk:funds:award", "desk:funds:award", someone("rcshouli"), lambda town: [estate.award(town).number]),
    money("recoveries", "rcshouli"),
    Leaf("desk:funds:recovery", "desk:funds:recovery", someone("rcshouli"),
         lambda town: [estate.award(town).recoveries.get().number]),
    money("budget"),
    money("ageing"),
)  # fmt: skip

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
    my("team", teams.STATE),
    Leaf("my:team_join", "my:team_join", someone("chengyuan"), lambda town: [town.asked_in]),
    Leaf("my:member", "my:member", someone("chengyuan"), lambda town: [town.member.row_key]),
    Leaf("my:member invited", "my:member", someone("beiyao"), lambda town: [town.invited.row_key]),
    *(Leaf(f"my:member_part {part}", "my:member_part", someone("beiyao"), lambda town, part=part: [town.invited.row_key, part])
      for part in ("person", "history", "declaration")),
    Leaf("my:home member", "my:home", someone("beiyao")),
    Leaf("desk:team", "desk:team", someone("shouli"), number(teams.STATE)),
    Leaf("desk:member", "desk:member", someone("shouli"), lambda town: [town.number(teams.STATE), town.member.row_key]),
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
    Leaf("desk:exchanges", "desk:exchanges", someone("fangguan")),
    Leaf("desk:exchange", "desk:exchange", someone("fangguan"), home("exchange", "number")),
    *(Leaf(f"my:flats {who}", "my:flats", someone(who)) for who in ("rencai", "zuke", "xuanfang", "lunhou")),
    *(desk(route, "fangguan") for route in ("flats", "flat_list", "tenancies")),
    Leaf("desk:flat", "desk:flat", someone("fangguan"), home("flat", "row_key")),
    Leaf("desk:flat_entry", "desk:flat_entry", someone("fangguan"), home("asked", "number")),
    Leaf("desk:tenancy", "desk:tenancy", someone("fangguan"), home("housed", "number")),
    Leaf("unit:rosters", "unit:rosters", someone("danwei")),
    *(Leaf(f"unit:roster {state}", "unit:roster", someone("danwei"), home(f"{state}_roster", "number"))
      for state in ("checked", "done")),
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
    desk("counties", "shouli"),
    desk("funds:changes", "caizheng"),
    desk("funds:reviews", "caizheng"),
    Leaf("unit:subsidies", "unit:subsidies", someone("danwei")),
    desk("matrix", "shenji"),
    *(Leaf(f"desk:case {state}", "desk:case", someone("shouli"), number(state))
      for state in ("submitted_late", "supplementing", "promise_pending", "objected", "recognised")),
    Leaf("desk:edition", "desk:edition", someone("shouli"), number("form_review")),
    Leaf("desk:case head", "desk:case", someone("zuzhizhang"), number("submitted_late")),
    Leaf("desk:case lead", "desk:case", lead("conclude_checks"), number("conclude_checks")),
    Leaf("desk:case gathering", "desk:case", someone("shouli"), number("checking_voided")),
    Leaf("desk:case asked", "desk:case", someone("renshe"), number("checking_voided")),
    Leaf("desk:check_revise", "desk:check_revise", someone("renshe"), number("checking_voided", 1)),
    Leaf("desk:check_withdraw", "desk:check_withdraw", lead("checking"), number("checking", 1)),
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
    Leaf("desk:panels", "desk:panels", panel_office),
    Leaf("desk:panel", "desk:panel", panel_office, lambda town: [town.after.paneled.number]),
    Leaf("desk:panel_sheet", "desk:panel_sheet", panel_office,
         lambda town: [town.after.paneled.number, town.after.seat_to_copy().row_key]),
    Leaf("desk:decide panel", "desk:decide", panel_office, lambda town: [town.after.paneled.number, "panel"]),
    desk("experts", "pingshen"),
    Leaf("desk:expert", "desk:expert", someone("pingshen"), lambda town: [town.stage.sitting.pool[9].row_key]),
    Leaf("expert:home", "expert:home", someone("zhuanjia")),
    Leaf("expert:seat", "expert:seat", someone("zhuanjia"), lambda town: [town.after.own_seat.row_key]),
    desk("meetings", "huiyi"),
    Leaf("desk:meeting held", "desk:meeting", someone("huiyi"), lambda town: [town.after.held.number]),
    Leaf("desk:meeting voting", "desk:meeting", someone("huiyi"), lambda town: [town.after.running.number]),
    Leaf("desk:meeting delegate", "desk:meeting", someone("zuzhizhang"), lambda town: [town.after.running.number]),
    after("desk:agreement", "checker"),
    after("desk:agreement", "head"),
    after("desk:agreement_draft", "checker"),
    after("my:agreement", "talent"),
    after("unit:agreement", "danwei"),
    after("desk:milestone", "checker", 1),
    after("my:milestone", "talent", 2),
    after("unit:milestone", "danwei", 1),
    after("desk:case_services", "zhuanyuan"),
    after("my:services", "talent"),
    after("my:service", "talent", order_in("done")),
    after("my:service", "talent", lambda town: town.after.poor().place, query="#poor"),
    desk("orders", "zhuanyuan"),
    Leaf("desk:orders of a bureau", "desk:orders", served_by("claimed")),
    desk("people", "zhuanyuan"),
    Leaf("desk:order", "desk:order", served_by("claimed"),
         lambda town: [town.number("recognised"), town.after.order("claimed").place]),
    Leaf("desk:order follow-up", "desk:order", someone("zuzhizhang"),
         lambda town: [town.number("recognised"), town.after.poor().place]),
    after("desk:evaluations", "checker"),
    after("desk:evaluation", "checker", "yearly", 2),
    after("desk:evaluation", "head", "yearly", 1),
    after("unit:evaluations", "danwei"),
    desk("recognised", "shouli"),
    public("excused"),
    *HOUSING,
)  # fmt: skip

# A door that no process of the register opens has no page either.
UNUSED = {"unit:begin", "my:begin"} - {leaf.route for leaf in LEAVES}
# Files and drawings, answers to a POST, and redirects: no page of their own.
NO_PAGE = UNUSED | frozenset(
    {
        "calendar_feed", "change_evidence", "chart", "desk:answer_seat", "desk:batch_claim", "desk:claim",
        "desk:counties_export", "desk:exchange_file", "desk:extend", "desk:find_person", "desk:form_panel",
        "desk:funds:award_change", "desk:funds:bank_file", "desk:funds:bounce", "desk:funds:budget_change",
        "desk:funds:due_export", "desk:funds:instalment", "desk:funds:prepare", "desk:funds:preview",
        "desk:funds:recovery_act", "desk:funds:result", "desk:funds:send", "desk:funds:sign",
        "desk:funds:take_back", "desk:invite_experts", "desk:meeting_agenda", "desk:meeting_attendance",
        "desk:meeting_close", "desk:meeting_item", "desk:meeting_minutes", "desk:meeting_pack",
        "desk:meeting_vote", "desk:message", "desk:note", "desk:put_back", "desk:reply", "desk:reveal",
        "desk:settle", "desk:settle_extension", "desk:sheet", "desk:stop", "desk:supervise_case",
        "desk:take_back", "desk:take_over", "desk:transfer", "evaluation_report", "expert:answer",
        "home_after_login", "lead:achievement", "lead:contact", "lead:drop", "lead:end", "lead:report",
        "lead:reveal", "lead:supervise", "lead:table", "lead:template", "letter_file", "logout",
        "material_file", "material_page", "member_file", "milestone_evidence", "my:consent", "my:fulfil",
        "my:object", "my:reveal_own", "my:urge", "my:withdraw", "my:withdraw_family", "preferences",
        "second_factor_check", "service_evidence", "signed_copy", "unit:answer", "unit:placement_feed",
        "unit:placement_sheet", "unit:revoke_invitation", "unit:roster_links", "unit:roster_template",
        "my:placement_offer", "claim_evidence", "rating_evidence", "signed_agreement",
    }
)  # fmt: skip

# Pages that no browser has opened in a test yet; the matrix of rights asks for them, and scenarios walk most of them.
UNSEEN = frozenset({"desk:replan"})


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
