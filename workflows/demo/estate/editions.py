"""The figures of the years before 济政发〔2025〕8号: made up, so that the demo has cases and payments of three years.

They are today's files under another number and other dates, and are read and checked as any edition is.
"""

import re
import tempfile
from datetime import date, timedelta
from pathlib import Path

from talent.core.services.policy import load_edition
from talent.core.services.policy.loading import CORE, policy_files

_DOCUMENT = "济政发〔2025〕8号"
_EARLIER = "演示发〔2024〕1号"
# The earlier years asked no bureaus together and gave a doctor less.
_JOINT_CHECK = re.compile(r"# ---- 并联核查.*?(?=# ---- 期限)", re.DOTALL)
_DOCTOR = re.compile(r'(code = "purchase-F1".*?amount = )\d+', re.DOTALL)

_BEGINS = re.compile(r"^effective_from = (\S+)$", re.MULTILINE)


def load(first: date) -> None:
    """Load the earlier editions of housing and of the payment rules, in force from `first`."""
    housing = next(path for path in policy_files() if path.parent.name == "housing")
    with tempfile.TemporaryDirectory() as folder:
        for path in (housing, CORE / "funds.toml"):
            target = Path(folder) / path.parent.name / path.name
            target.parent.mkdir()
            target.write_text(_earlier(path.read_text(encoding="utf-8"), first), encoding="utf-8")
            load_edition(target)


def _earlier(text: str, first: date) -> str:
    begins = date.fromisoformat(_BEGINS.search(text)[1])
    text = _JOINT_CHECK.sub("", text.replace(_DOCUMENT, _EARLIER))
    text = _DOCTOR.sub(r"\g<1>200000", text, count=1)
    text = re.sub(r'^code = "[^"]+"', 'code = "2024-1"', text, count=1, flags=re.MULTILINE)
    dates = f"effective_from = {first}\neffective_to = {begins - timedelta(days=1)}"
    return _BEGINS.sub(dates, text, count=1)
