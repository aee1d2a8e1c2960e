"""Faults of the transfer, as a bare socket sees them."""

import gzip
import zlib
from time import monotonic
from typing import Any

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, End, Heard, connect, listen, request, say, tell

BOTH = pytest.mark.parametrize("extension", ["json", "xml"])
TASKS = pytest.mark.parametrize("task", ["list", "edit"])


def play(server: SandboxServer, fault: str, task: str, extension: str, **options: Any) -> tuple[Heard, bytes]:
    """What is heard under the fault, and what an honest server says."""
    honest = say(server, task, extension=extension, name="samples")
    server.fault(fault, applied=True, **options)
    return tell(server, CREDENTIALS | {"task": task, "name": "samples"}, extension=extension), honest


@BOTH
@TASKS
def test_short_body_with_length_breaks_its_promise(server: SandboxServer, task: str, extension: str) -> None:
    heard, honest = play(server, "short_body_with_length", task, extension)

    assert heard.headers["content-length"] == str(len(honest))
    assert (heard.body, heard.end) == (honest[: len(honest) // 2], End.CLOSED)


@BOTH
@TASKS
def test_short_body_without_length_promises_nothing(server: SandboxServer, task: str, extension: str) -> None:
    heard, honest = play(server, "short_body_without_length", task, extension)

    assert not {"content-length", "transfer-encoding"} & set(heard.headers)
    assert (heard.body, heard.end) == (honest[: len(honest) // 2], End.CLOSED)


@BOTH
@TASKS
def test_cut_chunks_end_within_a_chunk(server: SandboxServer, task: str, extension: str) -> None:
    heard, honest = play(server, "cut_chunks", task, extension)

    size, _, chunk = heard.body.partition(b"\r\n")
    assert heard.headers["transfer-encoding"] == "chunked"
    assert int(size, 16) == len(honest)
    assert honest.startswith(chunk)
    assert 0 < len(chunk) < len(honest)
    assert heard.end == End.CLOSED


@BOTH
def test_missing_last_chunk_ends_after_a_whole_one(server: SandboxServer, extension: str) -> None:
    heard, honest = play(server, "missing_last_chunk", "list", extension)

    assert heard.body == b"%x\r\n%s\r\n" % (len(honest), honest)
    assert heard.end == End.CLOSED


@BOTH
@pytest.mark.parametrize(("fault", "comes_at_once"), [("drip_body", True), ("drip_headers", False)])
def test_drip_sends_a_byte_at_a_time(
    server: SandboxServer, fault: str, comes_at_once: bool, extension: str
) -> None:
    server.fault(fault, every=0.05)
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}, extension=extension))
        heard = b""
        until = monotonic() + 0.6
        while monotonic() < until:
            part = connection.recv(65536)
            heard += part

    dripped = heard.partition(b"\r\n\r\n")[2] if comes_at_once else heard
    assert 5 <= len(dripped) <= 13
    assert len(part) == 1


def test_a_drip_that_is_heard_out_is_an_honest_answer(server: SandboxServer) -> None:
    heard, honest = play(server, "drip_body", "list", "json", every=0.0, size=100)

    assert heard.body == honest.ljust(100)


@BOTH
@TASKS
@pytest.mark.parametrize("fault", ["huge_body", "huge_body_chunked"])
def test_huge_body_is_as_large_as_it_is_asked_to_be(
    server: SandboxServer, fault: str, task: str, extension: str
) -> None:
    heard, _ = play(server, fault, task, extension, size=3_500_000)

    body = unchunked(heard.body) if fault.endswith("chunked") else heard.body
    assert body.count(b"x") >= 3_500_000
    assert ("content-length" in heard.headers) == (fault == "huge_body")
    assert heard.end == End.CLOSED


def test_huge_body_is_200_megabytes_unless_asked_otherwise(server: SandboxServer) -> None:
    server.fault("huge_body")
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}))

        assert int(listen(connection, most=1).headers["content-length"]) > 200_000_000


@pytest.mark.parametrize(("task", "extension"), [("list", "json"), ("edit", "xml")])
def test_gzip_bomb_is_small_until_it_is_opened(server: SandboxServer, task: str, extension: str) -> None:
    heard, _ = play(server, "gzip_bomb", task, extension)

    assert heard.headers["content-encoding"] == "gzip"
    assert len(heard.body) < 1_000_000
    assert inflated_size(heard.body) > 200_000_000


def test_gzip_bomb_twice_is_smaller_still(server: SandboxServer) -> None:
    heard, _ = play(server, "gzip_bomb_twice", "list", "json")

    assert heard.headers["content-encoding"] == "gzip, gzip"
    assert len(heard.body) < 10_000
    assert inflated_size(gzip.decompress(heard.body)) > 200_000_000


@BOTH
@TASKS
def test_gzipped_is_the_honest_answer_when_opened(server: SandboxServer, task: str, extension: str) -> None:
    heard, honest = play(server, "gzipped", task, extension)

    assert gzip.decompress(heard.body) == honest


@BOTH
@pytest.mark.parametrize(("fault", "error"), [("bad_gzip", zlib.error), ("cut_gzip", EOFError)])
def test_badly_packed_answers_cannot_be_opened(
    server: SandboxServer, fault: str, error: type[Exception], extension: str
) -> None:
    heard, _ = play(server, fault, "list", extension)

    with pytest.raises(error):
        gzip.decompress(heard.body)


def inflated_size(packed: bytes) -> int:
    opener = zlib.decompressobj(31)
    size = 0
    while packed:
        size += len(opener.decompress(packed, 1_000_000))
        packed = opener.unconsumed_tail
    assert opener.eof
    return size


def unchunked(chunked: bytes) -> bytes:
    body = b""
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        body, chunked = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body
