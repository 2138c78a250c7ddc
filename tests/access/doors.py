"""The people at the doors by what they may, and how one entry of the register of rights is written."""

from tests.access.matrix import Done, Rule

EVERYBODY = (
    "superuser", "expired", "applicant", "other_applicant", "hr", "other_hr", "recommender", "other_recommender",
    "intake", "deputy", "checker", "other_checker", "head", "other_head", "decider", "auditor", "supervisor",
    "registrar", "other_registrar", "finance", "other_finance", "system_admin", "security_admin", "audit_admin",
    "panel_secretary", "other_panel_secretary", "meeting_secretary", "expert", "other_expert",
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
    "expert",
    "other_expert",
)
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
# Money: who oversees or pays, who handles an award, and who of them is a party of a county's case.
HEADS, CHECKERS, PAYERS = ("head", "other_head"), ("checker", "other_checker"), ("finance", "other_finance")
OVERSEERS = ("decider", "auditor", "supervisor")
PAYING = ("finance@a", "other_finance@b")
FUNDS = (*PAYERS, *HEADS, *OVERSEERS)
READERS = (*FUNDS, *INTAKES, *CHECKERS)
# Secretaries have nothing to do with money, whatever cases they see.
OF_THE_CASE = (*(who for who in INSIDE if "secretary" not in who), *PAYING)
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
