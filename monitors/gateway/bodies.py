"""The bytes of an answer's body, inflated, never more of them in memory than the call may take."""

import zlib
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse

_CHUNK = 2**16


class UnreadableBody(Exception):
    pass


def read_body(response: BaseHTTPResponse, max_bytes: int) -> bytearray:
    """Raises UnreadableBody, and urllib3's and the socket's own errors."""
    body = bytearray()
    if (getattr(response, "length_remaining", None) or 0) > max_bytes:
        raise UnreadableBody("the answer is too large")
    for piece in _pieces(response):
        body += piece
        if len(body) > max_bytes:
            raise UnreadableBody("the answer is too large")
    return body


def _pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """Inflated here, because urllib3 takes a gzip that is cut or has a tail of garbage for a whole one."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return _raw(response)
    if encoding in {"gzip", "x-gzip"}:
        return _inflated(response)
    raise UnreadableBody("the answer is in an encoding nobody asked for")


def _raw(response: BaseHTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK, decode_content=False):
        yield chunk


def _inflated(response: BaseHTTPResponse) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for chunk in _raw(response):
            yield from _inflate(inflater, chunk)
    except zlib.error:
        raise UnreadableBody("the answer's compression is broken") from None
    if not inflater.eof or inflater.unused_data:
        raise UnreadableBody("the answer's compression is broken")


def _inflate(inflater: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    yield inflater.decompress(chunk, _CHUNK)
    while inflater.unconsumed_tail:
        yield inflater.decompress(inflater.unconsumed_tail, _CHUNK)
