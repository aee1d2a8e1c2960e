"""The sandbox as a process: one line of output, a clean exit, one clear line on an error."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from monitors.sandbox.store import Store

ROOT = Path(__file__).resolve().parents[2]
MODULE = [sys.executable, "-m", "monitors.sandbox"]
COMMAND = [sys.executable, "manage.py", "sandbox"]
SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SENDGRID_API_USER": "anna",
    "SENDGRID_API_KEY": "k",
}


def environment(**extra: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("SENDGRID_")}
    return others | extra


@contextmanager
def running(
    arguments: list[str], program: list[str] = MODULE, **extra: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its first line."""
    process = subprocess.Popen(
        [*program, "--port", "0", *arguments],
        cwd=ROOT,
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command, env = [*MODULE, *arguments], environment()
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=20, check=False)


def listed(line: str, *, user: str = "demo", key: str = "demo-key") -> str:
    match = re.search(r"http://\S+/api/distributor\.manage", line)
    assert match, line
    query = urlencode({"api_user": user, "api_key": key, "method": "monitor", "task": "list"})
    with urlopen(f"{match[0]}.json?{query}", timeout=5) as answer:
        text: str = answer.read().decode()
        return text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_prints_one_line_and_ends_with_zero_on_a_signal(number: signal.Signals) -> None:
    with running([]) as (process, line):
        assert "abuse-desk-eu" in listed(line)

        process.send_signal(number)
        rest, errors = process.communicate(timeout=5)

    assert (process.returncode, rest, errors) == (0, "", "")
    assert re.fullmatch(
        r"Sandbox upstream on http://127\.0\.0\.1:\d+/api/distributor\.manage, "
        r"control page on http://127\.0\.0\.1:\d+/\n",
        line,
    )


def test_management_command_takes_user_and_key_from_the_environment(tmp_path: Path) -> None:
    db = ["--db", str(tmp_path / "new" / "sandbox.sqlite3"), "--seed", "none"]
    with running(db, COMMAND, **SETTINGS) as (process, line):
        assert listed(line, user="anna", key="k") == "[]"

        process.terminate()
        _, errors = process.communicate(timeout=5)

    assert (process.returncode, errors) == (0, "")


def test_key_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("from-the-file\n")

    with running(["--seed", "none"], SENDGRID_API_KEY_FILE=str(secret)) as (_, line):
        assert listed(line, key="from-the-file") == "[]"


def test_only_a_new_file_is_seeded(tmp_path: Path) -> None:
    db = tmp_path / "sandbox.sqlite3"
    store = Store(db)
    store.create(name="mine", email="a@example.com", frequency=1)
    store.close()

    with running(["--db", str(db)]) as (_, line):
        assert listed(line) == '[{"name":"mine","email":"a@example.com","frequency":"1","users":[]}]'


def test_faults_of_the_command_line_take_turns_until_cleared() -> None:
    with running(["--seed", "none", "--fault", "empty_list:list,e3"]) as (_, line):
        response = [listed(line) for _ in range(3)]

    assert response == ["[]", '{"error":{"code":404,"message":"Not found"}}', "[]"]


def test_a_taken_port_is_one_clear_line_and_exit_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        process = run(["--port", str(port), "--seed", "none"])

    assert (process.returncode, process.stdout) == (1, "")
    assert process.stderr == (
        f"sandbox: cannot listen: Address already in use (127.0.0.1 port {port}, control port 0)\n"
    )


def test_an_unknown_fault_is_one_clear_line_and_exit_1() -> None:
    process = run(["--port", "0", "--seed", "none", "--fault", "explode"])

    assert (process.returncode, process.stderr) == (1, "sandbox: there is no fault 'explode'\n")


def test_a_file_that_is_no_database_is_one_clear_line_and_exit_1(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, and not a database at all. " * 50)

    process = run(["--port", "0", "--db", str(file)])

    assert process.returncode == 1
    assert process.stderr.startswith(f"sandbox: cannot use {file}: ")
    assert process.stderr.count("\n") == 1
