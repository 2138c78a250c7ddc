"""A reader who follows every link he is shown and remembers what stood on the pages, in PDF files too."""

import hashlib
import html
import re
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit

import pypdfium2
from django.http import HttpResponse

from tests.access.world import World

_LINK = re.compile(r'(?:href|src|action|data-autosave)="([^"]*)"')
_UPLOAD = re.compile(r"/files/[^/]+/G\d")
MOST = 600
# A refusal is asked for without the menu around it: that is the same on every page, and takes the most time.
BRIEFLY = {"accept": "text/plain"}


@dataclass
class Seen:
    """The pages read: address → text."""

    texts: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def holding(self, word: str) -> list[str]:
        """The addresses of the pages on which `word` stands."""
        return [address for address, text in self.texts.items() if word in text]


def crawl(world: World, who: str, start: list[str], *, uploads: bool = True) -> Seen:
    """Read everything `who` reaches from `start`, by GET only; without `uploads`, what applicants sent in is left out."""
    browser, seen = world.browser(who), Seen()
    waiting, known = list(start), set(start)
    while waiting and len(seen.texts) < MOST:
        address = waiting.pop(0)
        response = browser.get(address, headers=BRIEFLY)
        if response.status_code >= 500:
            raise AssertionError(f"{who}: {address} answers {response.status_code}: {response.exc_info}")
        if response.status_code == 404:
            seen.missing.append(address)
        seen.texts[address] = text = f"{_text(response)}\n{response.headers}"
        found = [response["Location"]] if response.has_header("Location") else []
        if response.get("Content-Type", "").startswith("text/html"):
            found += [html.unescape(link) for link in _LINK.findall(text)]
        for link in found:
            target = urldefrag(urljoin(address, link)).url
            inside = not urlsplit(target).netloc and target.startswith("/")
            wanted = not target.startswith("/static/") and (uploads or not _UPLOAD.match(target))
            if inside and wanted and target not in known:
                known.add(target)
                waiting.append(target)
    return seen


def _text(response: HttpResponse) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if response.get("Content-Type") == "application/pdf":
        digest = hashlib.sha256(content).digest()
        if digest not in _PDF_TEXTS:
            _PDF_TEXTS[digest] = _pdf_text(content)
        return _PDF_TEXTS[digest]
    return content.decode("utf-8", "ignore")


# The same letter is read by many.
_PDF_TEXTS: dict[bytes, str] = {}


def _pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        pages = [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
    return "".join("".join(pages).split())
