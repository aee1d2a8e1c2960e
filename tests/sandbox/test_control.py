"""The control endpoint: the same faults and outside changes, by plain requests and on a page."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from monitors.sandbox.faults import NAMES
from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import say


@pytest.fixture
def controlled() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        running.store.seed(records=[("<samples>", "desk@example.com", 1000, ("acme",))])
        yield running


def ask_control(
    server: SandboxServer, path: str, form: dict[str, str] | None = None
) -> tuple[int, dict[str, str], str]:
    assert server.control_url is not None
    connection = HTTPConnection(urlsplit(server.control_url).netloc, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("GET" if form is None else "POST", path, urlencode(form or {}), headers)
    response = connection.getresponse()
    try:
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def post(server: SandboxServer, path: str, **form: str) -> int:
    return ask_control(server, path, form)[0]


def test_a_fault_set_by_request_is_played(controlled: SandboxServer) -> None:
    status, headers, _ = ask_control(controlled, "/fault", {"name": "e3", "task": "list", "times": "2"})

    assert (status, headers["Location"]) == (303, "/")
    assert b"Not found" in say(controlled, "list")
    assert controlled.faults[0].left == 1


@pytest.mark.parametrize(
    ("word", "applied"), [("before", True), ("yes", True), ("after", False), ("no", False)]
)
def test_applied_is_said_in_words(controlled: SandboxServer, word: str, applied: bool) -> None:
    assert post(controlled, "/fault", name="hang", applied=word) == 303
    assert controlled.faults[0].applied is applied


def test_options_are_fields_of_their_own_or_together_in_one(controlled: SandboxServer) -> None:
    post(controlled, "/fault", name="delay", seconds="0.5")
    post(controlled, "/fault", name="raw", options="body=hello status=299")

    assert controlled.faults[0].options == {"seconds": 0.5}
    assert controlled.faults[1].options == {"body": b"hello", "status": 299, "content_type": ""}


def test_clear_makes_it_a_good_day_again(controlled: SandboxServer) -> None:
    post(controlled, "/fault", name="hang", times="0")

    assert post(controlled, "/clear") == 303
    assert controlled.faults == ()


def test_outside_changes_all_tasks_and_leaves_no_call(controlled: SandboxServer) -> None:
    steps = [
        {"task": "create", "name": "new", "email": "a@example.com", "frequency": "5", "new_name": ""},
        {"task": "register", "user": "chebyte"},
        {"task": "append", "user": "chebyte", "name": "new"},
        {"task": "detach", "user": "acme"},
        {"task": "delete", "name": "<samples>"},
        {"task": "edit", "name": "new", "new_frequency": "9"},
    ]

    assert [post(controlled, "/outside", **step) for step in steps] == [303] * len(steps)
    assert controlled.store.snapshot() == [("new", "a@example.com", 9, ("chebyte",))]
    assert controlled.calls == []


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/fault", {"name": "explode"}, "there is no fault 'explode'"),
        ("/fault", {"name": "e1", "applied": "perhaps"}, "applied is yes or no"),
        ("/fault", {"name": "e1", "times": "often"}, "invalid literal"),
        ("/outside", {"task": "delete", "name": "<samples>"}, "in use"),
        ("/outside", {"task": "create", "name": "x"}, "Email is required"),
        ("/outside", {"task": "append", "name": "<samples>", "user": "nobody"}, "User not found"),
        ("/outside", {"task": "explode"}, "there is no change 'explode'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    controlled: SandboxServer, path: str, form: dict[str, str], sentence: str
) -> None:
    status, _, words = ask_control(controlled, path, form)

    assert status == 400
    assert sentence in words
    assert words.count("\n") == 1


def test_state_and_calls_are_told_in_json(controlled: SandboxServer) -> None:
    controlled.fault("e5", task="list", times=0)
    say(controlled, "list")
    say(controlled, "detach", user="acme")

    state = json.loads(ask_control(controlled, "/state.json")[2])
    calls = json.loads(ask_control(controlled, "/calls.json")[2])
    later = json.loads(ask_control(controlled, f"/calls.json?after={calls[0]['id']}")[2])

    assert state == {
        "url": controlled.url,
        "records": [{"name": "<samples>", "email": "desk@example.com", "frequency": 1000, "users": []}],
        "customers": ["acme"],
        "faults": [{"name": "e5", "task": "list", "applied": False, "left": 0}],
    }
    assert [(call["task"], call["applied"], call["fault"]) for call in calls] == [
        ("list", False, "e5"),
        ("detach", True, None),
    ]
    assert later == calls[1:]


def test_page_shows_the_day_the_calls_and_every_fault(controlled: SandboxServer) -> None:
    controlled.fault("lie", times=0)
    say(controlled, "delete", name="<samples>")

    status, headers, page = ask_control(controlled, "/")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "lie (says success and does nothing) on any, until cleared, change not applied" in page
    assert "name=&lt;samples&gt;" in page
    assert "<samples>" not in page
    assert "demo-key" not in page
    assert all(f"value='{name}'" in page for name in NAMES)


def test_other_addresses_are_not_there_and_get_changes_nothing(controlled: SandboxServer) -> None:
    assert ask_control(controlled, "/fault?name=hang")[0] == 404
    assert ask_control(controlled, "/nothing")[0] == 404
    assert controlled.faults == ()
