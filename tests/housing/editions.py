"""Editions for the tests: Jining's own file, and other cities' figures on the same procedure."""

import functools
import re
from pathlib import Path

import housing
from housing.rules import HousingFigures
from talent.core.services.policy import loading
from talent.core.services.policy.checks import read_policy
from talent.core.services.policy.reading import Checker, PolicyError, read

HERE = Path(__file__).parent
JINING = Path(housing.__file__).parent / "policy.toml"
CITIES = sorted(path.stem for path in HERE.glob("*.toml"))
_BLOCK = re.compile(r"(?m)^(?=\[)")


def write(city: str, folder: Path) -> Path:
    """The file of `city` as an operator would keep it: its own tables, the procedure from Jining's."""
    own = (HERE / f"{city}.toml").read_text(encoding="utf-8")
    named = set(re.findall(r"(?m)^\[+(\w+)\]+$", own))
    kept = [
        # the conditions and instruments these lines name are the other city's
        re.sub(r"(?m)^(condition|kinds) = .*\n", "", block)
        for block in _BLOCK.split(JINING.read_text(encoding="utf-8"))[1:]
        if re.match(r"\[+(\w+)", block)[1] not in named
    ]
    path = folder / city / "policy.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(own + "\n" + "".join(kept), encoding="utf-8")
    return path


def checked(path: Path) -> HousingFigures:
    """The rules' view of a file, read as strictly as when it is loaded. Raises `PolicyError`."""
    check = Checker(path)
    rows = read_policy(check, read(path), bureaus=loading._bureau_codes(loading.CORE))
    if check.problems:
        raise PolicyError(check.problems)
    return HousingFigures.of(rows)


@functools.cache
def jining() -> HousingFigures:
    return checked(JINING)
