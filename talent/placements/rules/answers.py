"""How a rule answers: with the condition, its clause, the fact, and what would change the answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One condition, looked at.

    condition: its code in the edition; title: the condition in words; fact: what was found; clause: where it
    stands; remedy: what would change the answer, empty when it is met.
    """

    condition: str
    title: str
    passed: bool
    clause: str
    fact: str
    remedy: str = ""

    @property
    def sentence(self) -> str:
        """The answer as it is read aloud: 「不符合“…”：事实（依据：条款）。怎样改变」."""
        word = "符合" if self.passed else "不符合"
        return f"{word}“{self.title}”：{self.fact}（依据：{self.clause}）。{self.remedy}"


class Refusal(Exception):
    """The rule says no. `finding` says which condition, why, and what would help."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.sentence)
        self.finding = finding
