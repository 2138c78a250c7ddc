"""Who is let in where: one entry per URL pattern, by its name. A pattern without an entry fails the matrix.

Read it as the register of rights it is: change an entry only together with the reason for the change.
"""

from django.apps import apps

from talent.core.models import Appointment
from tests import factories
from tests.access import expected_homes, expected_money
from tests.access.matrix import Done, Rule

EVERYBODY = (
    "superuser", "expired", "applicant", "other_applicant", "hr", "other_hr", "recommender", "other_recommender",
    "intake", "deputy", "checker", "other_checker", "head", "other_head", "decider", "auditor", "supervisor",
    "registrar", "other_registrar", "finance", "other_finance", "system_admin", "security_admin", "audit_admin",
    "panel_secretary", "other_panel_secretary", "meeting_secretary", "expert", "other_expert",
)  # fmt: skip
OUTSIDE = (
    "superuser", "expired", "applicant", "other_applicant", "hr", "other_hr", "recommender", "other_recommender",
    "expert", "other_expert",
)  # fmt: skip
# Posts that open the desk; whether a case is found there is another question.
OFFICERS = tuple(who for who in EVERYBODY if who not in OUTSIDE)
# Offices that take part in every case of the city, and the two bureaus that lead in one county each.
CITYWIDE = ("intake", "deputy", "decider", "auditor", "supervisor", "meeting_secretary")
PANELS = ("panel_secretary@a", "other_panel_secretary@b")
LEADING = ("checker@a", "head@a", "other_checker@b", "other_head@b", *PANELS)
# Who finds a meeting: its secretary, whoever decides on what it advises, and the delegate of the county's bureau.
IN_THE_ROOM = ("meeting_secretary", "decider", "checker@a", "other_checker@b")
APPLICANTS = ("applicant@a", "other_applicant@b")
EMPLOYERS = ("hr@a", "other_hr@b")
RECOMMENDERS = ("recommender@a", "other_recommender@b")
INSIDE = (*CITYWIDE, *LEADING)
INTAKES = ("intake", "deputy")
CHECKERS, HEADS, PAYERS = ("checker", "other_checker"), ("head", "other_head"), ("finance", "other_finance")
# The board: who leads, and who keeps chains and leads. A county's recommender reads the leads meant for the county.
LEADERS, KEEPERS = ("decider", "supervisor"), (*INTAKES, *CHECKERS, *HEADS)
OF_COUNTY = ("recommender", "other_recommender")


def let(*who: str, answer=200) -> dict:
    return dict.fromkeys(who, answer)


def page(get=200, post=None, **kwargs) -> Rule:
    """A page for anybody who is signed in, or with `public` for the whole world."""
    return Rule(get=get, post=post, **kwargs)


def own(stage: str, get=200, post=None, **kwargs) -> Rule:
    """Of the applicant of the case alone; to all others the case does not exist."""
    return Rule(
        get=None if get is None else let(*APPLICANTS, answer=get),
        post=None if post is None else let(*APPLICANTS, answer=post),
        rest=404, own=stage, sided=True, args=kwargs.pop("args", None) or number_of(stage), **kwargs,
    )  # fmt: skip


def number_of(stage: str, *more):
    """Arguments of a URL: the number of the county's case at a stage, and what follows it."""
    return lambda world, side: (side.cases[stage].number, *more)


def desk(stage: str, get=None, post=None, **kwargs) -> Rule:
    """Of a case, for officers: no post 403, not a party 404; `post` says who acts and what the others hear."""
    outside = let(*OUTSIDE, answer=403)
    return Rule(
        get=None if get is None else outside | get,
        post=None if post is None else outside | post,
        rest=404, own=stage, sided=True, args=kwargs.pop("args", None) or number_of(stage), **kwargs,
    )  # fmt: skip


def acting(*who: str, answer=302, refused=302) -> dict:
    """Officers of the case who act, while the others are sent back with a sentence and nothing is done."""
    return let(*INSIDE, answer=refused) | let(*who, answer=Done(answer))


def thing(name: str, attribute: str = "pk"):
    return lambda world, side: (getattr(side.things[name], attribute),)


def lead_of(side) -> dict:
    """The filled form of a lead of the county."""
    lead = side.things["lead"]
    return {
        "chain": lead.chain_id, "name": lead.name, "kind": "person", "organisation": lead.organisation,
        "field": lead.field, "region": lead.region_id, "id_kind": lead.id_kind, "engagement": "full_time",
        "source": lead.source,
    }  # fmt: skip


REASON = {"reason": "测试所需的原因"}


def office_of_panel(stage: str, get=None, post=None, **kwargs) -> Rule:
    """Of the panel's office: no such post 403, another bureau's case 404."""
    closed = let(*(who for who in EVERYBODY if not who.endswith("panel_secretary")), answer=403)
    return Rule(
        get=None if get is None else closed | let(*PANELS, answer=get),
        post=None if post is None else closed | let(*PANELS, answer=post),
        rest=404, own=stage, sided=True, args=kwargs.pop("args", None) or number_of(stage), **kwargs,
    )  # fmt: skip


