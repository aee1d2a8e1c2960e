"""Error pages need nothing: no database, no session, no collected files. Whatever is broken, people read words."""

import pytest
from django.conf import settings as current
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.test import Client

from tests.views.pages import text

MANIFEST = "config.static.CollectedFiles"
WORDS = {
    "400.html": "This request could not be read",
    "403_csrf.html": "This form has expired",
    "404.html": "Page not found",
    "413.html": "This form is too large",
    "429.html": "Too much at once",
    "500.html": "Something went wrong",
    "503.html": "The desk's database does not answer",
}


@pytest.fixture
def no_manifest(settings, tmp_path):
    """The product's own storage, and nobody has collected anything."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": MANIFEST}}


@pytest.fixture
def dead_database(db):
    def refuse(*_args):
        raise OperationalError("the database is gone")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def visitor():
    """Somebody who was signed in, as far as the cookie tells."""
    client = Client(raise_request_exception=False)
    client.cookies[current.SESSION_COOKIE_NAME] = "x" * 32
    return client


def assert_whole(response, status, page):
    assert response.status_code == status
    assert WORDS[page] in text(response)
    assert "Go to records" in text(response)
    assert response.content.decode().rstrip().endswith("</html>")


@pytest.mark.usefixtures("no_manifest")
def test_an_ordinary_page_would_need_the_manifest():
    with pytest.raises(ValueError, match="Missing staticfiles manifest entry"):
        staticfiles_storage.url("css/desk.css")


@pytest.mark.usefixtures("no_manifest")
@pytest.mark.parametrize("page", WORDS)
def test_page_is_drawn_from_nothing(page):
    drawn = render_to_string(page)

    assert WORDS[page] in drawn
    assert "/static/css/desk.css" in drawn
    assert "<style" not in drawn


@pytest.mark.usefixtures("no_manifest", "dead_database")
def test_a_dead_database_is_a_whole_page_with_its_headers(visitor):
    response = visitor.get("/")

    assert_whole(response, 503, "503.html")
    assert response.headers["Retry-After"] == "10"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("no_manifest", "dead_database")
def test_an_address_that_leads_nowhere_needs_no_database(visitor):
    assert_whole(visitor.get("/nowhere/"), 404, "404.html")


@pytest.mark.usefixtures("no_manifest", "db")
def test_a_missing_manifest_is_a_whole_page():
    response = Client(raise_request_exception=False).get("/accounts/login/")

    assert_whole(response, 500, "500.html")


@pytest.mark.usefixtures("no_manifest", "dead_database")
def test_a_form_without_its_token_needs_no_manifest_and_no_database(visitor):
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)

    assert_whole(strict.post("/accounts/login/", {"username": "ana"}), 403, "403_csrf.html")


@pytest.mark.usefixtures("no_manifest", "dead_database")
def test_a_request_that_cannot_be_read_needs_no_manifest_and_no_database(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1

    response = Client(raise_request_exception=False).post("/accounts/login/", {"a": "1", "b": "2"})

    assert_whole(response, 400, "400.html")
