"""A distinctive key through every failure: it stands in no answer, log, database file or output, in no disguise."""

import base64
import html
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
import requests

from config.logs import HIDDEN
from monitors.sandbox.faults import FAULTS, NAMES
from monitors.sandbox.server import SandboxServer
from tests.endurance.ledger import operations
from tests.endurance.visitor import Visitor
from tests.gateway.fault_ends import OPTIONS
from tests.product import Product, wait_until

KEY = "Cana%ry/7f3a+9c&= é"
MAILBOX = "a@northmail.example"
SHORT_WAITS = {
    "SENDGRID_API_KEY": KEY,
    "SENDGRID_DEADLINE": "0.4",
    "SENDGRID_READ_TIMEOUT": "0.4",
    "SENDGRID_MAX_ANSWER_MB": "1",
    "LOG_LEVEL": "debug",
}
RESET_THROTTLE = (
    "UPDATE monitors_throttle SET broken_until = NULL, paused_until = NULL, probe_until = NULL, failures = 0"
)
NOWHERE = {
    "no such name": {"SENDGRID_API_URL": "http://nowhere.invalid/api/distributor.manage"},
    "nobody listens": {"SENDGRID_API_URL": "http://127.0.0.1:9/api/distributor.manage"},
    "odd format": {"SENDGRID_API_FORMAT": "yaml"},
    "odd address": {"SENDGRID_API_URL": "ftp://127.0.0.1"},
    "odd timeout": {"SENDGRID_DEADLINE": "soon"},
    "odd database": {"DATABASE_URL": f"nonsense://{quote(KEY)}@127.0.0.1/desk"},
    "odd queue": {"QUEUE_URL": f"nonsense://{quote(KEY)}@127.0.0.1"},
}

pytestmark = pytest.mark.slow


def disguises() -> set[bytes]:
    """The key as it is, and as URLs, JSON, HTML, Python and base64 write it."""
    texts = {KEY, quote(KEY), quote(KEY, safe=""), quote_plus(KEY), html.escape(KEY), json.dumps(KEY)[1:-1]}
    texts |= {repr(KEY)[1:-1], ascii(KEY)[1:-1]}
    inside_base64 = {
        # Whatever stands before it: the characters in the middle depend on the key alone.
        encode(b"-" * before + KEY.encode())[4:-4]
        for before in range(3)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
    }
    codings = ("utf-8", "latin-1", "utf-16-le")
    return {text.encode(coding) for text in texts for coding in codings} | inside_base64


DISGUISES = disguises()


def shows_key(text: bytes | str) -> bool:
    raw = text.encode() if isinstance(text, str) else text
    return any(disguise in raw for disguise in DISGUISES)


@pytest.mark.any_database
@pytest.mark.parametrize(
    "text",
    [
        f"failed: {KEY!r}",
        f"api_user=demo&api_key={quote_plus(KEY)}&task=list",
        base64.b64encode(f"demo:{KEY}".encode()),
        json.dumps({"key": KEY}),
        html.escape(f"<b>{KEY}</b>"),
    ],
)
def test_search_itself_finds_the_key(text):
    assert shows_key(text)


@pytest.mark.parametrize(("form", "tasks"), [("json", ("create", "list")), ("xml", ("list", "create"))])
def test_key_is_nowhere_after_every_failure(form, tasks):
    sandbox = SandboxServer(control_port=None, key=KEY)
    with (
        Product(sandbox=sandbox, overrides=SHORT_WAITS | {"SENDGRID_API_FORMAT": form}) as desk,
        Visitor(desk.url, "ben") as ben,
    ):
        ben.refresh()
        assert sandbox.calls[0].answered == 200  # the key is the right one

        answers = [*meet_every_fault(desk, ben, tasks), *look_everywhere(desk, ben)]
        meet_some_with_the_worker(desk)

        assert [answer for answer in answers if shows_key(answer)] == []
        assert len(operations(desk)) > 40
        assert [name for name, content in stored(desk) if shows_key(content)] == []
        assert HIDDEN not in desk.log_text()  # the log would hide it: nothing may have tried to write it


def meet_every_fault(desk: Product, ben: Visitor, tasks: tuple[str, str]) -> Iterator[bytes]:
    """On a write and on the list by turns; the other format has them the other way round."""
    for number, fault in enumerate(NAMES):
        task = tasks[number % 2]
        if task in FAULTS[fault].tasks:
            desk.database.execute(RESET_THROTTLE)
            desk.sandbox.fault(fault, task=task, times=0, applied=True, **OPTIONS.get(fault, {}))
            yield meet(ben, fault, task)
            desk.sandbox.clear()


def meet(ben: Visitor, fault: str, task: str) -> bytes:
    if task == "list":
        answer = ben.post("/refresh/")
    else:
        answer = ben.act("/records/new/", name=fault, email=MAILBOX, frequency=1, reason="T-1")
    assert answer.status_code in (302, 422)
    return whole(answer)


def look_everywhere(desk: Product, ben: Visitor) -> Iterator[bytes]:
    pages = [f"/operations/{line.uuid}/" for line in operations(desk)]
    tasks = [f"/api-call/{task}/?name=a&user=b" for task in ("create", "edit", "delete", "append", "detach")]
    others = ("/", "/records/new/", "/upstream/", "/audit/", "/customers/", "/metrics")
    for path in (*pages, *tasks, *others):
        yield whole(ben.get(path))
    yield whole(ben.post("/audit/export.csv"))


def whole(answer: requests.Response) -> bytes:
    """Body, headers, and where it came from."""
    return f"{answer.url} {answer.headers} {answer.cookies}".encode() + answer.content


def meet_some_with_the_worker(desk: Product) -> None:
    for fault in ("hang", "status_500_html", "truncated"):
        desk.sandbox.fault(fault, task="list", times=0)
    desk.database.execute(RESET_THROTTLE)
    called = len(desk.sandbox.calls)
    desk.database.execute("UPDATE monitors_mirror SET due_at = NULL")
    desk.start_worker()
    wait_until(lambda: len(desk.sandbox.calls) > called)
    desk.stop_worker()


def stored(desk: Product) -> Iterator[tuple[str, bytes]]:
    """Logs, databases with their journals, queues; on PostgreSQL each table as text."""
    for path in desk.folder.rglob("*"):
        if path.is_file():
            yield path.name, path.read_bytes()
    if "postgres" in desk.database.url:
        for (table,) in desk.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            yield table, str(desk.rows(f'SELECT t::text FROM "{table}" t')).encode()


@pytest.mark.any_database
@pytest.mark.parametrize("case", NOWHERE)
def test_command_that_cannot_reach_the_upstream_says_why_without_the_key(case):
    with Product(workers=0, overrides=SHORT_WAITS) as desk:
        with pytest.raises(AssertionError) as failed:
            desk.manage("refresh", **NOWHERE[case])

        assert "Traceback" not in str(failed.value)
        assert not shows_key(str(failed.value))


def test_wrong_key_is_told_without_the_key():
    with Product(
        workers=0, overrides=SHORT_WAITS, sandbox=SandboxServer(control_port=None, key="another")
    ) as desk:
        with pytest.raises(AssertionError) as failed:
            desk.manage("refresh")

        assert "Bad username / password" in str(failed.value)
        assert not shows_key(str(failed.value))
        assert [name for name, content in stored(desk) if shows_key(content)] == []