def in_meeting(get=None, post=None, *, refused=403, key: bool = False, **kwargs) -> Rule:
    """Of a meeting: no post 403, not in the room 404; `post` is the secretary's answer, `refused` the others'."""
    outside = let(*OUTSIDE, answer=403)
    return Rule(
        get=None if get is None else outside | let(*IN_THE_ROOM, answer=get),
        post=None
        if post is None
        else outside | let(*IN_THE_ROOM, answer=refused) | let("meeting_secretary", answer=post),
        rest=404, own="meeting", sided=True,
        args=lambda world, side: (side.things["meeting"].number, *([side.things["item"].row_key] if key else [])),
        **kwargs,
    )  # fmt: skip


def seat_of(name: str):
    """Arguments of a URL of the panel's office: the case and one of its seats."""
    return lambda world, side: (side.cases["panel"].number, side.things[name].row_key)


EXPECTED: dict[str, Rule] = {
    # --- public ---------------------------------------------------------------------------------
    "home": page(post=None, public=True),
    "hall": page(public=True),
    "guide": page(public=True, args=lambda world, side: ("green-channel",)),
    "eligibility": page(post=200, public=True, args=lambda world, side: ("housing",)),
    "chart": page(public=True, args=lambda world, side: ("green-channel",)),
    "publicity_list": page(public=True),
    "publicity_page": page(
        post=Done(200), public=True, sided=True, args=thing("publicity", "key"),
        body=lambda world, side: {"content": "项目名称与既有项目相同，请核实。", "anonymous": "on"},
    ),
    "check": page(public=True),
    "check_letter": page(public=True, sided=True, args=thing("letter", "check_code")),
    "query": page(
        post=200, public=True, sided=True,
        body=lambda world, side: {"number": side.cases["review"].number, "code": side.cases["review"].query_code},
    ),
    "source": page(public=True),
    "preferences": page(get=None, post=302, public=True),
    "join": page(post=200, public=True, sided=True, args=lambda world, side: (side.things["token"],)),
    "open_account": page(post=200, public=True),
    # --- everybody with an account ----------------------------------------------------------------
    "home_after_login": page(get=302, post=302),
    "login": page(post=200, public=True),
    "logout": Rule(get=None, post=let(*EVERYBODY, answer=Done(302)), rest=302, public=True),
    "password_change": page(post=200),
    "password_change_done": page(),
    "second_factor": page(post=200),
    # Asked of whoever has a device; the others are led on.
    "second_factor_check": Rule(
        get=let(*EVERYBODY, answer=302) | {"checker": 200}, post=let(*EVERYBODY, answer=302) | {"checker": 200}
    ),
    # --- files: whoever may see the case ------------------------------------------------------------
    "material_file": Rule(
        get=let(*APPLICANTS, *EMPLOYERS, *RECOMMENDERS, *INSIDE), rest=404, sided=True, args=number_of("review", "G01")
    ),
    "material_page": Rule(
        get=let(*APPLICANTS, *EMPLOYERS, *RECOMMENDERS, *INSIDE), rest=404, sided=True,
        args=number_of("review", "G01", 1),
    ),
    # The applicant's first look at a letter is its receipt (送达回证).
    "letter_file": Rule(
        get=let(*EMPLOYERS, *RECOMMENDERS, *INSIDE) | let(*APPLICANTS, answer=Done(200)), rest=404, sided=True,
        args=lambda world, side: (side.cases["review"].number, side.things["letter"].check_code),
    ),
    # --- the applicant ------------------------------------------------------------------------------
    "my:home": page(),
    # The 直通车 is begun by its recommender alone; that an applicant begins one is walked in test_second_process.
    "my:begin": page(get=404, post=404, args=lambda world, side: ("green-channel",)),
    "my:messages": page(post=404),
    "my:account": page(post=200),
    "my:reveal_own": Rule(get=None, post=let("applicant", "other_applicant", answer=Done(200)), rest=404),
    "my:case": own("review"),
    "my:urge": own("review", get=None, post=Done(302), body=lambda world, side: {"note": "请尽快办理。"}),
    "my:withdraw": own("review", get=None, post=Done(302)),
    "my:dossier": own("draft"),
    "my:part": own("draft", post=200, args=number_of("draft", "person")),
    "my:materials": own("draft", post=200, body=lambda world, side: {"code": "G01"}),
    "my:consent": own("draft", get=None, post=Done(302), body=lambda world, side: {"agree": "no"}),
    "my:review": own("draft", post=200),
    "my:done": own("review"),
    "my:fix": own("supplement", post=200),
    "my:promise": own("promise", post=Done(302), body=lambda world, side: {"answer": "accept"}),
    "my:fulfil": own("review", get=None, post=302),
    "my:change": own("lapsed", post=200, args=lambda world, side: (side.cases["lapsed"].number, side.things["award"].number)),
    "my:object": own(
        "lapsed", get=None, post=302, body=lambda world, side: REASON,
        args=lambda world, side: (side.cases["lapsed"].number, side.things["recovery"].number),
    ),
    # --- employers and recommenders -------------------------------------------------------------------
    "unit:home": Rule(get=let("hr", "other_hr", "recommender", "other_recommender")),
    "unit:begin": Rule(
        args=lambda world, side: ("green-channel",),
        get=let("hr", "other_hr", "recommender", "other_recommender"),
        post=let("hr", "other_hr", "recommender", "other_recommender"),
    ),
    "unit:register": page(post=200),
    "unit:members": Rule(
        get=let("hr", "other_hr"),
        post=let("hr", "other_hr", answer=404) | let(*EMPLOYERS, answer=Done(302)), sided=True,
        body=lambda world, side: {"dismiss": side.things["colleague"].pk, **REASON},
    ),
    "unit:revoke_invitation": Rule(
        get=None, post=let("hr", "other_hr", answer=404) | let(*EMPLOYERS, answer=Done(302)), sided=True,
        args=thing("invitation"),
    ),
    "unit:case": Rule(
        get=let("hr", "other_hr", "recommender", "other_recommender", answer=404) | let(*EMPLOYERS, *RECOMMENDERS),
        sided=True, args=number_of("review"),
    ),
    # The 直通车 asks no employer: its own HR is told so. Who answers in a case of housing is in tests/test_housing.py.
    "unit:answer": Rule(
        get=None, post=let("hr", "other_hr", answer=404) | let(*EMPLOYERS, answer=302), sided=True,
        args=number_of("review"), body=lambda world, side: {"confirmed": "yes", "note": ""},
    ),
    "unit:revise": Rule(
        get=let("hr", "other_hr", "recommender", "other_recommender", answer=404) | let(*RECOMMENDERS),
        post=let("hr", "other_hr", "recommender", "other_recommender", answer=404) | let(*RECOMMENDERS),
        sided=True, args=number_of("returned"),
    ),
    # --- experts ----------------------------------------------------------------------------------------
    "expert:home": Rule(get=let("expert", "other_expert")),
    "expert:seat": Rule(
        get=let("expert", "other_expert", answer=404) | let("expert@a", "other_expert@b"),
        post=let("expert", "other_expert", answer=404) | let("expert@a", "other_expert@b"),
        sided=True, args=thing("seat", "row_key"),
    ),
    "expert:answer": Rule(
        get=None, post=let("expert", "other_expert", answer=404) | let("expert@a", "other_expert@b", answer=Done(302)),
        sided=True, args=thing("seat", "row_key"), body=lambda world, side: REASON | {"answer": "recuse"},
    ),
    # --- the panel's office -----------------------------------------------------------------------------
    "desk:experts": Rule(
        get=let("panel_secretary", "other_panel_secretary"), post=let("panel_secretary", "other_panel_secretary")
    ),
    "desk:expert": Rule(
        get=let("panel_secretary", "other_panel_secretary"),
        post=let("panel_secretary", "other_panel_secretary", answer=Done(302)),
        args=lambda world, side: (side.things["expert"].row_key,),
        body=lambda world, side: {"kind": "relation", "person": "某人"},
    ),
    "desk:panels": Rule(get=let("panel_secretary", "other_panel_secretary")),
    "desk:panel": office_of_panel("panel", get=200),
    "desk:form_panel": office_of_panel("panel", post=302),
    "desk:invite_experts": office_of_panel(
        "panel", post=Done(302), body=lambda world, side: {"expert": side.things["paper"][1].pk}
    ),
    "desk:answer_seat": office_of_panel(
        "panel", post=Done(302), args=seat_of("seat"), body=lambda world, side: REASON | {"answer": "recuse"}
    ),
    "desk:panel_sheet": office_of_panel("panel", get=200, post=200, args=seat_of("paper_seat")),
    # --- the meeting ------------------------------------------------------------------------------------
    "desk:meetings": Rule(
        get=let(*OFFICERS), post=let(*OFFICERS, answer=403) | {"meeting_secretary": 200}
    ),
    "desk:meeting": in_meeting(get=200),
    "desk:meeting_agenda": in_meeting(post=302),
    "desk:meeting_attendance": in_meeting(
        post=Done(302), body=lambda world, side: {"organisation": "rsj", "present": "on"}
    ),
    "desk:meeting_close": in_meeting(post=Done(302), body=lambda world, side: REASON | {"cancel": "1"}),
    "desk:meeting_item": in_meeting(post=Done(302), key=True, body=lambda world, side: REASON | {"act": "postpone"}),
    # Nothing is being voted on: whoever is in the room is told so.
    "desk:meeting_vote": in_meeting(post=302, refused=302, key=True, body=lambda world, side: {"choice": "agree"}),
    "desk:meeting_pack": in_meeting(get=200),
    "desk:meeting_minutes": in_meeting(get=404),
    # --- the desk: lists ------------------------------------------------------------------------------
    "desk:home": Rule(get=let(*OFFICERS)),
    "desk:cases": Rule(get=let(*OFFICERS)),
    "desk:find_person": Rule(get=None, post=let(*OFFICERS)),
    "desk:batch_claim": Rule(
        get=None, post=let(*OFFICERS) | let("checker@a", "other_checker@b", answer=Done(200)), sided=True,
        body=lambda world, side: {"step": side.cases["review"].open_steps.get().pk},
    ),
    "desk:publicity": Rule(get=let(*INTAKES)),
    "desk:settle": Rule(
        get=None, post=let(*INTAKES, answer=Done(302)), sided=True, args=thing("objection", "number"),
        body=lambda world, side: {"upheld": "no", "finding": "经核查异议不成立。"},
    ),
    "desk:organisations": Rule(
        get=let("head", "other_head", "registrar", "other_registrar"),
        post=let("head", "other_head", "registrar", "other_registrar", answer=302)
        | let("registrar@a", "other_registrar@b", answer=Done(302)),
        sided=True, body=lambda world, side: {"code": side.things["pending"].code, "verdict": "confirm", **REASON},
    ),
    "desk:credit": Rule(
        get=let("head", "other_head"),
        post=let("head", "other_head", answer=404) | let("head@a", "other_head@b", answer=Done(302)),
        sided=True, body=lambda world, side: {"mark": side.things["mark"].pk, **REASON},
    ),
    "desk:supervise": Rule(get=let("head", "other_head", "decider", "supervisor")),
    "desk:deputies": Rule(
        get=let(*OFFICERS), post=let(*OFFICERS, answer=404) | let("intake", answer=Done(302)),
        body=lambda world, side: {"revoke": world.deputyship.pk},
    ),
    "desk:appointments": Rule(
        get=let("security_admin"), post=let("security_admin", answer=Done(302)),
        body=lambda world, side: {
            "dismiss": Appointment.objects.filter(user=world.people["supervisor"]).get().pk, **REASON,
        },
    ),
    "desk:second_factors": Rule(
        get=let("security_admin"), post=let("security_admin", answer=Done(302)),
        body=lambda world, side: REASON | {"user": world.people["checker"].pk},
    ),
    "desk:counties": Rule(get=let(*OFFICERS)),
    "desk:counties_export": Rule(get=None, post=let(*PAYERS, *INTAKES, *CHECKERS, "auditor", "audit_admin", answer=Done(200))),
    # Only 人才安居 has a form; who opens it there is in tests/housing/test_levels.py.
    "desk:sheet": desk("review", get=let(*INSIDE, answer=404)),
    # The 直通车 knows no county that begins and a city that ends: whoever is inside is told so.
    "desk:take_over": desk("review", post=let(*INSIDE, answer=302), body=lambda world, side: REASON),
    "desk:audit": Rule(get=let("auditor", "audit_admin")),
    "desk:matrix": Rule(get=let(*OFFICERS)),
    # --- the leaders' board --------------------------------------------------------------------------------
    "lead:home": Rule(get=let(*LEADERS)),
    "lead:list": Rule(get=let(*LEADERS), args=lambda world, side: ("running",)),
    "lead:table": Rule(get=let(*LEADERS, answer=Done(200)), args=lambda world, side: ("targets",)),
    "lead:report": Rule(get=let(*LEADERS, answer=Done(200)), args=lambda world, side: ("2026-03",)),
    "lead:red": Rule(get=let(*LEADERS)),
    "lead:supervise": Rule(
        get=None, post=let(*LEADERS, answer=Done(302)), sided=True, args=number_of("review"),
        body=lambda world, side: {"note": "请说明超期原因。"},
    ),
    "lead:chains": Rule(get=let(*LEADERS, *KEEPERS)),
    "lead:chain": Rule(
        get=let(*LEADERS, *KEEPERS), post=let(*KEEPERS, answer=Done(302)), args=lambda world, side: ("L01",),
        body=lambda world, side: {"kind": "team", "name": "示例团队", "source": "示例合同"},
    ),
    "lead:end": Rule(
        get=None, post=let(*KEEPERS, answer=Done(302)), sided=True, body=lambda world, side: REASON,
        args=lambda world, side: (side.things["element"].chain.code, side.things["element"].pk),
    ),
    "lead:atlas": Rule(get=let(*LEADERS, *KEEPERS, *OF_COUNTY)),
    "lead:add": Rule(
        get=let(*KEEPERS), post=let(*KEEPERS, answer=Done(302)), sided=True,
        body=lambda world, side: lead_of(side) | {"name": "新线索"},
    ),
    "lead:import": Rule(get=let(*KEEPERS), post=let(*KEEPERS)),
    "lead:template": Rule(get=let(*KEEPERS)),
    "lead:one": Rule(
        get=let(*OF_COUNTY, answer=404) | let(*LEADERS, *KEEPERS, *RECOMMENDERS), sided=True,
        args=thing("lead", "row_key"),
    ),
    "lead:change": Rule(
        get=let(*KEEPERS), post=let(*KEEPERS, answer=Done(302)), sided=True, args=thing("lead", "row_key"),
        body=lambda world, side: lead_of(side),
    ),
    "lead:achievement": Rule(
        get=None, post=let(*KEEPERS, answer=Done(302)), sided=True, args=thing("lead", "row_key"),
        body=lambda world, side: {"kind": "patent", "title": "示例发明专利"},
    ),
    "lead:contact": Rule(
        get=None, post=let(*KEEPERS, answer=Done(302)), sided=True, args=thing("lead", "row_key"),
        body=lambda world, side: {"on": "2026-03-02", "channel": "电话", "content": "介绍了政策。"},
    ),
    "lead:drop": Rule(
        get=None, post=let(*KEEPERS, answer=Done(302)), sided=True, args=thing("lead", "row_key"),
        body=lambda world, side: REASON,
    ),
    # A head keeps the atlas but opens no number.
    "lead:reveal": Rule(
        get=None, post=let(*INTAKES, *CHECKERS, answer=Done(200)), sided=True, body=lambda world, side: REASON,
        args=lambda world, side: (side.things["lead"].row_key, "mobile"),
    ),
    # --- the desk: one case -----------------------------------------------------------------------------
    "desk:case": desk("review", get=let(*INSIDE)),
    "desk:take_back": desk("review", post=acting("intake"), body=lambda world, side: REASON),
    "desk:stop": desk(
        "review", post=acting("intake", "deputy", "head@a", "other_head@b"),
        body=lambda world, side: REASON | {"clause": "济政发〔2025〕8号第7项"},
    ),
    "desk:extend": desk(
        "review", post=acting("intake", "deputy", "checker@a", "other_checker@b"),
        body=lambda world, side: REASON | {"days": 3},
    ),
    # Asked by the lead bureau's checker; its head and the decider approve.
    "desk:settle_extension": desk(
        "decide", post=acting("decider", "head@a", "other_head@b"), body=lambda world, side: {"verdict": "approve"},
        args=lambda world, side: (side.cases["decide"].number, side.things["extension"].pk),
    ),
    # No newer edition is in force in the world.
    "desk:edition": desk(
        "review", get=let(*INSIDE, answer=403) | let(*INTAKES, answer=404),
        post=let(*INSIDE, answer=403) | let(*INTAKES, answer=404),
    ),
    "desk:supervise_case": desk(
        "review", post=acting("decider", "supervisor", "head@a", "other_head@b"), body=lambda world, side: REASON
    ),
    # An urge is answered by those who work on the case; whoever only audits answers for nobody. No lead bureau yet.
    "desk:reply": desk(
        "intake", post=let(*CITYWIDE, answer=Done(302)) | {"auditor": 302},
        args=lambda world, side: (side.cases["intake"].number, side.things["urge"].pk), body=lambda world, side: REASON,
    ),
    "desk:message": desk(
        "review", post=acting(*(who for who in INSIDE if who != "auditor")), body=lambda world, side: {"body": "请留意电话。"}
    ),
    "desk:note": desk(
        "review", post=acting(*(who for who in INSIDE if who != "auditor")), body=lambda world, side: {"text": "内部留言。"}
    ),
    "desk:reveal": desk(
        "review", post=acting("intake", "deputy", "checker@a", "other_checker@b", answer=200),
        body=lambda world, side: REASON | {"field": "id_number"},
    ),
    # Only the lead asks more bureaus; only the bureau's own officer edits its opinion.
    "desk:check_more": desk(
        "checks", get=let(*INSIDE, answer=403) | let("checker@a", "other_checker@b"),
        post=let(*INSIDE, answer=403) | let("checker@a", "other_checker@b", answer=Done(302)),
        body=lambda world, side: {"check_identity": side.bureau.pk, "check_reason": "会商需要"},
    ),
    "desk:check_withdraw": desk(
        "checks", get=let(*INSIDE, answer=403) | let("checker@a", "other_checker@b"),
        post=let(*INSIDE, answer=403) | let("checker@a", "other_checker@b", answer=Done(302)),
        args=number_of("checks", 2), body=lambda world, side: REASON,
    ),
    "desk:check_revise": desk(
        "checks", get=let("checker@a", "other_checker@b"), post=let("checker@a", "other_checker@b", answer=Done(302)),
        args=number_of("checks", 1),
        body=lambda world, side: {"outcome": "clear", "opinion": "补充核实，无争议。", "version": 1},
    ),
    # Whoever sees the case and may not take the step is led back from the page, and refused when he posts.
    "desk:decide": desk(
        "decide", get=let(*INSIDE, answer=302) | {"decider": 200}, post=acting("decider", refused=403),
        args=number_of("decide", "decide"), body=lambda world, side: {"outcome": "approve"},
    ),
    "desk:claim": desk(
        "review", post=acting("checker@a", "other_checker@b"), args=number_of("review", "form_review")
    ),
    "desk:put_back": desk(
        "intake", post=let(*CITYWIDE, answer=302) | {"intake": Done(302)}, args=number_of("intake", "intake"),
        body=lambda world, side: REASON,
    ),
    "desk:transfer": desk(
        "intake", post=let(*CITYWIDE, answer=302) | {"intake": Done(302)}, args=number_of("intake", "intake"),
        body=lambda world, side: REASON | {"to": world.people["intake2"].pk},
    ),
}  # fmt: skip
EXPECTED |= expected_money.EXPECTED

