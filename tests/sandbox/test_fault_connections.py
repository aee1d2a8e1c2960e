"""Faults of the connection, as a bare socket sees them."""

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, PROLOG, End, Heard, ask, connect, listen, request

LIST = {"json": b'[{"name":"samples","email":"desk@example.com","frequency":"1000","users":[]}]'}
LIST["xml"] = (
    PROLOG + b"<monitors><monitor><name>samples</name><email>desk@example.com</email>"
    b"<frequency>1000</frequency><users></users></monitor></monitors>"
)
BOTH = pytest.mark.parametrize("extension", ["json", "xml"])
ENDS = pytest.mark.parametrize(("how", "end"), [("close", End.CLOSED), ("rst", End.RESET)])


@ENDS
def test_dropped_on_connect_before_a_byte_is_sent(server: SandboxServer, how: str, end: End) -> None:
    server.fault(f"{how}_on_connect")

    heard = knock(server)

    assert (heard.everything, heard.end) == (b"", end)
    assert server.calls == []


def knock(server: SandboxServer) -> Heard:
    """Connect and say nothing. A reset may be so early that connecting itself tells of it."""
    try:
        with connect(server) as connection:
            return listen(connection, patience=5)
    except ConnectionResetError:
        return Heard(b"", End.RESET)


@BOTH
@ENDS
@pytest.mark.parametrize("point", ["before_reading", "before_answer"])
def test_dropped_without_a_byte_of_an_answer(
    server: SandboxServer, how: str, end: End, point: str, extension: str
) -> None:
    server.fault(f"{how}_{point}")

    heard = ask(server, "list", extension=extension)

    assert (heard.everything, heard.end) == (b"", end)
    assert server.calls[-1].answered is None


@BOTH
@ENDS
def test_dropped_after_half_of_the_body(server: SandboxServer, how: str, end: End, extension: str) -> None:
    server.fault(f"{how}_within_answer")

    heard = ask(server, "list", extension=extension)

    whole = LIST[extension]
    assert heard.headers["content-length"] == str(len(whole))
    assert (heard.body, heard.end) == (whole[: len(whole) // 2], end)


@BOTH
@ENDS
def test_dropped_after_a_whole_answer_that_promised_to_keep_it(
    server: SandboxServer, how: str, end: End, extension: str
) -> None:
    server.fault(f"{how}_after_answer")

    heard = ask(server, "list", extension=extension)

    assert heard.headers["connection"] == "keep-alive"
    assert (heard.body, heard.end) == (LIST[extension], end)


@ENDS
def test_idle_connection_is_dropped_as_the_next_request_arrives(
    server: SandboxServer, how: str, end: End
) -> None:
    server.fault(f"{how}_idle")
    form = request(CREDENTIALS | {"task": "list"})

    with connect(server) as connection:
        connection.sendall(form)
        first = listen(connection, patience=0.1)
        connection.sendall(form)
        second = listen(connection)

    assert (first.body, first.end) == (LIST["json"], End.OPEN)
    assert (second.everything, second.end) == (b"", end)


def test_an_unread_request_that_the_fault_does_not_fit_is_read_and_answered(server: SandboxServer) -> None:
    server.fault("rst_before_reading", task="delete")

    assert ask(server, "list", patience=0.1).body == LIST["json"]
    assert ask(server, "delete", name="samples").end == End.RESET


def test_hang_says_nothing_and_keeps_the_connection(server: SandboxServer) -> None:
    server.fault("hang")

    heard = ask(server, "list")

    assert (heard.everything, heard.end) == (b"", End.OPEN)


@BOTH
def test_hang_within_answer_stops_after_half_of_the_body(server: SandboxServer, extension: str) -> None:
    server.fault("hang_within_answer")

    heard = ask(server, "list", extension=extension)

    assert (heard.body, heard.end) == (LIST[extension][: len(LIST[extension]) // 2], End.OPEN)


def test_bad_status_line_has_no_status(server: SandboxServer) -> None:
    server.fault("bad_status_line")

    heard = ask(server, "list")

    assert heard.everything.startswith(b"HTTP/1.1 two-hundred OK\r\n")
    assert heard.body == LIST["json"]


def test_not_http_is_another_protocol(server: SandboxServer) -> None:
    server.fault("not_http")

    assert ask(server, "list").everything == b"SSH-2.0-OpenSSH_9.2p1\r\n"


def test_many_headers_are_over_a_hundred(server: SandboxServer) -> None:
    server.fault("many_headers")

    heard = ask(server, "list")

    assert len(heard.head.split(b"\r\n")) > 101
    assert heard.body == LIST["json"]


def test_huge_header_is_one_line_of_a_megabyte(server: SandboxServer) -> None:
    server.fault("huge_header")

    heard = ask(server, "list")

    assert max(map(len, heard.head.split(b"\r\n"))) > 1_000_000
    assert heard.body == LIST["json"]


def test_endless_continue_never_comes_to_an_answer(server: SandboxServer) -> None:
    server.fault("endless_continue")

    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}))
        heard = listen(connection, most=200)

    assert set(heard.everything.split(b"\r\n\r\n")) <= {b"HTTP/1.1 100 Continue", b""}
