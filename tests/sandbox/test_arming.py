"""Which request meets which fault, and for how long."""

from typing import Any

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, say, tell


def faults_played(server: SandboxServer) -> list[str | None]:
    return [call.fault for call in server.calls]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("any", ["e3", "e3", "e3"]),
        ("write", [None, "e3", "e3"]),
        ("list", ["e3", None, None]),
        ("delete", [None, None, "e3"]),
    ],
)
def test_task_chooses_the_requests(server: SandboxServer, task: str, expected: list[str | None]) -> None:
    server.fault("e3", task=task, times=0)

    say(server, "list")
    say(server, "edit", name="samples")
    say(server, "delete", name="samples")

    assert faults_played(server) == expected


def test_times_are_counted_on_fitting_requests_only(server: SandboxServer) -> None:
    server.fault("e3", task="list", times=2)

    for task in ("list", "edit", "list", "list"):
        say(server, task, name="samples")

    assert faults_played(server) == ["e3", None, "e3", None]


def test_counted_faults_come_one_after_the_other(server: SandboxServer) -> None:
    server.fault("e3", times=2)
    server.fault("e5")

    for _ in range(4):
        say(server, "list")

    assert faults_played(server) == ["e3", "e3", "e5", None]


def test_lasting_faults_take_turns_until_cleared(server: SandboxServer) -> None:
    server.fault("e3", times=0)
    server.fault("e5", times=0)

    for _ in range(3):
        say(server, "list")
    server.clear()
    say(server, "list")

    assert faults_played(server) == ["e3", "e5", "e3", None]


def test_a_request_without_a_known_task_meets_only_what_is_set_on_any(server: SandboxServer) -> None:
    server.fault("e3", task="write", times=0)
    server.fault("lie", task="any", times=0)
    server.fault("e5", task="any")

    tell(server, CREDENTIALS | {"task": "remove"})
    tell(server, CREDENTIALS | {"task": "remove"})

    assert faults_played(server) == ["e5", None]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": "explode"}, "no fault 'explode'"),
        ({"name": "e1", "task": "remove"}, "no task 'remove'"),
        ({"name": "e1", "colour": "red"}, "e1 has no option colour; it takes words"),
        ({"name": "lie", "task": "list"}, "lie cannot be played on list"),
        ({"name": "stale_list", "task": "write"}, "stale_list cannot be played on write"),
    ],
)
def test_what_cannot_be_played_is_refused_at_once(
    server: SandboxServer, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        server.fault(**wrong)
    assert server.faults == ()
