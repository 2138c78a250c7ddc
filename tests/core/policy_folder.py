"""A copy of every policy file that a test may spoil."""

import shutil
from pathlib import Path

import pytest

from talent import green_channel
from talent.core.services import policy
from talent.core.services.policy import loading

GREEN = Path(green_channel.__file__).parent / "policy.toml"


class Folder:
    """The files under one root, changed by text or by row."""

    def __init__(self, root: Path) -> None:
        self.core, self.green = root / "core", root / "green_channel" / "policy.toml"
        shutil.copytree(loading.CORE, self.core)
        self.green.parent.mkdir()
        shutil.copy(GREEN, self.green)

    def path(self, name: str) -> Path:
        return self.green if name == "green_channel" else self.core / f"{name}.toml"

    def change(self, name: str, old: str, new: str, count: int = 1) -> None:
        text = self.path(name).read_text(encoding="utf-8")
        assert old in text, old
        self.path(name).write_text(text.replace(old, new, count), encoding="utf-8")

    def row(self, name: str, table: str, code: str, key: str, value: str) -> None:
        """Give one key of the row `code` of `[[table]]` another value, as TOML text."""
        head = f'[[{table}]]\ncode = "{code}"\n'
        text = self.path(name).read_text(encoding="utf-8")
        before, found, rest = text.partition(head)
        assert found, head
        body, end, after = rest.partition("\n\n")
        lines = [line for line in body.split("\n") if not line.startswith(f"{key} = ")]
        self.path(name).write_text(
            "".join((before, head, "\n".join([*lines, f"{key} = {value}"]), end, after)), encoding="utf-8"
        )

    def load(self) -> list[policy.Loaded]:
        return policy.load_all(core=self.core, files=[self.green])

    def problems(self) -> list[tuple[str, str, str]]:
        with pytest.raises(policy.PolicyError) as refused:
            self.load()
        return [tuple(problem) for problem in refused.value.problems]
