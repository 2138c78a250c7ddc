"""Chromium, a live server and the small town behind it.

The town is built once: the tests only read it, or bring a case of their own. It is committed, so it is
emptied at the end; pytest-django runs these tests after all that own a database.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from .town import Town

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
)  # fmt: skip
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# The page is Chinese and so is the reader's browser: its own words (dates, file buttons) follow.
# Without motion a change of theme is there at once, not after a tenth of a second.
LOCALE = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # playwright's loop runs in the thread of the tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = not Path(CHROMIUM).exists()
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # Without one marked test pytest-django makes no test database and the real one would be used.
            item.add_marker(pytest.mark.django_db(transaction=True))
            # Two workers share the pages; what is asked of one page is asked by one worker, which opened it.
            page = getattr(item, "callspec", None) and item.callspec.params.get("opened")
            item.add_marker(pytest.mark.xdist_group(page.name if page else item.path.stem))
            if missing:
                item.add_marker(
                    pytest.mark.skip(reason=f"没有找到 Chromium（{CHROMIUM}）：apt-get install chromium，或设置环境变量 CHROMIUM")
                )  # fmt: skip


@pytest.fixture(autouse=True)
def _django_db_helper() -> None:
    """No flush between these tests: the town is emptied once, by `server`."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    return {"executable_path": CHROMIUM, "args": list(FLAGS), "headless": True}


@pytest.fixture(scope="package")
def server(django_db_setup, django_db_blocker) -> Iterator[tuple[str, Town]]:
    """Address of the live server and the town it serves."""
    folder = Path(tempfile.mkdtemp(prefix="talent-browser-"))
    (folder / "static").mkdir()
    changed = override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        MEDIA_ROOT=folder / "media",
        STATIC_ROOT=folder / "static",
        VAR=folder,
        LETTERS_AT_ONCE=False,
        AXES_ENABLED=False,
    )
    with django_db_blocker.unblock(), changed:
        assert "test" in str(connection.settings_dict["NAME"]), "not the test database"
        with transaction.atomic():
            town = Town()
        live = LiveServer("127.0.0.1")
        try:
            yield live.url, town
        finally:
            live.stop()
            call_command("flush", interactive=False, verbosity=0)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def town(server) -> Town:
    return server[1]


@pytest.fixture(autouse=True)
def _strict_pages(server) -> None:
    """The settings of the town stand for the whole package; the ones of single tests do not apply."""


class Watch:
    """What a page asked for and what the browser complained about."""

    def __init__(self, page: Page, home: str) -> None:
        self.home = home
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.requests: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, request) -> None:
        if request.url.startswith("data:"):
            return
        self.requests.append(request.url)
        if not request.url.startswith(self.home):
            self.foreign.append(request.url)


@pytest.fixture(scope="package")
def opener(server, browser: Browser) -> Iterator[Callable]:
    """`opener("shouli")` is a fresh browser of that person, of nobody without a name.

    With `shared`, a new page in the browser that person has open already, axe at hand.
    """
    address, town = server
    opened: list[BrowserContext] = []
    kept: dict[str, BrowserContext] = {}

    def start(who: str = "", *, shared: bool = False, viewport: dict = DESK, **options) -> Page:
        context = kept.get(who) if shared else None
        if context is None:
            context = browser.new_context(base_url=address, viewport=viewport, **LOCALE, **options)
            context.set_default_timeout(10_000)
            if who:
                context.add_cookies([{"name": "sessionid", "value": town.session(who), "url": address}])
            opened.append(context)
            if shared:
                kept[who] = context
                # once per browser instead of half a megabyte per page
                context.add_init_script(path=AXE_FILE_PATH)
        page = context.new_page()
        page.watch = Watch(page, address)
        return page

    yield start
    for context in opened:
        context.close()


@pytest.fixture
def window(opener) -> Iterator[Callable]:
    """Like `opener`, closed after the test."""
    pages: list[Page] = []

    def start(*args, **kwargs) -> Page:
        pages.append(opener(*args, **kwargs))
        return pages[-1]

    yield start
    for page in pages:
        page.context.close()
