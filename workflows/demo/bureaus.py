"""The bureaus of the demo: how they answer what they are asked, in time, late, against, and twice."""

from talent.core.models import Check
from talent.core.services import policy
from talent.green_channel.models import GreenChannelCase
from workflows import tick
from workflows.base import joint

# Bureau → its officer and its head, who answer the checks.
ANSWERING = {
    "rsj": ("renshe", "renshezhang"), "kjj": ("keji", "kejizhang"), "fgw": ("fagai", "fagaizhang"),
    "czj": ("caizhengke", "caizhengzhang"), "gaj": ("gongan", "gonganzhang"),
}  # fmt: skip


class Bureaus:
    """The part of the stage on which bureaus answer; `Stage` adds people, time and the steps before."""

    def answer(self, case: GreenChannelCase, *, adverse: str = "", but: int = 0) -> GreenChannelCase:
        """Every bureau that was asked answers and confirms, `but` the last ones; `adverse`: who finds against."""
        for check in list(case.checks.order_by("place"))[: case.checks.count() - but]:
            officer, head = ANSWERING[check.organisation.code]
            finding = next(
                one for one in self.subject(case, check).finding if one.adverse == (check.subject == adverse)
            )
            case = self.step(case, f"check_{check.subject}", officer, outcome=finding.code,
                             opinion=f"示例意见：{finding.title}。")  # fmt: skip
            case = self.step(case, f"confirm_{check.subject}", head, outcome="confirm", opinion="")
        return case

    def subject(self, case: GreenChannelCase, check: Check) -> policy.CheckSubject:
        return policy.figures(case.edition).check(check.subject)

    def to_conclusion(self, case: GreenChannelCase, **kwargs) -> GreenChannelCase:
        case = self.to_checks(case)
        self.later(1)
        return self.answer(case, **kwargs)

    def play_checking(self, case) -> None:
        """Two bureaus have answered, one officer's opinion waits for the head, the rest have not begun."""
        case = self.to_checks(case)
        self.later(1)
        case = self.answer(case, but=2)
        check = case.checks.open().order_by("place").first()
        officer, _head = ANSWERING[check.organisation.code]
        finding = self.subject(case, check).finding[0]
        self.step(
            case,
            f"check_{check.subject}",
            officer,
            outcome=finding.code,
            opinion=f"示例意见：{finding.title}。",
        )

    def play_checking_late(self, case) -> None:
        """One bureau stays silent beyond its limit; it is recorded and reported, and the case waits."""
        case = self.to_checks(case)
        self.answer(case, but=1)
        self.later(6)
        tick.escalate_overdue(case)

    def play_checking_adverse(self, case) -> None:
        """One adverse finding; the lead has still to explain it."""
        self.to_conclusion(case, adverse="integrity")

    def play_checking_voided(self, case) -> None:
        """A confirmed opinion is edited: the confirmation is void and stays readable."""
        case = self.to_conclusion(case, but=1)
        check = case.checks.order_by("place").first()
        finding = next(one for one in self.subject(case, check).finding if one.adverse)
        joint.revise(
            case, check, actor=self.users[ANSWERING[check.organisation.code][0]], finding=finding.code,
            text="示例意见：补充核实后与此前不一致。", version=check.version,
        )  # fmt: skip

    def play_conclude_checks(self, case) -> None:
        self.to_conclusion(case)
