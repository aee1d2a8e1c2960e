"""The control endpoint: faults and outside changes by request and on a page."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from monitors.sandbox.faults import NAMES
from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import answer_to


@pytest.fixture
def server() -> Iterator[SandboxServer]:
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


def test_fault_armed_by_request_is_played(server: SandboxServer) -> None:
    status, headers, _ = ask_control(server, "/fault", {"name": "e3", "task": "list", "times": "2"})

    assert (status, headers["Location"]) == (303, "/")
    assert b"Not found" in answer_to(server, "list")
    assert server.faults[0].left == 1


@pytest.mark.parametrize(
    ("word", "applied"), [("before", True), ("yes", True), ("after", False), ("no", False)]
)
def test_applied_takes_several_words(server: SandboxServer, word: str, applied: bool) -> None:
    assert post(server, "/fault", name="hang", applied=word) == 303
    assert server.faults[0].applied is applied


def test_options_are_separate_fields_or_one_query_string(server: SandboxServer) -> None:
    post(server, "/fault", name="delay", seconds="0.5")
    post(server, "/fault", name="raw", options="body=hello status=299")

    assert server.faults[0].options == {"seconds": 0.5}
    assert server.faults[1].options == {"body": b"hello", "status": 299, "content_type": ""}


def test_clear_removes_all_faults(server: SandboxServer) -> None:
    post(server, "/fault", name="hang", times="0")

    assert post(server, "/clear") == 303
    assert server.faults == ()


def test_outside_change_of_each_task_is_carried_out_and_not_logged(server: SandboxServer) -> None:
    steps = [
        {"task": "create", "name": "new", "email": "a@example.com", "frequency": "5", "new_name": ""},
        {"task": "register", "user": "chebyte"},
        {"task": "append", "user": "chebyte", "name": "new"},
        {"task": "detach", "user": "acme"},
        {"task": "delete", "name": "<samples>"},
        {"task": "edit", "name": "new", "new_frequency": "9"},
    ]

    assert [post(server, "/outside", **step) for step in steps] == [303] * len(steps)
    assert server.store.snapshot() == [("new", "a@example.com", 9, ("chebyte",))]
    assert server.calls == []


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
def test_bad_control_request_is_answered_with_one_line(
    server: SandboxServer, path: str, form: dict[str, str], sentence: str
) -> None:
    status, _, words = ask_control(server, path, form)

    assert status == 400
    assert sentence in words
    assert words.count("\n") == 1


def test_state_and_calls_are_served_as_json(server: SandboxServer) -> None:
    server.fault("e5", task="list", times=0)
    answer_to(server, "list")
    answer_to(server, "detach", user="acme")

    state = json.loads(ask_control(server, "/state.json")[2])
    calls = json.loads(ask_control(server, "/calls.json")[2])
    later = json.loads(ask_control(server, f"/calls.json?after={calls[0]['id']}")[2])

    assert state == {
        "url": server.url,
        "records": [{"name": "<samples>", "email": "desk@example.com", "frequency": 1000, "users": []}],
        "customers": ["acme"],
        "faults": [{"name": "e5", "task": "list", "applied": False, "left": 0}],
    }
    assert [(call["task"], call["applied"], call["fault"]) for call in calls] == [
        ("list", False, "e5"),
        ("detach", True, None),
    ]
    assert later == calls[1:]


def test_page_shows_armed_faults_calls_and_every_fault(server: SandboxServer) -> None:
    server.fault("lie", times=0)
    answer_to(server, "delete", name="<samples>")

    status, headers, page = ask_control(server, "/")

    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "lie (success without doing anything) on any, until cleared, change not applied" in page
    assert "name=&lt;samples&gt;" in page
    assert "<samples>" not in page
    assert "demo-key" not in page
    assert all(f"value='{name}'" in page for name in NAMES)


def test_other_addresses_are_404_and_get_changes_nothing(server: SandboxServer) -> None:
    assert ask_control(server, "/fault?name=hang")[0] == 404
    assert ask_control(server, "/nothing")[0] == 404
    assert server.faults == ()
