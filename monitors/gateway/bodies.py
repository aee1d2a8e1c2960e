"""Reading and inflating the body of an answer, with a cap on its size in memory."""

import zlib
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse

TOO_LARGE = "SendGrid's answer is too large"
_BAD_COMPRESSION = "SendGrid's answer cannot be decompressed"
_CHUNK_BYTES = 2**16


class UnreadableBody(Exception):
    """The text is a reason for a person, see GatewayError."""


def read_body(response: BaseHTTPResponse, max_bytes: int) -> bytearray:
    """Raises UnreadableBody, and the errors of urllib3 and of the socket."""
    body = bytearray()
    if (getattr(response, "length_remaining", None) or 0) > max_bytes:
        raise UnreadableBody(TOO_LARGE)
    for piece in _pieces(response):
        body += piece
        if len(body) > max_bytes:
            raise UnreadableBody(TOO_LARGE)
    return body


def _pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """Inflated here, because urllib3 accepts a gzip stream that is truncated or followed by garbage."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"identity", ""}:
        return _raw(response)
    if encoding in {"gzip", "x-gzip"}:
        return _inflated(response)
    raise UnreadableBody("SendGrid's answer has an unsupported content encoding")


def _raw(response: BaseHTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK_BYTES, decode_content=False):
        yield chunk


def _inflated(response: BaseHTTPResponse) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        for chunk in _raw(response):
            yield from _inflate(inflater, chunk)
    except zlib.error:
        raise UnreadableBody(_BAD_COMPRESSION) from None
    if not inflater.eof or inflater.unused_data:
        raise UnreadableBody(_BAD_COMPRESSION)


def _inflate(inflater: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    yield inflater.decompress(chunk, _CHUNK_BYTES)
    while inflater.unconsumed_tail:
        yield inflater.decompress(inflater.unconsumed_tail, _CHUNK_BYTES)
