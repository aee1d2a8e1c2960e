"""Why a call failed, as people read it: a short clause that names SendGrid and has no full stop."""

import socket
from collections.abc import Iterator

import pytest

from monitors.gateway.client import Format
from monitors.sandbox.server import SandboxServer

from .calls import end_of, gateway, write
from .replay import http, replay
from .tls import tls

REASONS = {
    "close_before_answer": "SendGrid closed the connection before it answered",
    "rst_within_answer": "SendGrid closed the connection before its answer was complete",
    "close_within_answer": "SendGrid's answer is incomplete",
    "hang": "SendGrid did not answer in time",
    "not_http": "SendGrid's answer is not HTTP",
    "huge_body": "SendGrid's answer is too large",
    "bad_gzip": "SendGrid's answer cannot be decompressed",
    "status_503_html": "SendGrid answered HTTP 503",
    "html_200": "SendGrid answered HTTP 200, but the body cannot be read: it is not JSON",
    "unknown_message": "SendGrid answered HTTP 200 with neither a success nor a refusal",
}


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(key="canary", control_port=None) as running:
        yield running


@pytest.mark.parametrize("fault", REASONS)
def test_reason_says_what_happened_to_the_answer(server, fault):
    server.fault(fault, applied=True)
    caller = gateway(server.url, key="canary", deadline=0.5)

    end = end_of(lambda: write(caller))

    caller.close()
    assert end.reason == REASONS[fault]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"message":"queued"}', "200 OK", "SendGrid answered HTTP 200, but not with a list"),
        (b"[]", "404 Not Found", "SendGrid sent a list with HTTP 404"),
        (
            b'[{"id":1}]',
            "200 OK",
            "SendGrid answered HTTP 200, but the body cannot be read: it is not a list of records",
        ),
    ],
)
def test_reason_says_why_a_list_is_unusable(body, status, reason):
    with replay(http(body, status)) as server:
        assert end_of(gateway(server.url).list_records).reason == reason


def test_reason_names_an_unsupported_content_encoding():
    with replay(http(b"x", Content_Encoding="br")) as server:
        end = end_of(lambda: write(gateway(server.url)))

    assert end.reason == "SendGrid's answer has an unsupported content encoding"


def test_reason_says_why_nothing_was_sent():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with replay(b"", tls=tls()) as server:
        certificate_error = end_of(lambda: write(gateway(server.url)))
    refusal = end_of(lambda: write(gateway(f"http://127.0.0.1:{port}/x")))
    dns_error = end_of(lambda: write(gateway("http://nobody.invalid/x", Format.JSON, connect_timeout=1)))

    assert certificate_error.reason == "SendGrid's certificate is not trusted"
    assert refusal.reason == "SendGrid refused the connection"
    assert dns_error.reason in (
        "SendGrid's host name could not be resolved",
        "the connection to SendGrid timed out",
    )
