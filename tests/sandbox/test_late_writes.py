"""Late writes: no answer, and carried out on demand."""

import sqlite3

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, End, answer_to, call_keep_alive, post_form
from tests.sandbox.test_control import ask_control, post

SAMPLES = ("samples", "desk@example.com", 1000, ())


def test_late_write_gets_no_answer_and_changes_nothing_yet(server: SandboxServer) -> None:
    server.fault("late")

    response = call_keep_alive(server, "append", user="acme", name="samples")

    assert (response.raw, response.end) == (b"", End.CLOSED)
    assert server.store.snapshot() == [SAMPLES]
    assert server.late_writes == server.calls
    assert (server.calls[0].fault, server.calls[0].applied, server.calls[0].answered) == ("late", False, None)


def test_late_write_is_carried_out_on_demand_and_logged_as_applied(server: SandboxServer) -> None:
    server.fault("late")
    call_keep_alive(server, "append", user="acme", name="samples")

    carried_out = server.carry_out_late_writes()

    assert server.store.snapshot() == [("samples", "desk@example.com", 1000, ("acme",))]
    assert b'"users":["acme"]' in answer_to(server, "list")
    assert carried_out == server.calls[:1]
    assert (carried_out[0].applied, carried_out[0].answered) == (True, None)
    assert server.late_writes == []
    assert server.carry_out_late_writes() == []


def test_late_writes_are_carried_out_in_order_of_arrival(server: SandboxServer) -> None:
    server.fault("late", task="write", times=2)
    call_keep_alive(server, "edit", name="samples", new_name="renamed")
    call_keep_alive(server, "edit", name="renamed", new_frequency="7")

    assert [call.applied for call in server.carry_out_late_writes()] == [True, True]
    assert server.store.snapshot() == [("renamed", "desk@example.com", 7, ())]


@pytest.mark.parametrize(
    ("task", "parameters"),
    [
        ("append", {"user": "acme", "name": "samples"}),
        ("append", {"user": "nobody", "name": "second"}),
        ("edit", {"name": "second", "new_frequency": "0"}),
    ],
)
def test_late_write_that_is_refused_by_then_is_dropped_and_logged_as_not_applied(
    server: SandboxServer, task: str, parameters: dict[str, str]
) -> None:
    server.store.create(name="second", email="desk@example.com", frequency=5)
    server.fault("late", times=2)
    post_form(server, CREDENTIALS | {"task": task} | parameters)
    call_keep_alive(server, "edit", name="second", new_frequency="7")
    server.store.delete(name="samples")

    assert [call.applied for call in server.carry_out_late_writes()] == [False, True]
    assert server.store.snapshot() == [("second", "desk@example.com", 7, ())]
    assert [call.applied for call in server.calls] == [False, True]
    assert server.late_writes == []


def test_late_write_and_its_log_entry_are_one_transaction(server: SandboxServer) -> None:
    server.fault("late")
    call_keep_alive(server, "delete", name="samples")
    with server.store.transaction() as connection:
        connection.execute(
            "CREATE TRIGGER no_log BEFORE UPDATE ON call BEGIN SELECT RAISE(ABORT, 'the log is full'); END"
        )

    with pytest.raises(sqlite3.IntegrityError, match="the log is full"):
        server.carry_out_late_writes()

    assert server.store.snapshot() == [SAMPLES]
    assert [call.task for call in server.late_writes] == ["delete"]


@pytest.mark.parametrize("wrong", [{"api_key": "wrong"}, {"method": "wrong"}])
def test_rejected_call_is_not_kept(server: SandboxServer, wrong: dict[str, str]) -> None:
    server.fault("late")

    response = post_form(server, CREDENTIALS | {"task": "delete", "name": "samples"} | wrong)

    assert (response.raw, response.end) == (b"", End.CLOSED)
    assert server.late_writes == []


def test_late_writes_outlive_clear_and_an_outage(server: SandboxServer) -> None:
    server.fault("late", times=0)
    call_keep_alive(server, "delete", name="samples")

    server.clear()
    server.stop()
    server.start()

    assert server.faults == ()
    assert [call.task for call in server.late_writes] == ["delete"]
    server.carry_out_late_writes()
    assert server.store.snapshot() == []


def test_late_cannot_be_played_on_a_list(server: SandboxServer) -> None:
    with pytest.raises(ValueError, match="late cannot be played on list"):
        server.fault("late", task="list")


def test_control_page_shows_late_writes_and_carries_them_out() -> None:
    with SandboxServer() as server:
        server.store.create(name="<samples>", email="desk@example.com", frequency=5)
        assert "Late writes" not in ask_control(server, "/")[2]
        server.fault("late")
        call_keep_alive(server, "delete", name="<samples>")

        page = ask_control(server, "/")[2]

        assert "Late writes" in page
        assert "delete name=&lt;samples&gt;" in page
        assert post(server, "/late") == 303
        assert server.store.snapshot() == []
        assert "Late writes" not in ask_control(server, "/")[2]
