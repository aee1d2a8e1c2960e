"""Faults of the transfer: the body short, truncated, slow, far too large, or badly compressed."""

import gzip
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from monitors.sandbox.answers import Answer, head_of, success
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, answering, closing, is_json
from monitors.sandbox.rendering import PROLOG

HUGE_BYTES = 200_000_000
_BLOCK = b"x" * 1_000_000
_GZIP_HEAD = bytes.fromhex("1f8b08000000000002ff")
_DEFLATE_END = bytes.fromhex("0300")


def _short_body_with_length(exchange: Exchange) -> None:
    answer = exchange.real_answer
    exchange.send_head(answer, length=len(answer.body))
    exchange.send(_first_half(answer.body))


def _short_body_without_length(exchange: Exchange) -> None:
    answer = exchange.real_answer
    exchange.send_head(answer)
    exchange.send(_first_half(answer.body))


def _first_half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


def _cut_chunks(exchange: Exchange) -> None:
    body = exchange.real_answer.body
    exchange.send_head(exchange.real_answer, extra=[("Transfer-Encoding", "chunked")])
    exchange.send(_chunk(body)[: -(len(body) // 2) - 2])


def _missing_last_chunk(exchange: Exchange) -> None:
    exchange.send_head(exchange.real_answer, extra=[("Transfer-Encoding", "chunked")])
    exchange.send(_chunk(exchange.real_answer.body))


def _drip_body(exchange: Exchange) -> None:
    body_with_padding = exchange.real_answer.body.ljust(exchange.options["size"])
    exchange.send_head(exchange.real_answer, length=len(body_with_padding))
    exchange.drip(body_with_padding, exchange.options["every"])


def _drip_headers(exchange: Exchange) -> None:
    answer = exchange.real_answer
    padding = [("X-Padding", "x" * exchange.options["size"])]
    head = head_of(answer, length=len(answer.body), keep_alive=False, extra=padding)
    exchange.begin(answer.status)
    exchange.drip(head + answer.body, exchange.options["every"])


def _frame(exchange: Exchange) -> tuple[bytes, bytes]:
    """What comes before and after the padding, so that the whole is a valid document."""
    if is_json(exchange):
        if exchange.is_list:
            return b'[{"name":"big","email":"big@example.com","frequency":"1","users":["', b'"]}]'
        return b'{"message":"success","padding":"', b'"}'
    if exchange.is_list:
        start = "<monitors><monitor><name>big</name><email>big@example.com</email><frequency>1</frequency>"
        return f"{PROLOG}{start}<users><user>".encode(), b"</user></users></monitor></monitors>"
    return (PROLOG + "<result><message>success</message><padding>").encode(), b"</padding></result>"


def _blocks(frame: tuple[bytes, bytes], size: int) -> Iterator[bytes]:
    before, after = frame
    yield before
    for start in range(0, size, len(_BLOCK)):
        yield _BLOCK[: size - start]
    yield after


def _huge_body(exchange: Exchange) -> None:
    frame, size = _frame(exchange), exchange.options["size"]
    exchange.send_head(success(exchange.format), length=sum(map(len, frame)) + size)
    for block in _blocks(frame, size):
        exchange.send(block)


def _huge_body_chunked(exchange: Exchange) -> None:
    exchange.send_head(success(exchange.format), extra=[("Transfer-Encoding", "chunked")])
    for block in _blocks(_frame(exchange), exchange.options["size"]):
        exchange.send(_chunk(block))
    exchange.send(b"0\r\n\r\n")


@lru_cache(maxsize=8)
def _deflated(part: bytes) -> bytes:
    """Compressed so that results can be concatenated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)


def _bomb(frame: tuple[bytes, bytes], size: int, layers: int) -> bytes:
    """Compressed block by block: the whole at once would take longer than a client waits."""
    checksum, length, parts = 0, 0, [_GZIP_HEAD]
    for block in _blocks(frame, size):
        checksum, length = zlib.crc32(block, checksum), length + len(block)
        parts.append(_deflated(block))
    bomb = b"".join(parts) + _DEFLATE_END + struct.pack("<LL", checksum, length % 2**32)
    for _ in range(layers - 1):
        bomb = gzip.compress(bomb, mtime=0)
    return bomb


def _gzip_bomb(exchange: Exchange) -> Answer:
    layers = exchange.options["layers"]
    body = _bomb(_frame(exchange), exchange.options["size"], layers)
    return _with_gzip(success(exchange.format), body, layers)


def _with_gzip(answer: Answer, body: bytes, layers: int = 1) -> Answer:
    encoding = ", ".join(["gzip"] * layers)
    return replace(answer, body=body, headers=(*answer.headers, ("Content-Encoding", encoding)))


def _gzipped(exchange: Exchange) -> Answer:
    return _with_gzip(exchange.real_answer, gzip.compress(exchange.real_answer.body, mtime=0))


def _cut_gzip(exchange: Exchange) -> Answer:
    return _with_gzip(exchange.real_answer, gzip.compress(exchange.real_answer.body, mtime=0)[:-12])


def _bad_gzip(exchange: Exchange) -> Answer:
    noise = random.Random(1).randbytes(200)  # noqa: S311 - noise
    return _with_gzip(exchange.real_answer, _GZIP_HEAD + noise)


_DRIP_OPTIONS = {"every": 0.1, "size": 300}
TABLE: dict[str, Fault] = {
    "short_body_with_length": Fault(
        "Content-Length set, connection closed after half of the body", closing(_short_body_with_length)
    ),
    "short_body_without_length": Fault(
        "no Content-Length, connection closed after half of the body", closing(_short_body_without_length)
    ),
    "cut_chunks": Fault("connection closed within a chunk", closing(_cut_chunks)),
    "missing_last_chunk": Fault("connection closed before the last chunk", closing(_missing_last_chunk)),
    "drip_body": Fault("body sent one byte at a time", closing(_drip_body), options=_DRIP_OPTIONS),
    "drip_headers": Fault(
        "status line and headers sent one byte at a time", closing(_drip_headers), options=_DRIP_OPTIONS
    ),
    "huge_body": Fault("200 MB with Content-Length", closing(_huge_body), options={"size": HUGE_BYTES}),
    "huge_body_chunked": Fault(
        "200 MB in chunks, without Content-Length", closing(_huge_body_chunked), options={"size": HUGE_BYTES}
    ),
    "gzip_bomb": answering("200 MB in 200 kB of gzip", _gzip_bomb, {"size": HUGE_BYTES, "layers": 1}),
    "gzip_bomb_twice": answering(
        "200 MB in two layers of gzip", _gzip_bomb, {"size": HUGE_BYTES, "layers": 2}
    ),
    "gzipped": answering("real answer in gzip", _gzipped),
    "bad_gzip": answering("random bytes declared as gzip", _bad_gzip),
    "cut_gzip": answering("real answer in truncated gzip", _cut_gzip),
}