# --- 校聘企用 -----------------------------------------------------------------------------------------
HRS = ("hr", "other_hr")
# Of the lead bureau only who checks or heads it has to do with needs.
PUBLISHING = ("checker@a", "head@a", "other_checker@b", "other_head@b")


def placement(*act: str):
    """Arguments of a URL: the county's placement, and what follows it."""
    return lambda world, side: (side.things["placement"].number, *act)


def ours(post=None, **kwargs) -> Rule:
    """A page about something of one firm: for its HR, unknown to another's, closed to all without the post."""
    return Rule(
        get=let(*HRS, answer=404) | let(*EMPLOYERS),
        post=None if post is None else let(*HRS, answer=404) | let(*EMPLOYERS, answer=post),
        sided=True, **kwargs,
    )  # fmt: skip


def longer(world, side) -> dict:
    return {"months": 3, "reason": "试验未完成"}


EXPECTED |= {
    "needs": page(public=True),
    "need": page(public=True, sided=True, args=thing("need", "number")),
    "calendar_feed": page(public=True, sided=True, args=lambda world, side: (side.things["feed"],)),
    "my:placements": page(post=200),
    "my:placement_offer": Rule(
        get=None, post=let(*APPLICANTS, answer=Done(302)), rest=404, sided=True, args=thing("offer"),
        body=lambda world, side: {"answer": "yes"},
    ),
    "my:placement_apply": page(post=200, sided=True, args=thing("need", "number")),
    "my:placement": Rule(get=let(*APPLICANTS), rest=404, sided=True, args=placement()),
    "my:placement_act": Rule(
        get=let(*APPLICANTS), post=let(*APPLICANTS, answer=Done(302)), rest=404, sided=True, args=placement("extend"), body=longer,
    ),
    "my:placement_relations": page(post=200),
    "unit:placements": Rule(get=let(*HRS)),
    "unit:placement_days": Rule(get=let(*HRS), post=let(*HRS, answer=302)),
    "unit:placement_reports": Rule(get=let(*HRS), post=let(*HRS, answer=302)),
    "unit:placement_sheet": Rule(get=let(*HRS)),
    "unit:placement_import": Rule(get=let(*HRS), post=let(*HRS)),
    "unit:placement_feed": Rule(get=let(*HRS), post=let(*HRS, answer=Done(200))),
    "unit:placement_supply": Rule(get=let(*HRS), post=let(*HRS)),
    "unit:placement_needs": Rule(get=let(*HRS)),
    "unit:placement_need_new": Rule(get=let(*HRS), post=let(*HRS)),
    "unit:placement_need": ours(
        Done(302), args=thing("need", "number"), body=lambda world, side: {"end": "1", "reason": "已有人选"}
    ),
    "unit:placement": ours(args=placement()),
    "unit:placement_act": ours(Done(302), args=placement("extend"), body=longer),
    "desk:placements": Rule(get=let(*OFFICERS)),
    # The lead bureau publishes; its head reads.
    "desk:placement_need": Rule(
        get=let(*OUTSIDE, answer=403) | let(*PUBLISHING),
        post=let(*OUTSIDE, answer=403) | let(*PUBLISHING, answer=403) | let("checker@a", "other_checker@b", answer=Done(302)),
        rest=404, sided=True, args=thing("need_checked", "number"), body=lambda world, side: {"publish": "1"},
    ),
    # Who checks at a bureau that publishes needs keeps the register; heads and all others do not.
    "desk:placement_relations": Rule(
        get=let("checker", "other_checker"), post=let("checker", "other_checker", answer=200), rest=403,
    ),
    # A checked claim is approved by the head of the lead bureau, and by nobody who only reads the case.
    "desk:placement_claim": Rule(
        get=let(*OUTSIDE, answer=403) | let(*INSIDE),
        post=let(*OUTSIDE, answer=403) | let(*INSIDE, answer=403) | let("head@a", "other_head@b", answer=Done(302)),
        rest=404, sided=True, args=placement("firm_pay", 1), body=lambda world, side: {"decide": "1", "decide-granted": "yes"},
    ),
    # The proof of a claim: its claimant and the bureau that checks and approves it; every look is on record.
    "claim_evidence": Rule(
        get=let(*EMPLOYERS, *PUBLISHING, answer=Done(200)), rest=404, sided=True, args=placement("firm_pay", 1),
    ),
    "rating_evidence": Rule(
        get=let(*APPLICANTS, *EMPLOYERS, *INSIDE), rest=404, sided=True, args=placement(1),
    ),
    "signed_agreement": Rule(
        get=let(*APPLICANTS, *EMPLOYERS), rest=404, sided=True, args=placement(1, "firm"),
    ),
    # A visit is noted by those who work on the case.
    "desk:placement": Rule(
        get=let(*OUTSIDE, answer=403) | let(*INSIDE),
        post=let(*OUTSIDE, answer=403) | let(*INSIDE, answer=403) | let("supervisor", *LEADING, answer=Done(302)),
        rest=404, sided=True, args=placement(),
        body=lambda world, side: {"visit": "1", "visit-day": "2026-03-02", "visit-text": "现场走访"},
    ),
}  # fmt: skip

