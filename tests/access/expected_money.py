"""Who is let in at the pages of money: the register `expected` goes on here."""

from typing import Any

from tests.access.matrix import Done, Rule

# Who oversees or pays, who handles an award, and who of them is a party of a county's case.
EMPLOYERS, INTAKES = ("hr@a", "other_hr@b"), ("intake", "deputy")
HEADS, CHECKERS, PAYERS = ("head", "other_head"), ("checker", "other_checker"), ("finance", "other_finance")
OVERSEERS = ("decider", "auditor", "supervisor")
PAYING = ("finance@a", "other_finance@b")
FUNDS = (*PAYERS, *HEADS, *OVERSEERS)
READERS = (*FUNDS, *INTAKES, *CHECKERS)
# Secretaries have nothing to do with money, whatever cases they see.
OF_THE_CASE = (
    *INTAKES, *OVERSEERS, *PAYING, "checker@a", "head@a", "other_checker@b", "other_head@b",
)  # fmt: skip
REASON = {"reason": "测试所需的原因"}
FAILING = {"verdict_holds": "no", "fact_holds": "已离开本市工作。", "source_holds": "用人单位"}


def let(*who: str, answer: Any = 200) -> dict[str, Any]:
    return dict.fromkeys(who, answer)


def thing(name: str, attribute: str = "pk"):
    return lambda world, side: (getattr(side.things[name], attribute),)


def change_of():
    return lambda world, side: (side.things["award"].number, side.things["change"].place)


