"""An error page is there when everything else is not: no manifest, no database, no context processor."""

import base64
import hashlib
import re

import pytest
from django.db import OperationalError, connection
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path

from talent.core.services.errors import NotAllowed
from workflows import chrome
from workflows.urls import urlpatterns as real


def breaks(request) -> HttpResponse:
    raise RuntimeError("nobody expected this")


def is_missing(request) -> HttpResponse:
    raise Http404


def is_refused(request) -> HttpResponse:
    raise NotAllowed("您没有这一项岗位授权。")


urlpatterns = [*real, path("breaks/", breaks), path("missing/", is_missing), path("refused/", is_refused)]
handler400 = "workflows.doorkeeper.bad_request"
handler403 = "workflows.doorkeeper.forbidden"
handler404 = "workflows.doorkeeper.not_found"
handler500 = "workflows.doorkeeper.server_error"
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def visitor(django_user_model) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(
        django_user_model.objects.create_user("somebody", name="某人"),
        "django.contrib.auth.backends.ModelBackend",
    )
    return client


@pytest.fixture
def no_manifest(settings):
    """As on a server where nobody ran `collectstatic`."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }


def assert_whole(response, status: int, word: str) -> None:
    page = response.content.decode()
    assert response.status_code == status
    assert word in page
    assert "返回首页" in page
    assert "nobody expected" not in page
    assert "<link" not in page and "<script" not in page, "nothing else has to be there"  # noqa: PT018
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{allowed}'" in response["Content-Security-Policy"], "the browser draws its style"


PAGES = [("/breaks/", 500, "系统出错"), ("/missing/", 404, "没有找到"), ("/refused/", 403, "岗位授权")]


@pytest.mark.parametrize(("address", "status", "word"), PAGES)
def test_without_the_manifest_every_error_page_is_drawn(visitor, no_manifest, address, status, word):
    assert_whole(visitor.get(address), status, word)


def test_without_the_manifest_any_other_page_breaks_into_that_one(visitor, no_manifest):
    """Teeth: the manifest is really missing here."""
    assert_whole(visitor.get("/my/messages/"), 500, "系统出错")


@pytest.mark.parametrize(("address", "status", "word"), PAGES)
def test_with_a_broken_context_processor_too(visitor, monkeypatch, address, status, word):
    def broken(request):
        raise RuntimeError("nobody expected this")

    monkeypatch.setattr(chrome, "held_posts", broken)
    assert_whole(visitor.get(address), status, word)


def test_without_a_database_too(visitor, monkeypatch):
    def gone(*_args, **_facts):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", gone)
    response = visitor.get("/my/messages/")
    monkeypatch.undo()
    assert_whole(response, 500, "系统出错")


def test_a_bad_request_needs_nothing_either(settings, no_manifest):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    response = Client(raise_request_exception=False).get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert "请求无法处理" in response.content.decode()


@pytest.mark.parametrize(("address", "status", "word"), PAGES[1:])
def test_when_nothing_is_broken_the_page_keeps_its_menu(visitor, address, status, word):
    response = visitor.get(address)
    assert response.status_code == status
    assert word in response.content.decode()
    assert "app.css" in response.content.decode()


@pytest.mark.parametrize(("address", "status", "word"), PAGES[1:])
def test_a_program_gets_the_words_without_the_page(visitor, address, status, word):
    response = visitor.get(address, headers={"accept": "application/json"})
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/plain")
    assert word in response.content.decode()
    assert "<" not in response.content.decode()


def test_a_watcher_may_ask_for_the_head_of_a_page(loaded):
    assert Client().head("/").status_code == 200
