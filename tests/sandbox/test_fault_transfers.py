"""Faults of the transfer, seen by a plain socket."""

import gzip
import zlib
from time import monotonic
from typing import Any

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, End, Response, answer_to, connect, post_form, receive, request

BOTH = pytest.mark.parametrize("extension", ["json", "xml"])
TASKS = pytest.mark.parametrize("task", ["list", "edit"])


def play(
    server: SandboxServer, fault: str, task: str, extension: str, **options: Any
) -> tuple[Response, bytes]:
    """The response under the fault, and the body of the real answer."""
    real_answer = answer_to(server, task, extension=extension, name="samples")
    server.fault(fault, applied=True, **options)
    return post_form(
        server, CREDENTIALS | {"task": task, "name": "samples"}, extension=extension
    ), real_answer


@BOTH
@TASKS
def test_short_body_with_length_is_shorter_than_its_length(
    server: SandboxServer, task: str, extension: str
) -> None:
    response, real_answer = play(server, "short_body_with_length", task, extension)

    assert response.headers["content-length"] == str(len(real_answer))
    assert (response.body, response.end) == (real_answer[: len(real_answer) // 2], End.CLOSED)


@BOTH
@TASKS
def test_short_body_without_length_has_no_length(server: SandboxServer, task: str, extension: str) -> None:
    response, real_answer = play(server, "short_body_without_length", task, extension)

    assert not {"content-length", "transfer-encoding"} & set(response.headers)
    assert (response.body, response.end) == (real_answer[: len(real_answer) // 2], End.CLOSED)


@BOTH
@TASKS
def test_cut_chunks_end_within_a_chunk(server: SandboxServer, task: str, extension: str) -> None:
    response, real_answer = play(server, "cut_chunks", task, extension)

    size, _, chunk = response.body.partition(b"\r\n")
    assert response.headers["transfer-encoding"] == "chunked"
    assert int(size, 16) == len(real_answer)
    assert real_answer.startswith(chunk)
    assert 0 < len(chunk) < len(real_answer)
    assert response.end == End.CLOSED


@BOTH
def test_missing_last_chunk_ends_after_a_complete_chunk(server: SandboxServer, extension: str) -> None:
    response, real_answer = play(server, "missing_last_chunk", "list", extension)

    assert response.body == b"%x\r\n%s\r\n" % (len(real_answer), real_answer)
    assert response.end == End.CLOSED


@BOTH
@pytest.mark.parametrize(("fault", "comes_at_once"), [("drip_body", True), ("drip_headers", False)])
def test_drip_sends_a_byte_at_a_time(
    server: SandboxServer, fault: str, comes_at_once: bool, extension: str
) -> None:
    server.fault(fault, every=0.05)
    with connect(server) as connection:
        started = monotonic()
        connection.sendall(request(CREDENTIALS | {"task": "list"}, extension=extension))
        head = connection.recv(65536) if comes_at_once else b""
        drip = receive(connection, timeout_seconds=5, max_bytes=8).raw

    assert b"\r\n\r\n" in head or not comes_at_once
    assert monotonic() - started >= 0.05 * (len(drip) - 2)


def test_drip_that_is_received_to_its_end_is_the_real_answer(server: SandboxServer) -> None:
    response, real_answer = play(server, "drip_body", "list", "json", every=0.0, size=100)

    assert response.body == real_answer.ljust(100)


@BOTH
@TASKS
@pytest.mark.parametrize("fault", ["huge_body", "huge_body_chunked"])
def test_huge_body_has_the_size_of_its_option(
    server: SandboxServer, fault: str, task: str, extension: str
) -> None:
    response, _ = play(server, fault, task, extension, size=3_500_000)

    body = unchunked(response.body) if fault.endswith("chunked") else response.body
    assert body.count(b"x") >= 3_500_000
    assert ("content-length" in response.headers) == (fault == "huge_body")
    assert response.end == End.CLOSED


def test_huge_body_is_200_megabytes_by_default(server: SandboxServer) -> None:
    server.fault("huge_body")
    with connect(server) as connection:
        connection.sendall(request(CREDENTIALS | {"task": "list"}))

        assert int(receive(connection, max_bytes=1).headers["content-length"]) > 200_000_000


@pytest.mark.parametrize(("task", "extension"), [("list", "json"), ("edit", "xml")])
def test_gzip_bomb_is_small_until_it_is_inflated(server: SandboxServer, task: str, extension: str) -> None:
    response, _ = play(server, "gzip_bomb", task, extension)

    assert response.headers["content-encoding"] == "gzip"
    assert len(response.body) < 1_000_000
    assert inflated_size(response.body) > 200_000_000


def test_gzip_bomb_twice_is_even_smaller(server: SandboxServer) -> None:
    response, _ = play(server, "gzip_bomb_twice", "list", "json")

    assert response.headers["content-encoding"] == "gzip, gzip"
    assert len(response.body) < 10_000
    assert inflated_size(gzip.decompress(response.body)) > 200_000_000


@BOTH
@TASKS
def test_gzipped_inflates_to_the_real_answer(server: SandboxServer, task: str, extension: str) -> None:
    response, real_answer = play(server, "gzipped", task, extension)

    assert gzip.decompress(response.body) == real_answer


@BOTH
@pytest.mark.parametrize(("fault", "error"), [("bad_gzip", zlib.error), ("cut_gzip", EOFError)])
def test_badly_compressed_answers_cannot_be_inflated(
    server: SandboxServer, fault: str, error: type[Exception], extension: str
) -> None:
    response, _ = play(server, fault, "list", extension)

    with pytest.raises(error):
        gzip.decompress(response.body)


def inflated_size(body: bytes) -> int:
    opener = zlib.decompressobj(31)
    size = 0
    while body:
        size += len(opener.decompress(body, 1_000_000))
        body = opener.unconsumed_tail
    assert opener.eof
    return size


def unchunked(chunks: bytes) -> bytes:
    body = b""
    while chunks:
        size, _, rest = chunks.partition(b"\r\n")
        body, chunks = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body