EXPECTED: dict[str, Rule] = {
    # A county's finance bureau is a party of its own county's award; to it the other county's does not exist.
    "desk:funds:due": Rule(get=let(*READERS)),
    "desk:funds:due_export": Rule(
        get=None, post=let(*PAYERS, *INTAKES, *CHECKERS, "auditor", answer=Done(200))
    ),
    "desk:funds:preview": Rule(
        get=None,
        post=let(*PAYERS, answer=302) | let(*PAYING),
        sided=True,
        body=lambda world, side: {"instalment": side.things["payable"].pk},
    ),
    "desk:funds:prepare": Rule(
        get=None,
        post=let(*PAYERS, answer=302) | let(*PAYING, answer=Done(302)),
        sided=True,
        body=lambda world, side: {"instalment": side.things["payable"].pk},
    ),
    "desk:funds:batches": Rule(get=let(*FUNDS)),
    "desk:funds:batch": Rule(
        get=let(*PAYERS, *HEADS, answer=404) | let(*PAYING, *OVERSEERS),
        sided=True,
        args=thing("batch", "number"),
    ),
    "desk:funds:sign": Rule(
        get=None,
        post=let(*PAYERS, *HEADS, answer=404) | let(*PAYING, answer=Done(302)),
        sided=True,
        args=thing("batch", "number"),
    ),
    "desk:funds:take_back": Rule(
        get=None,
        post=let(*PAYERS, *HEADS, answer=404) | let(*PAYING, answer=Done(302)),
        sided=True,
        args=thing("batch", "number"),
        body=lambda world, side: REASON,
    ),
    "desk:funds:bank_file": Rule(
        get=None,
        post=let(*PAYERS, answer=404) | let(*PAYING, answer=Done(200)),
        sided=True,
        args=thing("signed_batch", "number"),
        body=lambda world, side: {"kind": "csv"},
    ),
    "desk:funds:send": Rule(
        get=None,
        post=let(*PAYERS, answer=404) | let(*PAYING, answer=Done(302)),
        sided=True,
        args=thing("signed_batch", "number"),
    ),
    "desk:funds:result": Rule(
        get=None,
        post=let(*PAYERS, answer=404) | let(*PAYING, answer=302),
        sided=True,
        args=thing("batch", "number"),
    ),
    "desk:funds:bounce": Rule(
        get=None,
        post=let(*PAYERS, answer=404) | let(*PAYING, answer=302),
        sided=True,
        args=lambda world, side: (side.things["batch"].number, 1),
        body=lambda world, side: REASON,
    ),
    "desk:funds:award": Rule(
        get=let(*READERS, answer=404) | let(*OF_THE_CASE), sided=True, args=thing("award", "number")
    ),
    "desk:funds:award_change": Rule(
        get=None,
        post=let(*CHECKERS, answer=404) | let("checker@a", "other_checker@b", answer=Done(302)),
        sided=True,
        args=thing("award", "number"),
        body=lambda world, side: REASON | {"act": "suspend"},
    ),
    "desk:funds:instalment": Rule(
        get=None,
        post=let(*CHECKERS, answer=404) | let("checker@a", "other_checker@b", answer=Done(302)),
        sided=True,
        args=lambda world, side: (side.things["award"].number, 5),
        body=lambda world, side: REASON | {"act": "hold"},
    ),
    # The handling office asks again before it pays, and makes something of a change; a second person decides.
    "desk:funds:recheck": Rule(
        get=let(*CHECKERS, answer=404) | let(*INTAKES, "checker@a", "other_checker@b"),
        post=let(*CHECKERS, answer=404)
        | let(*INTAKES, answer=403)
        | let("checker@a", "other_checker@b", answer=Done(302)),
        sided=True,
        args=lambda world, side: (side.things["award"].number, 2),
        body=lambda world, side: FAILING,
    ),
    "desk:funds:review": Rule(
        get=let(*CHECKERS, answer=404) | let(*INTAKES, "checker@a", "other_checker@b"),
        post=let(*CHECKERS, answer=404)
        | let(*INTAKES, answer=403)
        | let("checker@a", "other_checker@b", answer=Done(302)),
        sided=True,
        args=lambda world, side: (side.things["award"].number, side.things["review"].year),
        body=lambda world, side: FAILING,
    ),
    "desk:funds:reviews": Rule(get=let(*READERS)),
    # The 直通车 has no rule of its own: its recoveries follow the agreement.
    "desk:funds:assess": Rule(
        get=let(*INTAKES, *CHECKERS, answer=404),
        post=let(*INTAKES, *CHECKERS, answer=404),
        sided=True,
        args=thing("award", "number"),
    ),
    "desk:funds:changes": Rule(get=let(*READERS)),
    "desk:funds:change": Rule(
        get=let(*READERS, answer=404) | let(*OF_THE_CASE),
        post=let(*READERS, answer=404)
        | let(*OF_THE_CASE, answer=403)
        | let("checker@a", "other_checker@b", answer=Done(302)),
        sided=True,
        args=change_of(),
        body=lambda world, side: REASON | {"act": "propose", "outcome": "keep", "clause": "示例条款"},
    ),
    "change_evidence": Rule(get=let(*OF_THE_CASE, *EMPLOYERS), rest=404, sided=True, args=change_of()),
    "unit:subsidies": Rule(get=let("hr", "other_hr")),
    "unit:change": Rule(
        get=let("hr", "other_hr", answer=404) | let(*EMPLOYERS),
        post=let("hr", "other_hr", answer=404) | let(*EMPLOYERS),
        sided=True,
        args=thing("award", "number"),
    ),
    "unit:posts": Rule(
        get=let("hr", "other_hr", answer=404) | let(*EMPLOYERS),
        post=let("hr", "other_hr", answer=404) | let(*EMPLOYERS, answer=Done(302)),
        sided=True,
        args=thing("round"),
        body=lambda world, side: {"act": "unchanged"},
    ),
    "desk:funds:recoveries": Rule(get=let(*READERS)),
    "desk:funds:recovery": Rule(
        get=let(*READERS, answer=404) | let(*OF_THE_CASE), sided=True, args=thing("recovery", "number")
    ),
    # Decided by the head of the bureau that handles it or by who decides the case, never by who assessed it.
    "desk:funds:recovery_act": Rule(
        get=None,
        sided=True,
        args=thing("recovery", "number"),
        body=lambda world, side: {"act": "decide"},
        post=let(*PAYERS, *HEADS, *CHECKERS, answer=404)
        | let(*PAYING, "checker@a", "other_checker@b", answer=403)
        | let("head@a", "other_head@b", "decider", answer=Done(302)),
    ),
    "desk:funds:budget": Rule(
        get=let(*FUNDS),
        post=let(*PAYERS, answer=200) | {"finance": Done(302)},
        body=lambda world, side: {
            "year": side.things["line"].year,
            "source": "housing",
            "region": side.region,
            "share": "county",
        },
    ),
    "desk:funds:budget_change": Rule(
        get=let(*PAYERS, *HEADS, answer=404) | let(*PAYING, *OVERSEERS),
        post=let(*PAYERS, *HEADS, answer=404) | let(*PAYING, answer=Done(302)),
        sided=True,
        args=thing("line"),
        body=lambda world, side: REASON | {"act": "allocate", "amount": "100"},
    ),
    "desk:funds:ageing": Rule(get=let(*FUNDS)),
}