# --- after the recognition --------------------------------------------------------------------------------
# The lead bureau of each county, which also owns the services asked for there.
_CHECKERS, _HEADS = ("checker@a", "other_checker@b"), ("head@a", "other_head@b")
_DECLINE = {"act": "decline", "reason": "条款需再商量。"}


def claiming(world, side) -> dict:
    return {"act": "claim", "note": "已建成。", "evidence": factories.pdf()}


def ours(post, given: dict | None = None, **kwargs) -> Rule:
    """Of the employer's HR alone: a recommender has no part in what follows."""
    foreign = let("hr", "other_hr", answer=404)
    return Rule(
        get=foreign | let(*EMPLOYERS), post=foreign | let(*EMPLOYERS, answer=post), sided=True,
        **{"args": number_of("recognised"), "body": lambda world, side: given or {}, **kwargs},
    )  # fmt: skip


EXPECTED |= {
    "excused": page(public=True),
    "service_evidence": Rule(
        get=let(*APPLICANTS, *_CHECKERS, *_HEADS), rest=404, sided=True, own="recognised",
        args=lambda world, side: (side.cases["recognised"].number, side.things["served"].place),
    ),
    "signed_copy": Rule(
        get=let(*APPLICANTS, *EMPLOYERS, *INSIDE), rest=404, sided=True, own="recognised",
        args=number_of("recognised", 1, "employer"),
    ),
    "evaluation_report": Rule(
        get=let(*EMPLOYERS, *INSIDE), rest=404, sided=True, own="recognised", args=number_of("recognised", "yearly", 1)
    ),
    # --- teams: the members of the two counties are among no actors, so that nobody finds their places -----------
    "my:team": own("intake", post=200, body=lambda world, side: {"act": "join"}),
    "my:team_join": page(post=200, args=lambda world, side: ("no-such-token",)),
    "my:member": Rule(get=404, post=404, sided=True, args=thing("member", "row_key")),
    "my:member_part": Rule(
        get=404, post=404, sided=True, args=lambda world, side: (side.things["member"].row_key, "person")
    ),
    "member_file": Rule(
        get=let(*CITYWIDE) | let(*OUTSIDE, answer=404), rest=404, sided=True, own="intake",
        args=lambda world, side: (side.cases["intake"].number, side.things["member"].row_key, "G02"),
    ),
    "desk:team": desk(
        "intake", get=let(*CITYWIDE), post=let(*CITYWIDE, answer=403) | let(*INTAKES, answer=Done(302)),
        body=lambda world, side: {"change": side.things["team_change"].row_key, "act": "approve", "opinion": "同意增加。"},
    ),
    "desk:member": desk(
        "intake", get=let(*CITYWIDE), post=let(*CITYWIDE, answer=302) | let(*INTAKES, answer=Done(200)),
        args=lambda world, side: (side.cases["intake"].number, side.things["member"].row_key),
        body=lambda world, side: REASON,
    ),
    "my:agreement": own("recognised", post=Done(302), body=lambda world, side: _DECLINE),
    "my:services": own("recognised", post=Done(302), body=lambda world, side: {"service": "living/出行便利"}),
    "my:service": own(
        "recognised", post=Done(302), body=lambda world, side: {"act": "withdraw"},
        args=lambda world, side: (side.cases["recognised"].number, side.things["asked"].place),
    ),
    "my:withdraw_family": own("recognised", get=None, post=302),
    "unit:agreement": ours(Done(302), _DECLINE),
    "unit:evaluations": ours(Done(302), {"text": "项目进展顺利，资金使用合规。"}),
    "my:milestone": own("recognised", post=Done(302), args=number_of("recognised", 1), body=claiming),
    "unit:milestone": ours(Done(302), args=number_of("recognised", 1), body=claiming),
    "milestone_evidence": Rule(
        get=let(*APPLICANTS, *EMPLOYERS, *INSIDE), rest=404, sided=True, own="recognised", args=number_of("recognised", 2)
    ),
    "desk:milestone": desk(
        "recognised", get=let(*INSIDE), post=acting(*_CHECKERS, refused=403), args=number_of("recognised", 2),
        body=lambda world, side: {"act": "refuse", "opinion": "凭证不足。"},
    ),
    "desk:orders": Rule(get=let(*OFFICERS)),
    # The stewards have a page of their own; none of them is among the actors.
    "desk:people": Rule(get={}),
    "desk:recognised": Rule(get=let(*OFFICERS)),
    "desk:order": desk(
        "recognised", get=let(*_CHECKERS, *_HEADS), post=let(*_CHECKERS, answer=Done(302)) | let(*_HEADS, answer=403),
        args=lambda world, side: (side.cases["recognised"].number, side.things["asked"].place),
        body=lambda world, side: {"act": "claim"},
    ),
    "desk:case_services": desk(
        "recognised", get=let(*INSIDE), post=let(*INSIDE, answer=403),
        body=lambda world, side: {"service": "living/出行便利"},
    ),
    "desk:agreement": desk(
        "recognised", get=let(*INSIDE), post=acting(*_CHECKERS, *_HEADS, refused=403), body=lambda world, side: _DECLINE
    ),
    "desk:replan": desk(
        "recognised", get=let(*INSIDE, answer=403) | let(*_CHECKERS, answer=302),
        post=let(*INSIDE, answer=403) | let(*_CHECKERS, answer=302),
    ),
    "desk:agreement_draft": desk(
        "recognised", get=let(*INSIDE, answer=403) | let(*_CHECKERS), post=let(*INSIDE, answer=403) | let(*_CHECKERS)
    ),
    "desk:evaluations": desk(
        "recognised", get=let(*INSIDE), post=acting(*_CHECKERS, refused=403),
        body=lambda world, side: {"kind": "yearly", "year": 3},
    ),
    "desk:evaluation": desk(
        "recognised", get=let(*INSIDE), post=acting(*_CHECKERS, refused=403), args=number_of("recognised", "yearly", 1),
        body=lambda world, side: {"act": "propose", "result": "go_on", "opinion": "继续支持。"},
    ),
}  # fmt: skip

