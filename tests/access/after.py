"""A recognised case in each county: an agreement to sign, services asked for and done, an evaluation reported."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from talent.core import identifiers
from talent.core.services import people
from talent.green_channel.services import agreements, evaluating, milestones, orders, rating
from tests import factories

# A service that the county's lead bureau owns, so that its people are the ones who do it.
OWNED = {"kjj": ("career", "大型科研仪器共享"), "gxj": ("venture", "场地和产业配套对接")}


def make_recognised(world: Any, side: Any, case: Any) -> Any:
    """From the draft of the decision to what follows it; not published for secrecy, so that no day has to pass."""
    prefix = "" if side.key == "a" else "other_"
    checker, head, hr = (world.people[f"{prefix}{who}"] for who in ("checker", "head", "hr"))
    case = world.step(
        case, "draft_decision", "intake2", outcome="approve", level_code="B", opinion="提请审定。",
        reason="达到层次标准。", exempt_reason="涉密项目。",
    )  # fmt: skip
    case = world.step(case, "decide", "decider", outcome="approve", opinion="同意。")
    case = world.step(case, "recognise", "intake", outcome="issue")
    paper = factories.pdf().read()
    # The first version is in force; the second waits for signatures.
    for reason in ("", "追加目标"):
        agreement = _send_out(case, checker=checker, head=head, reason=reason)
        agreements.file_copy(agreement, "employer", factories.pdf(content=paper), actor=hr)
        if not reason:
            agreements.file_copy(agreement, "talent", factories.pdf(content=paper), actor=case.applicant.user)
            agreements.file_copy(agreement, "government", factories.pdf(content=paper), actor=checker)
    case.refresh_from_db()
    # A world with planted words has recorded the account already.
    number = None if case.applicant.bank_account else identifiers.make_bank_card(1)
    people.update_profile(
        case.applicant, actor=case.applicant.user, bank_name="示例银行",
        **({"bank_account": number} if number else {}),
    )  # fmt: skip
    claimed = agreements.current(case).milestones.get(place=2)
    milestones.claim(
        claimed, actor=case.applicant.user, note="已投产。", evidence=factories.pdf(content=paper)
    )
    domain, item = OWNED[side.bureau.code]
    asked = [orders.order(case, actor=case.applicant.user, domain=domain, item=item) for _time in range(2)]
    orders.claim(asked[1], actor=checker)
    orders.finish(asked[1], actor=checker, result="已办。", evidence=factories.pdf(content=paper))
    made = evaluating.open_evaluation(case, "yearly", 1, actor=checker)
    evaluating.report(made, actor=hr, text="项目进展顺利，资金使用合规。", file=factories.pdf(content=paper))
    evaluating.open_evaluation(case, "yearly", 2, actor=checker)
    _excuse(world, case, checker=checker, head=head, hr=hr)
    _poor_mark(world, case, domain, item, checker=checker, paper=paper)
    side.things |= {"asked": asked[0], "served": asked[1]}
    return case


def _excuse(world: Any, case: Any, *, checker: Any, head: Any, hr: Any) -> None:
    """An evaluation that ends with 容错免责; what is written about it stays inside."""
    made = evaluating.open_evaluation(case, "final", 1, actor=checker)
    evaluating.report(made, actor=hr, text="项目没有达到目标，已尽努力。")
    evaluating.propose(
        made, actor=checker, result="excused", ground="route", panel=evaluating.Panel(timezone.localdate(), 5, 4),
        opinion=world.text("evaluation_opinion", "已勤勉尽责。"),
        facts=world.text("excuse_facts", "原技术路线经验证不可行。"),
        diligence=world.text("excuse_diligence", "完成三轮试验，记录完整。"),
    )  # fmt: skip
    evaluating.conclude(made, actor=head, agreed=True, note=world.text("evaluation_note", "同意。"))


def _poor_mark(world: Any, case: Any, domain: str, item: str, *, checker: Any, paper: bytes) -> None:
    """A service with words of the talent's own, done and marked down."""
    talent = case.applicant.user
    made = orders.order(
        case, actor=talent, domain=domain, item=item, detail=world.text("order_detail", "本人需求。")
    )
    orders.claim(made, actor=checker)
    made = orders.finish(made, actor=checker, result="已办。", evidence=factories.pdf(content=paper))
    rating.rate(made, actor=talent, grade=1, note=world.text("grade_note", "等得太久。"))


def _send_out(case: Any, *, checker: Any, head: Any, reason: str) -> Any:
    """A version drafted by the checker and sent out by the head, with two milestones."""
    today = timezone.localdate()
    agreement = agreements.draft_agreement(
        case, actor=checker, starts_on=today, ends_on=today + timedelta(days=1825), service_years=5, duties="履行职责。",
        ip="共有。", recovery="追回。", reason=reason,
        aims=[
            agreements.Aim("建成", today + timedelta(days=300), Decimal("500000.00"), "报告"),
            agreements.Aim("投产", today + timedelta(days=600), Decimal("300000.00"), "合同"),
        ],
    )  # fmt: skip
    return agreements.open_signing(agreement, actor=head)
