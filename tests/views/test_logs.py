"""One line an event, with the request, the operation and the person it is about, and never a secret."""

import json
import logging
import sys

import pytest
import structlog

from config.logs import Formatter, configuration
from monitors.models import Operation, Role

KEY = 'key "of" the account'


@pytest.fixture(autouse=True)
def no_ids():
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def record(message, *args, exc_info=None, **extra):
    made = logging.LogRecord("monitors.x", logging.WARNING, __file__, 1, message, args, exc_info)
    vars(made).update(extra)
    return made


def line(kind, made):
    return Formatter(kind=kind, secrets=[KEY, "short"]).format(made)


def failure():
    try:
        secret_in_a_frame = KEY
        int(secret_in_a_frame and "it")
    except ValueError:
        return sys.exc_info()


def test_a_line_of_json_has_when_what_how_bad_and_the_ids():
    with structlog.contextvars.bound_contextvars(request="r-1", user=7):
        found = json.loads(line("json", record("operation %s ended", "o-1")))

    at = found.pop("timestamp")
    assert at.endswith("Z")
    assert found == {
        "event": "operation o-1 ended",
        "level": "warning",
        "logger": "monitors.x",
        "request": "r-1",
        "user": 7,
    }


def test_a_line_for_readers_holds_the_same():
    with structlog.contextvars.bound_contextvars(request="r-1"):
        found = line("console", record("done", status=200))

    assert found.split(" ", 1)[1] == "warning monitors.x done request=r-1 status=200"


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_traceback_is_text_without_the_values_of_its_frames(kind):
    found = line(kind, record("broken", exc_info=failure()))

    assert "ValueError: invalid literal" in found
    assert "in failure" in found
    assert KEY not in found
    assert 'key \\"of' not in found


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_secret_is_hidden_wherever_it_stands(kind):
    with structlog.contextvars.bound_contextvars(user=KEY):
        found = line(kind, record("asked with %s in short", KEY, path=KEY))

    assert found.count("‹hidden›") == 3
    assert "of" not in found
    assert "in short" in found
    if kind == "json":
        assert json.loads(found)["path"] == "‹hidden›"


@pytest.mark.parametrize("kind", ["json", "console"])
def test_the_secret_of_a_one_time_link_is_hidden(kind):
    made = record("Gone: %s", "/accounts/link/wxj-0Hm7_Kq/", path="/accounts/link/wxj-0Hm7_Kq/")

    found = line(kind, made)

    assert "wxj" not in found
    assert found.count("/accounts/link/‹hidden›/") == 2


def test_what_a_stranger_sends_cannot_begin_a_line():
    found = line("json", record("asked for %s", 'x\n{"event": "all is well"}'))

    assert "\n" not in found


@pytest.fixture
def lines(monkeypatch):
    """What the product's own handler would write."""
    found = []
    handler = logging.Handler()
    handler.setFormatter(Formatter(kind="json"))
    handler.emit = lambda made: found.append(json.loads(handler.format(made)))
    logger = logging.getLogger("monitors")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


@pytest.mark.django_db
def test_a_write_can_be_followed_by_its_ids(as_role, desk, record_named, lines):
    client = as_role(Role.ACCOUNT_MANAGERS)
    pk = record_named("abuse-desk").pk

    client.post(f"/records/{pk}/append/?q=acme", {"user": "initech"}, headers={"X-Request-ID": "r-7"})

    operation = str(Operation.objects.get().pk)
    user = int(client.session["_auth_user_id"])
    ended, answered = (
        entry for entry in lines if entry["logger"] in {"monitors.services.ends", "monitors.requests"}
    )
    assert ended["operation"] == answered["operation"] == operation
    assert ended["request"] == answered["request"]
    assert (ended["user"], answered["user"]) == (user, user)
    assert (answered["method"], answered["path"], answered["status"]) == (
        "POST",
        f"/records/{pk}/append/",
        302,
    )
    assert isinstance(answered["milliseconds"], int)
    assert "acme" not in str(answered)


@pytest.mark.django_db
def test_the_next_request_of_the_thread_begins_without_ids(as_role, client, lines):
    as_role(Role.SUPPORT).get("/upstream/")
    client.get("/accounts/login/")
    client.get("/healthz")

    first, second = (entry for entry in lines if entry["logger"] == "monitors.requests")
    assert "user" in first
    assert "user" not in second
    assert first["request"] != second["request"]


def test_the_settings_hide_each_secret_they_know():
    made = configuration(kind="json", level="INFO", secrets=["a" * 20, "b" * 20])["formatters"]["line"]

    text = Formatter(kind=made["kind"], secrets=made["secrets"]).format(record("a" * 20 + "b" * 20))

    assert json.loads(text)["event"] == "‹hidden›‹hidden›"