EXPECTED |= expected_homes.EXPECTED

# --- the back office ------------------------------------------------------------------------------------
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin", "auditor")
SYSTEM, POSTS = ("system_admin",), ("security_admin", "audit_admin", "auditor")
# model → (readers, writers); everybody else of the administrators is refused.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "region": (SYSTEM, SYSTEM),
    "industrychain": (SYSTEM, SYSTEM),
    "savedphrase": (SYSTEM, SYSTEM),
    "organisation": (SYSTEM, SYSTEM),
    "policyedition": (SYSTEM, ()),
    "talentlevel": (SYSTEM, ()),
    "holiday": (SYSTEM, ()),
    "holidayyear": (SYSTEM, ()),
    "auditentry": (("audit_admin", "auditor"), ()),
    "dailyseal": (("audit_admin", "auditor"), ()),
    "appointment": (POSTS, ()),
    "deputy": (POSTS, ()),
    "case": (("auditor",), ()),
    "caseevent": (("auditor",), ()),
    "letter": (("auditor",), ()),
    "user": (SYSTEM, SYSTEM),
}


def office(get: dict, post: dict, **kwargs) -> Rule:
    """A page of the back office: without one of its four posts one is sent to the sign-in."""
    closed = let(*ADMINISTRATORS, answer=403)
    return Rule(get=closed | get, post=closed | post, rest=302, **kwargs)


