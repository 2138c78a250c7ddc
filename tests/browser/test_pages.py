"""Every page, opened by somebody who may: fit to be read, reached, carried and afforded."""

import json
import re

import pytest

from .conftest import PHONE
from .pages import LEAVES, NO_PAGE, UNSEEN, routes

# The page as the house promises it (issue 2 §6): bytes on the wire and requests of a first visit.
MOST_BYTES = 150 * 1024
MOST_REQUESTS = 8
LOOKS = (("red", "normal"), ("dark", "large"))
# What of axe depends on colour and size; everything else is asked once, in the first look.
LOOK_RULES = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
# Latin that is right on a Chinese page: numbers and codes, formats of files, the licence's own name.
LATIN_ALLOWED = re.compile(
    r"\b[0-9A-HJ-NP-Z]{6,20}\b|"
    r"RCAJ\d{4}-\d{4}|\d{12}GB\d{5}F\d{8}|BF-[\w-]+-\d{4}-\d{4}|Z[ZH]\d{4}-\d{5}|\bM\d\d\b|"
    r"\d{3}\*+\d{2,3}[\dX]{1,2}|(?:ZTC(?:-LX)?|XPQY|XQ)\d{4}-\d{3,5}(?:-F\d\d)?|\bL\d\d\b|CSV|XLSX|\d ?MB|name@example\.com|\.(?:pdf|jpg|png)\b|\bG\d\d\b|(?<![A-Za-z])[A-F]\d?(?![A-Za-z])|PDF|JPG|PNG|AGPL-3\.0|BPMN|(?<=\s)/[\w./-]*/|^/[\w./<>:-]*/$"
    r"|\b[jk]\b"
)
LATIN = re.compile(r"[A-Za-z]+")

WORDS = """() => {
  const said = [document.title];
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT, node =>
    node.parentElement.closest("script,style,svg,textarea") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  while (walk.nextNode()) said.push(walk.currentNode.data);
  for (const one of document.querySelectorAll("[aria-label],[alt],[title],[placeholder],[data-label]"))
    for (const name of ["aria-label", "alt", "title", "placeholder", "data-label"])
      if (one.hasAttribute(name)) said.push(one.getAttribute(name));
  return said.map(one => one.trim()).filter(Boolean);
}"""
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > width)
    for (const one of document.querySelectorAll("body *")) {
      const box = one.getBoundingClientRect();
      if (box.right > width + 1 && box.width && !one.closest(".table-wrap,.chart,.sidebar,.tabs"))
        out.push(one.tagName + "." + one.className + " " + Math.round(box.right));
    }
  return {scroll: document.documentElement.scrollWidth, width, out: out.slice(0, 5)};
}"""
# A finger needs 44 px for what stands alone; a link inside a sentence is as high as its line.
SMALL = """() => [...document.querySelectorAll("a,button,summary,select,input,textarea")].filter(one => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || one.type === "hidden" || one.closest(".skip,.vh")) return false;
  if (one.matches("input[type=checkbox],input[type=radio]")) {
    const label = one.labels && one.labels[0], around = (label || one.closest("td,th") || one).getBoundingClientRect();
    return Math.max(box.height, around.height) < 24;
  }
  if (one.tagName === "A" && !one.matches(".btn,.tool,.tile,.brand,nav a,.tasks a")) return box.height < 15;
  return box.height < 43.5;
}).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", params=LEAVES, ids=lambda leaf: leaf.name)
def opened(request, server, opener):
    """A page just loaded. What the browser has in its cache is asked for and weighed all the same."""
    leaf, (_address, town) = request.param, server
    page = opener(leaf.who(town), shared=True)
    response = page.goto(leaf.address(town), wait_until="load")
    assert response.status == leaf.status, f"{response.status} {response.url}: {page.inner_text('h1')}"
    page.leaf = leaf
    yield page
    page.close()


def test_every_address_is_looked_at():
    known = {leaf.route for leaf in LEAVES} | NO_PAGE | UNSEEN
    assert set(routes()) == known


def test_the_page_is_light_and_asks_nobody_else(opened):
    """Weight as rendered by the server, uncompressed; no request leaves the house; the console is silent."""
    watch = opened.watch
    weight = opened.evaluate(
        "() => performance.getEntries().reduce((sum, one) => sum + (one.decodedBodySize || 0), 0)"
    )
    assert not watch.foreign
    assert weight <= MOST_BYTES, f"{weight} bytes"
    assert len(watch.requests) <= MOST_REQUESTS, watch.requests
    complaints = [one for one in watch.complaints if f"status of {opened.leaf.status}" not in one]
    assert not complaints
    strangers = [
        one for one in re.findall(r"(?:src|href|action)=\"(https?://[^\"]+)", opened.content())
        if not one.startswith(watch.home)
    ]  # fmt: skip
    assert not strangers


def test_the_page_speaks_chinese(opened):
    found = {
        word: text[:60]
        for text in opened.evaluate(WORDS)
        for word in LATIN.findall(LATIN_ALLOWED.sub(" ", text))
    }
    assert not found


def test_the_page_fits_a_phone(opened):
    opened.set_viewport_size(PHONE)
    seen = opened.evaluate(OVERFLOW)
    small = opened.evaluate(SMALL)
    opened.set_viewport_size({"width": 1440, "height": 900})
    assert seen["scroll"] <= seen["width"], seen
    assert not small, "\n".join(small)


def test_axe_finds_nothing_in_any_theme(opened):
    # The bar that sticks to the foot covers whatever scrolls beneath it; axe cannot know that it scrolls.
    opened.evaluate(
        "() => document.querySelectorAll('.actionbar').forEach(one => { one.style.position = 'static'; })"
    )
    shorten(opened)
    complaints = axe(opened)
    # What opens on a click must be readable too.
    opened.evaluate("() => document.querySelectorAll('main details').forEach(one => { one.open = true; })")
    for theme, font in LOOKS:
        opened.evaluate(
            "([theme, font]) => Object.assign(document.documentElement.dataset, {theme, font})", [theme, font]
        )
        complaints += [f"{theme} {font}: {one}" for one in axe(opened, LOOK_RULES)]
    opened.evaluate("() => document.querySelectorAll('main details').forEach(one => { one.open = false; })")
    opened.evaluate("() => Object.assign(document.documentElement.dataset, {theme: 'blue', font: 'normal'})")
    assert not complaints, "\n".join(complaints)


def shorten(page) -> None:
    """Of many equal rows three stand for all: axe takes as long as the page is."""
    page.evaluate("""() => {
      for (const home of document.querySelectorAll("tbody,ul,ol,dl,fieldset,select")) {
        const seen = {};
        for (const one of [...home.children]) {
          const kind = one.tagName + "." + one.className;
          seen[kind] = (seen[kind] || 0) + 1;
          if (seen[kind] > 3) one.remove();
        }
      }
    }""")


def axe(page, rules: list[str] | None = None) -> list[str]:
    """Violations in one line each; `rules` limits what is asked."""
    options = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
    if rules:
        options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": rules}}
    found = page.evaluate(f"() => axe.run(document, {json.dumps(options)})")["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node.get('failureSummary', '').splitlines()[1:2]}"
        for one in found
        for node in one["nodes"][:3]
    ]
