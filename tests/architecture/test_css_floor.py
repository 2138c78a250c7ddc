"""The browser floor: Chromium 86 (360 安全浏览器 13 and builds of that age at counters and on UOS).

A stylesheet that uses a younger feature fails silently there: the rule is dropped and the page falls
apart on the bureau's own machines. The script is written by hand to ES2018 and is not translated.
"""

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "workflows" / "static" / "workflows"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

# What Chromium 86 does not know, with the version that brought it.
CSS_ABOVE_FLOOR = {
    ":is() (88)": r":is\(",
    ":where() (88)": r":where\(",
    ":has() (105)": r":has\(",
    "selector list in :not() (88)": r":not\([^()]*,",
    "inset (87)": r"(?<![\w-])inset(-\w+)*\s*:",
    "logical shorthand (87)": r"(?<![\w-])(margin|padding)-(inline|block)\s*:",
    "aspect-ratio (88)": r"(?<![\w-])aspect-ratio\s*:",
    "underline shape (87, 89)": r"text-(decoration-thickness|underline-offset)\s*:",
    "cascade layer (99)": r"@layer\b",
    "container query (105)": r"@container\b|container-(type|name)\s*:",
    "colour functions (111)": r"color-mix\(|oklch\(|oklab\(|(?<![\w-])lab\(|(?<![\w-])lch\(",
    "dynamic viewport units (108)": r"\d(dvh|svh|lvh|dvw|svw|lvw)\b",
    "media range (104)": r"@media[^{]*[<>]",
    "subgrid (117)": r"\bsubgrid\b",
    "nesting (112)": r"&",
    "text-wrap (114)": r"text-wrap\s*:",
    "overflow: clip (90)": r"overflow(-[xy])?\s*:\s*clip\b",
}
JS_ABOVE_FLOOR = {
    "optional chaining (ES2020)": r"\?\.(?!\d)",
    "nullish coalescing (ES2020)": r"\?\?",
    "logical assignment (ES2021)": r"(\|\||&&)=",
    "replaceAll (ES2021)": r"\.replaceAll\(",
    "flat, flatMap, fromEntries (ES2019)": r"\.(flat|flatMap|fromEntries)\(",
    "at() (ES2022)": r"\.at\(",
    "catch without a binding (ES2019)": r"catch\s*\{",
    "private field (ES2022)": r"this\.#",
}
# The policy allows scripts and styles from this site only: these would be blocked in every browser.
TEMPLATE_AGAINST_POLICY = {
    "inline style": r"\sstyle\s*=\s*[\"']",
    "inline handler": r"\son[a-z]+\s*=\s*[\"']",
    "inline script": r"<script(?![^>]*\bsrc=)",
    "inline stylesheet": r"<style\b",
    "address elsewhere": r"(src|href)\s*=\s*[\"'](https?:)?//",
}


def findings(text: str, rules: dict[str, str]) -> list[str]:
    """The names of the rules that `text` breaks; comments do not count."""
    text = re.sub(r"/\*.*?\*/|\{%\s*comment.*?endcomment\s*%\}", "", text, flags=re.DOTALL)
    return [name for name, pattern in rules.items() if re.search(pattern, text)]


def nested_rules(css: str) -> int:
    """How many braces open inside a rule that is not an at-rule: nesting without the `&`."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    stack: list[bool] = []
    found = 0
    for head, brace in re.findall(r"([^{};]*)([{}])", css):
        if brace == "}":
            stack.pop()
            continue
        is_rule = not head.strip().startswith("@")
        found += is_rule and any(stack)
        stack.append(is_rule)
    return found


def own(pattern: str) -> list[Path]:
    found = sorted(STATIC.glob(pattern))
    assert found, f"no {pattern} in {STATIC}: the check would pass over nothing"
    return found


def test_stylesheet_stays_on_the_browser_floor():
    for path in own("*.css"):
        css = path.read_text(encoding="utf-8")
        assert findings(css, CSS_ABOVE_FLOOR) == [], path.name
        assert nested_rules(css) == 0, path.name


def test_script_stays_on_the_language_floor():
    for path in own("*.js"):
        assert findings(path.read_text(encoding="utf-8"), JS_ABOVE_FLOOR) == [], path.name


def test_pages_carry_nothing_the_content_policy_blocks():
    # Letters are printed by WeasyPrint, never sent to a browser: they bring their own styles. The page for when everything
    # is broken carries one of its own, which the policy names by its hash.
    own_style = TEMPLATES / "components" / "bare.html"
    pages = [
        path
        for path in sorted(TEMPLATES.rglob("*.html"))
        if "letters" not in path.parts and path != own_style
    ]
    assert pages
    broken = {
        str(path): found
        for path in pages
        if (found := findings(path.read_text("utf-8"), TEMPLATE_AGAINST_POLICY))
    }
    assert broken == {}


def test_design_layer_stays_small():
    assert sum(path.stat().st_size for path in own("*.css")) <= 26 * 1024
    assert sum(path.stat().st_size for path in own("*.js")) <= 16 * 1024


@pytest.mark.parametrize(
    ("css", "name"),
    [
        ("a:is(b,c){}", ":is() (88)"),
        ("a:not(.b, .c){}", "selector list in :not() (88)"),
        (".x{inset:0}", "inset (87)"),
        (".x{color:color-mix(in srgb, red, blue)}", "colour functions (111)"),
        (".x{height:100dvh}", "dynamic viewport units (108)"),
        ("@media (width < 40em){.x{top:0}}", "media range (104)"),
    ],
)
def test_the_floor_check_sees_a_planted_feature(css, name):
    assert findings(css, CSS_ABOVE_FLOOR) == [name]


def test_the_floor_check_leaves_allowed_css_alone():
    allowed = (
        ".inset{box-shadow:inset 0 0 1px red} a:not(.b):not(.c){gap:1px} @media (max-width: 9em){.x{top:0}}"
    )
    assert findings(allowed, CSS_ABOVE_FLOOR) == []
    assert nested_rules(allowed) == 0


def test_the_floor_check_sees_planted_nesting():
    assert nested_rules(".a{color:red;.b{color:blue}}") == 1


def test_the_language_check_sees_planted_syntax():
    assert findings("const a = b?.c ?? d", JS_ABOVE_FLOOR) == [
        "optional chaining (ES2020)",
        "nullish coalescing (ES2020)",
    ]
    assert findings("const a = b ?.5 : 1", JS_ABOVE_FLOOR) == []


def test_the_policy_check_sees_planted_inline_code():
    page = '<p style="color:red" onclick="x()"></p><script>1</script><img src="https://example.org/a.png">'
    assert findings(page, TEMPLATE_AGAINST_POLICY) == [
        "inline style",
        "inline handler",
        "inline script",
        "address elsewhere",
    ]
