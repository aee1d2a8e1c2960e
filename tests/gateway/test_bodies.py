import gzip
import socket
import zlib

import pytest

from monitors.gateway.client import Format
from monitors.gateway.errors import OutcomeUnknown, UnusableList
from monitors.gateway.records import Listing

from .calls import SUCCESS, end_of, gateway, write
from .replay import http, replay

SUCCESS_ANSWER = SUCCESS[Format.JSON]
GZIPPED_SUCCESS = gzip.compress(SUCCESS_ANSWER, mtime=0)
LIST_ROW = b'{"name":"a","email":"e","frequency":"1","users":[]}'


def encoded(body: bytes, encoding: str = "gzip") -> bytes:
    return http(body, Content_Encoding=encoding)


@pytest.mark.parametrize(
    "answer",
    [
        encoded(GZIPPED_SUCCESS),
        encoded(GZIPPED_SUCCESS, "GZIP"),
        encoded(GZIPPED_SUCCESS, "x-gzip"),
        encoded(SUCCESS_ANSWER, "identity"),
        encoded(SUCCESS_ANSWER, ""),
    ],
)
def test_gzipped_answer_is_read(answer):
    with replay(answer) as server:
        assert end_of(lambda: write(gateway(server.url))) is None


@pytest.mark.parametrize(
    "answer",
    [
        encoded(GZIPPED_SUCCESS[:-8]),
        encoded(GZIPPED_SUCCESS[:-1]),
        encoded(GZIPPED_SUCCESS[:-8] + bytes(8)),
        encoded(GZIPPED_SUCCESS + b"more"),
        encoded(GZIPPED_SUCCESS + GZIPPED_SUCCESS),
        encoded(SUCCESS_ANSWER),
        encoded(b""),
        encoded(zlib.compress(SUCCESS_ANSWER), "deflate"),
        encoded(GZIPPED_SUCCESS, "gzip, gzip"),
        encoded(GZIPPED_SUCCESS, "br"),
        encoded(SUCCESS_ANSWER, "utf-8"),
    ],
)
def test_badly_compressed_answer_is_not_trusted(answer):
    with replay(answer) as server:
        assert type(end_of(lambda: write(gateway(server.url)))) is OutcomeUnknown
        assert type(end_of(gateway(server.url).list_records)) is UnusableList


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 131_072, 1_000_000, 2_000_000])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_gzipped_list_of_any_size_is_read_to_its_end(size, level):
    body = b"[" + b" " * size + LIST_ROW + b"]"

    with replay(encoded(gzip.compress(body, level))) as server:
        end = end_of(gateway(server.url, deadline=10).list_records)

    assert isinstance(end, Listing)
    assert end.size == len(body)


@pytest.mark.parametrize(("over", "kind"), [(0, Listing), (1, UnusableList)])
@pytest.mark.parametrize("is_gzipped", [True, False])
def test_cap_is_exact_and_counts_inflated_bytes(over, kind, is_gzipped):
    body = b"[" + b" " * 100_000 + LIST_ROW + b"]"

    with replay(encoded(gzip.compress(body)) if is_gzipped else http(body)) as server:
        end = end_of(gateway(server.url, max_list_bytes=len(body) - over).list_records)

    assert type(end) is kind


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
def test_bytes_beside_the_body_count_too(play):
    with replay(play) as server:
        end = end_of(gateway(server.url, deadline=10, max_list_bytes=100_000).list_records)

        assert type(end) is UnusableList
        assert len(server.requests) == 1
