"""Which requests a fault is played on, and how many times."""

from typing import Any

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, answer_to, post_form


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
def test_fault_is_played_only_on_its_task(
    server: SandboxServer, task: str, expected: list[str | None]
) -> None:
    server.fault("e3", task=task, times=0)

    answer_to(server, "list")
    answer_to(server, "edit", name="samples")
    answer_to(server, "delete", name="samples")

    assert faults_played(server) == expected


def test_only_requests_that_the_fault_fits_are_counted(server: SandboxServer) -> None:
    server.fault("e3", task="list", times=2)

    for task in ("list", "edit", "list", "list"):
        answer_to(server, task, name="samples")

    assert faults_played(server) == ["e3", None, "e3", None]


def test_counted_faults_are_played_one_after_the_other(server: SandboxServer) -> None:
    server.fault("e3", times=2)
    server.fault("e5")

    for _ in range(4):
        answer_to(server, "list")

    assert faults_played(server) == ["e3", "e3", "e5", None]


def test_faults_without_a_count_take_turns_until_cleared(server: SandboxServer) -> None:
    server.fault("e3", times=0)
    server.fault("e5", times=0)

    for _ in range(3):
        answer_to(server, "list")
    server.clear()
    answer_to(server, "list")

    assert faults_played(server) == ["e3", "e5", "e3", None]


def test_request_with_an_unknown_task_meets_only_faults_for_any_task(server: SandboxServer) -> None:
    server.fault("e3", task="write", times=0)
    server.fault("lie", task="any", times=0)
    server.fault("e5", task="any")

    post_form(server, CREDENTIALS | {"task": "remove"})
    post_form(server, CREDENTIALS | {"task": "remove"})

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
def test_fault_that_cannot_be_played_is_refused_at_once(
    server: SandboxServer, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        server.fault(**wrong)
    assert server.faults == ()