EXPECTED |= {
    "admin:index": office(let(*ADMINISTRATORS), let(*ADMINISTRATORS)),
    "admin:login": page(get=302, post=302, public=True),
    "admin:logout": office(let(*ADMINISTRATORS, answer=405), let(*ADMINISTRATORS, answer=Done(302))),
    "admin:password_change": office(let(*ADMINISTRATORS, answer=302), let(*ADMINISTRATORS, answer=302)),
    "admin:password_change_done": office(let(*ADMINISTRATORS), let(*ADMINISTRATORS, answer=405)),
    "admin:autocomplete": office({}, let(*ADMINISTRATORS, answer=405)),
    "admin:jsi18n": office(let(*ADMINISTRATORS), let(*ADMINISTRATORS, answer=405)),
    "admin:view_on_site": office(
        let(*ADMINISTRATORS, answer=404), let(*ADMINISTRATORS, answer=404), args=lambda world, side: (1, 1)
    ),
    "admin:app_list": office(let(*ADMINISTRATORS), let(*ADMINISTRATORS), args=lambda world, side: ("core",)),
    "admin:auth_user_password_change": office(
        let(*SYSTEM), let(*SYSTEM), args=lambda world, side: (world.people["checker"].pk,)
    ),
    "admin/(?P<url>.*)$": office(
        let(*ADMINISTRATORS, answer=404), let(*ADMINISTRATORS, answer=404),
        address=lambda world, side: "/admin/no-such-page/",
    ),
}  # fmt: skip


