import gzip
import socket
import zlib

import pytest

from monitors.gateway.client import Format
from monitors.gateway.errors import OutcomeUnknown, UnusableList
from monitors.gateway.records import Listing

from .calls import SUCCESS, end_of, gateway, write
from .replay import http, replay

DONE = SUCCESS[Format.JSON]
PACKED = gzip.compress(DONE)
ROW = b'{"name":"a","email":"e","frequency":"1","users":[]}'


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    return http(body, Content_Encoding=encoding)


@pytest.mark.parametrize(
    "answer",
    [
        packed(PACKED),
        packed(PACKED, "GZIP"),
        packed(PACKED, "x-gzip"),
        packed(DONE, "identity"),
        packed(DONE, ""),
    ],
)
def test_packed_answer_is_read(answer):
    with replay(answer) as server:
        assert end_of(lambda: write(gateway(server.url))) is None


@pytest.mark.parametrize(
    "answer",
    [
        packed(PACKED[:-8]),
        packed(PACKED[:-1]),
        packed(PACKED[:-8] + bytes(8)),
        packed(PACKED + b"more"),
        packed(PACKED + PACKED),
        packed(DONE),
        packed(b""),
        packed(zlib.compress(DONE), "deflate"),
        packed(PACKED, "gzip, gzip"),
        packed(PACKED, "br"),
        packed(DONE, "utf-8"),
    ],
)
def test_answer_packed_badly_or_otherwise_is_not_trusted(answer):
    with replay(answer) as server:
        assert type(end_of(lambda: write(gateway(server.url)))) is OutcomeUnknown
        assert type(end_of(gateway(server.url).list_records)) is UnusableList


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 131_072, 1_000_000, 2_000_000])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_packed_list_of_any_size_is_read_to_its_end(size, level):
    body = b"[" + b" " * size + ROW + b"]"

    with replay(packed(gzip.compress(body, level))) as server:
        found = end_of(gateway(server.url, deadline=10).list_records)

    assert isinstance(found, Listing)
    assert found.size == len(body)


@pytest.mark.parametrize(("over", "kind"), [(0, Listing), (1, UnusableList)])
@pytest.mark.parametrize("is_packed", [True, False])
def test_cap_is_exact_and_counts_inflated_bytes(over, kind, is_packed):
    body = b"[" + b" " * 100_000 + ROW + b"]"

    with replay(packed(gzip.compress(body)) if is_packed else http(body)) as server:
        found = end_of(gateway(server.url, max_list_bytes=len(body) - over).list_records)

    assert type(found) is kind


def flood(before: bytes, flooding: bytes):
    def play(connection: socket.socket) -> None:
        connection.sendall(before)
        while True:
            connection.sendall(flooding * 1000)

    return play


@pytest.mark.parametrize(
    "play",
    [
        flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n"),
        flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 1000 + b"\r\n \r\n"),
    ],
)
def test_flood_beside_the_body_counts_too(play):
    with replay(play) as server:
        end = end_of(gateway(server.url, deadline=10, max_list_bytes=100_000).list_records)

        assert type(end) is UnusableList
        assert len(server.requests) == 1
