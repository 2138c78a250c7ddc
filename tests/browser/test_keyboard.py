"""Everything a mouse can do, the keyboard can; and the eye sees where it is."""

import pytest

from .pages import decide

CONTROLS = """() => [...document.querySelectorAll("a[href],button,summary,select,textarea,input:not([type=hidden])")]
  .filter(one => !one.disabled && one.checkVisibility({visibilityProperty: true}))
  .map((one, n) => {
    one.dataset.n = n;
    /* Of a set of radios the keyboard stops at one; arrows go to the others. */
    const name = one.type === "radio" ? "radio " + one.name : "";
    return {n: String(n), name, html: one.outerHTML.slice(0, 90)};
  })"""
HERE = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return {n: one.dataset.n || "", name: one.type === "radio" ? "radio " + one.name : "",
          seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, html: one.outerHTML.slice(0, 90)};
}"""

PAGES = {
    "worklist": ("shouli", lambda town: "/desk/?view=claim"),
    "decide": (None, decide("submitted_late").address),
    "dossier": ("rencai", lambda town: f"/my/cases/{town.number('recommended')}/dossier/"),
    "part": ("rencai", lambda town: f"/my/cases/{town.number('recommended')}/dossier/project/"),
    "home": ("", lambda town: "/"),
}


@pytest.mark.parametrize("name", PAGES)
def test_tab_reaches_every_control_with_a_visible_focus(name, town, window):
    who, address = PAGES[name]
    page = window(town.officer("submitted_late") if who is None else who)
    page.goto(address(town))
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    wanted = page.evaluate(CONTROLS)
    assert len(wanted) > 10
    reached, unseen = set(), []
    for _press in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        reached |= {here["n"], here["name"]}
        if here["n"] and not here["seen"]:
            unseen.append(here["html"])
        if here["n"] == wanted[-1]["n"]:
            break
    missed = [one["html"] for one in wanted if one["n"] not in reached and one["name"] not in reached - {""}]
    assert not missed
    assert not unseen


def test_the_first_tab_offers_to_skip_to_the_text(window):
    page = window()
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_dialog_takes_the_focus_and_gives_it_back(town, window):
    page = window("zuzhizhang")
    page.goto(f"/desk/cases/{town.number('submitted_late')}/")
    trigger = page.locator("summary", has_text="转办")
    trigger.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="转办")
    assert dialog.evaluate("one => one.contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert trigger.evaluate("one => one === document.activeElement")
