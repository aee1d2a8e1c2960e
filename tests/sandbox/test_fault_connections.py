"""Faults of the connection, seen by a plain socket."""

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, PROLOG, End, Response, call_keep_alive, connect, receive, request

LIST = {"json": b'[{"name":"samples","email":"desk@example.com","frequency":"1000","users":[]}]'}
LIST["xml"] = (
    PROLOG + b"<monitors><monitor><name>samples</name><email>desk@example.com</email>"
    b"<frequency>1000</frequency><users></users></monitor></monitors>"
)
BOTH = pytest.mark.parametrize("extension", ["json", "xml"])
ENDS = pytest.mark.parametrize(("how", "end"), [("close", End.CLOSED), ("rst", End.RESET)])


@ENDS
def test_connection_ends_on_connect(server: SandboxServer, how: str, end: End) -> None:
    server.fault(f"{how}_on_connect")

    response = knock(server)

    assert (response.raw, response.end) == (b"", end)
    assert server.calls == []


def knock(server: SandboxServer) -> Response:
    """Connect and send nothing. An early reset can already fail the connect."""
    try:
        with connect(server) as connection:
            return receive(connection, timeout_seconds=5)
    except ConnectionResetError:
        return Response(b"", End.RESET)


@BOTH
@ENDS
@pytest.mark.parametrize("point", ["before_reading", "before_answer"])
def test_connection_ends_without_a_byte_of_an_answer(
    server: SandboxServer, how: str, end: End, point: str, extension: str
) -> None:
    server.fault(f"{how}_{point}")

    response = call_keep_alive(server, "list", extension=extension)

    assert (response.raw, response.end) == (b"", end)
    assert server.calls[-1].answered is None


@BOTH
@ENDS
def test_connection_ends_after_half_of_the_body(
    server: SandboxServer, how: str, end: End, extension: str
) -> None:
    server.fault(f"{how}_within_answer")

    response = call_keep_alive(server, "list", extension=extension)

    whole = LIST[extension]
    assert response.headers["content-length"] == str(len(whole))
    assert (response.body, response.end) == (whole[: len(whole) // 2], end)


@BOTH
@ENDS
def test_connection_ends_after_a_complete_keep_alive_answer(
    server: SandboxServer, how: str, end: End, extension: str
) -> None:
    server.fault(f"{how}_after_answer")

    response = call_keep_alive(server, "list", extension=extension)

    assert response.headers["connection"] == "keep-alive"
    assert (response.body, response.end) == (LIST[extension], end)


@ENDS
def test_reused_connection_ends_when_the_next_request_arrives(
    server: SandboxServer, how: str, end: End
) -> None:
    server.fault(f"{how}_idle")
    form = request(CREDENTIALS | {"task": "list"})

    with connect(server) as connection:
        connection.sendall(form)
        first = receive(connection, timeout_seconds=0.1)
        connection.sendall(form)
        second = receive(connection)

    assert (first.body, first.end) == (LIST["json"], End.OPEN)
    assert (second.raw, second.end) == (b"", end)


def test_request_that_the_fault_does_not_fit_is_read_and_answered(server: SandboxServer) -> None:
    server.fault("rst_before_reading", task="delete")

    assert call_keep_alive(server, "list", timeout_seconds=0.1).body == LIST["json"]
    assert call_keep_alive(server, "delete", name="samples").end == End.RESET


def test_hang_sends_nothing_and_keeps_the_connection_open(server: SandboxServer) -> None:
    server.fault("hang")

    response = call_keep_alive(server, "list")

    assert (response.raw, response.end) == (b"", End.OPEN)


@BOTH
def test_hang_within_answer_stops_after_half_of_the_body(server: SandboxServer, extension: str) -> None:
    server.fault("hang_within_answer")

    response = call_keep_alive(server, "list", extension=extension)

    assert (response.body, response.end) == (LIST[extension][: len(LIST[extension]) // 2], End.OPEN)


def test_bad_status_line_has_no_status(server: SandboxServer) -> None:
    server.fault("bad_status_line")

    response = call_keep_alive(server, "list")

    assert response.raw.startswith(b"HTTP/1.1 two-hundred OK\r\n")
    assert response.body == LIST["json"]


def test_not_http_is_another_protocol(server: SandboxServer) -> None:
    server.fault("not_http")

    assert call_keep_alive(server, "list").raw == b"SSH-2.0-OpenSSH_9.2p1\r\n"


def test_many_headers_are_more_than_100(server: SandboxServer) -> None:
    server.fault("many_headers")

    response = call_keep_alive(server, "list")

    assert len(response.head.split(b"\r\n")) > 101
    assert response.body == LIST["json"]


def test_huge_header_is_one_line_of_a_megabyte(server: SandboxServer) -> None:
    server.fault("huge_header")

    response = call_keep_alive(server, "list")

    assert max(map(len, response.head.split(b"\r\n"))) > 1_000_000
    assert response.body == LIST["json"]


def test_endless_continue_never_sends_an_answer(server: SandboxServer) -> None:
    server.fault("endless_continue")

    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}))
        response = receive(connection, max_bytes=200)

    assert set(response.raw.split(b"\r\n\r\n")) <= {b"HTTP/1.1 100 Continue", b""}
