"""State and log: restarts, kills, other processes, speed."""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest

from monitors.sandbox.calls import CallLog
from monitors.sandbox.seed import large
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.store import Refused, Store, UnknownCustomer
from tests.sandbox.raw import answer_to

ROW = ("samples", "desk@example.com", 5, ("acme",))


def test_state_and_log_survive_a_restart(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    with SandboxServer(db=db, control_port=None) as server:
        server.store.register(["acme"])
        answer_to(server, "create", name="samples", email="desk@example.com", frequency="5")
        answer_to(server, "append", name="samples", user="acme")

    with SandboxServer(db=db, control_port=None) as server:
        answer_to(server, "list")

        assert server.store.snapshot() == [ROW]
        assert [call.task for call in server.calls] == ["create", "append", "list"]


def test_state_and_log_agree_after_a_kill(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    program = (
        "import sys, os, signal\n"
        "from monitors.sandbox.server import SandboxServer\n"
        "from tests.sandbox.raw import answer_to\n"
        "server = SandboxServer(db=sys.argv[1], control_port=None).start()\n"
        "server.store.seed(records=[('samples', 'desk@example.com', 5, ())], customers=['acme'])\n"
        "answer_to(server, 'append', name='samples', user='acme')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    process = subprocess.run([sys.executable, "-c", program, str(db)], env=dict(os.environ), check=False)

    store = Store(db)
    assert process.returncode < 0
    assert store.snapshot() == [ROW]
    assert [(call.task, call.applied, call.answered) for call in CallLog(store).all()] == [
        ("append", True, 200)
    ]
    store.close()


def test_changes_made_directly_are_seen_by_the_next_list_and_are_no_calls(server: SandboxServer) -> None:
    answer_to(server, "list")

    server.store.append(user="acme", name="samples")

    assert b'"users":["acme"]' in answer_to(server, "list")
    assert [call.task for call in server.calls] == ["list", "list"]


def test_changes_of_another_process_are_seen_by_the_next_list(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    with SandboxServer(db=db, control_port=None) as server:
        answer_to(server, "list")
        other = Store(db)
        other.create(name="from outside", email="a@example.com", frequency=1)
        other.close()

        assert b"from outside" in answer_to(server, "list")


def test_store_raises_what_the_wire_refuses() -> None:
    store = Store()
    store.seed(records=[ROW])

    with pytest.raises(Refused, match="in use"):
        store.delete(name="samples")
    with pytest.raises(UnknownCustomer):
        store.append(user="nobody", name="samples")
    with pytest.raises(Refused, match="not found"):
        store.edit(name="nobody", new_frequency=1)
    assert store.list() == [ROW]
    store.close()


def test_a_failure_within_a_transaction_leaves_nothing_behind() -> None:
    store = Store()

    def fail() -> None:
        with store.transaction():
            store.create(name="half", email="a@example.com", frequency=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.is_empty()
    store.close()


def test_key_is_in_no_log_and_in_no_byte_of_the_file(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    with SandboxServer(db=db, key="canary-7731", control_port=None) as server:
        answer_to(server, "list")
        answer_to(server, "list", api_key="canary-7731")
        parameters = [call.parameters for call in server.calls]

    assert all("api_key" not in form for form in parameters)
    assert all(b"canary-7731" not in path.read_bytes() for path in tmp_path.iterdir())


def test_list_of_100000_customers_is_quick_and_rendered_once() -> None:
    customers, records = large()
    with SandboxServer(control_port=None) as server:
        server.store.seed(records=records, customers=customers)

        start = perf_counter()
        first = answer_to(server, "list")
        first_end = perf_counter()
        again = answer_to(server, "list")
        second_end = perf_counter()

    assert first == again
    assert len(first) > 2_000_000
    assert first_end - start < 5
    assert second_end - first_end < (first_end - start) / 2
