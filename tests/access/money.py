"""Money in both counties: an award in every state that a page acts on, paid by the county's own finance bureau."""

from decimal import Decimal
from typing import Any

from django.utils import timezone

from talent.core import roles
from talent.core.models import Region
from talent.core.services import funds
from tests import factories

CLAUSE = "示例办法第5条"
ACCOUNT = "6222000012345678901"
GOOD = funds.RecheckResult((funds.Finding("in_post", "在岗", True, "在岗。", CLAUSE),))


def yuan(amount: int) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))


def hire(world: Any, side: Any) -> None:
    """Two finance officers of the county: one prepares, the other is the actor of the matrix."""
    prefix = "" if side.key == "a" else "other_"
    office = factories.bureau(f"{side.region}-czj")
    world.hire(f"{prefix}finance", f"拨付{side.key}", roles.FINANCE, office)
    world.hire(f"{prefix}finance2", f"拨付{side.key}二", roles.FINANCE, office)


def spend(world: Any, side: Any) -> None:
    """Instalments paid, ready, in a batch to sign, in one that is signed; and a debt nobody has decided."""
    prefix = "" if side.key == "a" else "other_"
    preparer, signer = world.people[f"{prefix}finance2"], world.people[f"{prefix}finance"]
    checker, office = world.people[f"{prefix}checker"], factories.bureau(f"{side.region}-czj")
    case, today = side.cases["lapsed"], timezone.localdate()
    line = funds.open_line(
        today.year,
        "talent",
        Region.objects.get(code=side.region),
        "county",
        organisation=office,
        actor=signer,
    )
    funds.allocate(line, yuan(1_000_000), actor=signer, reason="年初预算")
    whole = (funds.Portion(line, Decimal(1)),)
    award = funds.grant(
        case, kind="example", title="示例补贴", lines=[funds.Line("标准", yuan(5000), CLAUSE)],
        plan=[funds.Planned(f"p{seq}", f"第{seq}期", yuan(1000), today, whole) for seq in range(1, 6)],
        account=funds.Account(case.applicant, case.applicant.name, "示例银行", world.text("bank_account", ACCOUNT)),
        handling=side.bureau, paying=office, actor=checker,
    )  # fmt: skip
    rows = list(award.instalments.order_by("seq"))
    for row in rows[:4]:
        funds.mark_due(row)
        funds.recheck(row, GOOD, actor=checker)
    paid = funds.prepare(office, [rows[0]], actor=preparer)
    funds.send(funds.sign(paid, actor=signer), actor=preparer)
    funds.take_in(paid, answer(paid), actor=preparer)
    side.things |= {
        "line": line,
        "award": award,
        "payable": rows[1],
        "paid_batch": paid,
        "batch": funds.prepare(office, [rows[2]], actor=preparer),
        "signed_batch": funds.sign(funds.prepare(office, [rows[3]], actor=preparer), actor=signer),
        "recovery": funds.assess(
            award, yuan(500), lines=[], reason="服务期未满", clause=CLAUSE, actor=checker
        ),
        "change": funds.report(
            award, kind="left", happened_on=today, statement=world.text("change", "已办理离职手续。"),
            actor=world.people[f"{prefix}hr"], evidence=factories.pdf(),
        ),
        "review": funds.open_review(award, year=today.year, due_on=today),
        "round": funds.open_round(side.employer, day=today, days=15),
    }  # fmt: skip


def answer(batch: Any) -> bytes:
    """The bank's answer: everything is paid."""
    lines = [",".join(funds.ANSWER_COLUMNS)]
    for line in batch.lines.select_related("payee", "batch"):
        code = funds.check_code(line, line.payee.account.reveal())
        lines.append(
            f"{batch.number},{line.place},{line.net},{code},成功,,YH{line.pk},{timezone.localdate()}"
        )
    return "\n".join(lines).encode()
