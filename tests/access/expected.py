"""Who is let in where: one entry per URL pattern, by its name. A pattern without an entry fails the matrix.

Read it as the register of rights it is: change an entry only together with the reason for the change.
"""

from django.apps import apps

from talent.core.models import Appointment
from tests.access.matrix import Done, Rule

EVERYBODY = (
    "superuser", "expired", "applicant", "other_applicant", "hr", "other_hr", "recommender", "other_recommender",
    "intake", "deputy", "checker", "other_checker", "head", "other_head", "decider", "auditor", "supervisor",
    "registrar", "other_registrar", "system_admin", "security_admin", "audit_admin",
)  # fmt: skip
OUTSIDE = (
    "superuser",
    "expired",
    "applicant",
    "other_applicant",
    "hr",
    "other_hr",
    "recommender",
    "other_recommender",
)
# Posts that open the desk; whether a case is found there is another question.
OFFICERS = tuple(who for who in EVERYBODY if who not in OUTSIDE)
# Offices that take part in every case of the city, and the two bureaus that lead in one county each.
CITYWIDE = ("intake", "deputy", "decider", "auditor", "supervisor")
LEADING = ("checker@a", "head@a", "other_checker@b", "other_head@b")
APPLICANTS = ("applicant@a", "other_applicant@b")
EMPLOYERS = ("hr@a", "other_hr@b")
RECOMMENDERS = ("recommender@a", "other_recommender@b")
INSIDE = (*CITYWIDE, *LEADING)
INTAKES = ("intake", "deputy")


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


REASON = {"reason": "测试所需的原因"}

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
    "second_factor_check": page(get=302, post=302),
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
    "desk:audit": Rule(get=let("auditor", "audit_admin")),
    "desk:matrix": Rule(get=let(*OFFICERS)),
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
