"""The shape of the house: who may import whom, what stands where, how long a file may grow."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("talent", "workflows", "housing")
LONGEST = 400
# A scenario file is a list of sentences; it may be longer before it is split.
LONGEST_TEST = 750
VAGUE = {"utils", "util", "helpers", "helper", "common", "mixins", "misc", "tools"}
# The customer fixed the first line; the rest is what tools need (talent/decisions holds the reasons).
TOP_LEVEL = {
    *("manage.py", "talent", "workflows", "housing", "templates", "tests", "requirements.txt", "README.md"),
    *("pyproject.toml", "Makefile", ".ci", ".gitignore", ".gitattributes", "LICENSE", "locale", ".git"),
}
# Text that skips escaping, how often, and why that is not an opening for somebody's input.
UNESCAPED = {
    # Django's own list of password rules is markup; help texts are ours.
    "templates/components/field.html": 1,
    # A drawing made by segno from digits and our own address.
    "talent/core/services/letters/rendering.py": 1,
    # The empty string.
    "workflows/templatetags/pages.py": 1,
}
_SKIPS_ESCAPING = re.compile(
    r"\|\s*safe(?:seq)?\b|\bmark_safe\(|\bSafeString\(|\bhtml_safe\b|\bautoescape\s+off\b|\b__html__\b"
)
_WEASYPRINT = re.compile(r"^\s*(?:from|import)\s+weasyprint\b", re.MULTILINE)


def sources(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """The project's own files in `folders`; migrations are written by a machine and left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and not {"migrations", "__pycache__"} & set(path.parts):
                yield path


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def ignored_names(gitignore: str) -> set[str]:
    """First path part of every plain line of a .gitignore."""
    lines = (line.strip() for line in gitignore.splitlines())
    return {line.strip("/").split("/")[0] for line in lines if line and not line.startswith(("#", "!"))}


def uninvited(names: Iterable[str], ignored: set[str]) -> set[str]:
    return set(names) - TOP_LEVEL - ignored


def vaguely_named(paths: Iterable[Path]) -> list[str]:
    return [path.as_posix() for path in paths if VAGUE & {part.removesuffix(".py") for part in path.parts}]


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts on the packages in `folder`."""
    command = [Path(sys.executable).with_name("lint-imports"), "--config", ROOT / "tests/importlinter.ini"]
    return subprocess.run([*command, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True)


def test_imports_go_downstairs_only():
    found = contracts(ROOT)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("talent/core/roles.py", "import workflows.models", "Storeys"),
        ("housing/__init__.py", "import talent.green_channel.models", "Storeys"),
        ("talent/core/models/people.py", "import talent.core.services.cases", "Rooms of the core"),
        ("talent/core/clock.py", "import django", "plain Python"),
        ("talent/green_channel/models.py", "import viewflow", "Only workflows/ knows Viewflow"),
        ("workflows/desk/pages.py", "import guardian", "Guardian is touched in two modules"),
        ("workflows/desk/pages.py", "import weasyprint", "PDF is rendered in one module"),
    ],
)
def test_an_import_that_goes_upstairs_is_named(room, line, contract, tmp_path):
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    with (tmp_path / room).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    found = contracts(tmp_path)
    assert found.returncode == 1, found.stdout + found.stderr
    broken = [one for one in found.stdout.splitlines() if "BROKEN" in one]
    assert any(contract in one for one in broken), found.stdout


def test_every_package_is_under_the_contracts():
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", ".venv", "var"}
    assert packages == set(PACKAGES)


def test_nothing_uninvited_stands_at_the_top():
    ignored = ignored_names((ROOT / ".gitignore").read_text(encoding="utf-8"))
    assert uninvited((path.name for path in ROOT.iterdir()), ignored) == set()


def test_a_new_entry_at_the_top_is_named():
    assert uninvited(["manage.py", "var", "scripts"], ignored_names("# made here\n/var/\n!/keep\n")) == {
        "scripts"
    }


def test_no_source_file_is_too_long():
    lengths = {
        named(path): path.read_text(encoding="utf-8").count("\n") for path in sources(*PACKAGES, "tests")
    }
    assert len(lengths) > len(PACKAGES)
    assert {
        name: length
        for name, length in lengths.items()
        if length > (LONGEST_TEST if name.startswith("tests/") else LONGEST)
    } == {}


def test_no_module_is_a_drawer_for_everything():
    assert vaguely_named(path.relative_to(ROOT) for path in sources(*PACKAGES, "tests")) == []


def test_a_drawer_for_everything_is_named():
    paths = [Path("talent/core/utils.py"), Path("workflows/common/rows.py"), Path("workflows/desk/rows.py")]
    assert vaguely_named(paths) == ["talent/core/utils.py", "workflows/common/rows.py"]


def test_text_skips_escaping_only_where_it_is_listed():
    found = {}
    for path in sources(*PACKAGES, "templates", suffixes=(".py", ".html", ".txt", ".svg")):
        if count := len(_SKIPS_ESCAPING.findall(path.read_text(encoding="utf-8"))):
            found[named(path)] = count
    assert found == UNESCAPED


@pytest.mark.parametrize(
    "text",
    [
        "{{ x|safe }}",
        "{{ x | safe }}",
        "{{ x|safeseq }}",
        "return mark_safe(x)",
        "{% autoescape off %}",
        "SafeString(x)",
    ],
)
def test_every_way_round_escaping_is_recognised(text):
    assert _SKIPS_ESCAPING.search(text)


@pytest.mark.parametrize(
    "text", ["{{ x|default:'-' }}", "{% autoescape on %}", "-> SafeString:", "x is safe"]
)
def test_escaped_text_is_left_alone(text):
    assert not _SKIPS_ESCAPING.search(text)


def test_weasyprint_is_imported_by_the_letters_only_and_late():
    users = {
        named(path) for path in sources(*PACKAGES) if _WEASYPRINT.search(path.read_text(encoding="utf-8"))
    }
    assert users == {"talent/core/services/letters/rendering.py"}
    # A late import: a web process that draws no letter does not pay for it.
    early = (
        "import sys, django; django.setup(); import talent.config.urls; sys.exit('weasyprint' in sys.modules)"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "talent.config.settings"}
    found = subprocess.run(
        [sys.executable, "-c", early], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