def row(model: str):
    """The key of a row of the table, which the world always has."""
    return apps.get_model("core", model)._base_manager.order_by("pk").values_list("pk", flat=True).first()


for table, (readers, writers) in TABLES.items():
    seen, written = let(*readers, *writers), let(*writers)
    # What `visible_to` does not show is as if it were not there: the back office leads back with a sentence.
    past = (let(*ADMINISTRATORS, answer=302) if table in ("case", "caseevent", "letter") else {}) | seen
    EXPECTED |= {
        f"admin:core_{table}_changelist": office(seen, seen),
        f"admin:core_{table}_add": office(written, written),
        f"admin:core_{table}_history": office(past, past, args=lambda world, side, table=table: (row(table),)),
        # Nothing is ever deleted, by nobody.
        f"admin:core_{table}_delete": office({}, {}, args=lambda world, side, table=table: (row(table),)),
        f"admin:core_{table}_change": office(seen, written, args=lambda world, side, table=table: (row(table),)),
        # An old address of the row: leads on to the page above, which asks the right.
        f"admin/core/{table}/<path:object_id>/": office(
            let(*ADMINISTRATORS, answer=302), let(*ADMINISTRATORS, answer=302),
            address=lambda world, side, table=table: f"/admin/core/{table}/{row(table)}/",
        ),
    }  # fmt: skip
