import socket
import threading

import pytest

from monitors.gateway.client import Format, Gateway
from monitors.gateway.errors import NotSent, OutcomeUnknown, UnusableList

from .calls import EMPTY, SUCCESS, end_of, gateway, upstream, write
from .replay import http, read_request, replay
from .tls import CERTIFICATE, tls

SUCCESS_ANSWER = http(SUCCESS[Format.JSON])
ENVIRONMENT_OF_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class CountingThrottle:
    def __init__(self) -> None:
        self.admitted = 0

    def admit(self) -> None:
        self.admitted += 1

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        pass


def test_certificate_that_nobody_trusts_gets_no_request():
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        end = end_of(lambda: write(gateway(server.url)))

        assert type(end) is NotSent
        assert "certificate" in end.reason
        assert server.requests == []


def test_certificate_of_the_configured_bundle_is_trusted():
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        assert end_of(lambda: write(gateway(server.url, ca_bundle=CERTIFICATE))) is None


def test_certificate_for_another_name_gets_no_request():
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        other_name = server.url.replace("localhost", "127.0.0.1")

        end = end_of(lambda: write(gateway(other_name, ca_bundle=CERTIFICATE)))

        assert type(end) is NotSent
        assert server.requests == []


def test_tls_error_is_not_retried():
    throttle = CountingThrottle()
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        end = end_of(Gateway(upstream(server.url), throttle=throttle).list_records)

    assert type(end) is NotSent
    assert throttle.admitted == 1


def test_certificates_of_the_environment_are_ignored(monkeypatch):
    for variable in ENVIRONMENT_OF_CERTIFICATES:
        monkeypatch.setenv(variable, CERTIFICATE)
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        assert type(end_of(lambda: write(gateway(server.url)))) is NotSent


def test_session_keys_are_not_written_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    with replay(SUCCESS_ANSWER, tls=tls()) as server:
        write(gateway(server.url, ca_bundle=CERTIFICATE))

    assert not (tmp_path / "keys").exists()


def test_proxy_and_netrc_of_the_environment_are_ignored(monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine localhost login other password secret\n")
    netrc.chmod(0o600)
    with replay(SUCCESS_ANSWER) as proxy, replay(SUCCESS_ANSWER) as server:
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)

        write(gateway(server.url))

        assert proxy.requests == []
        assert b"Authorization" not in server.requests[0]


def test_configured_proxy_is_used():
    with replay(SUCCESS_ANSWER) as proxy:
        write(gateway("http://upstream.example/api", proxy=f"http://127.0.0.1:{proxy.port}"))

        assert proxy.requests[0].startswith(b"POST http://upstream.example/api.json HTTP/1.1\r\n")


def test_tunnel_through_a_proxy_is_verified_to_its_end():
    with replay(SUCCESS_ANSWER, tls=tls()) as server, replay(tunnel_to(server.port)) as proxy:
        through = f"http://127.0.0.1:{proxy.port}"

        trusted = end_of(lambda: write(gateway(server.url, ca_bundle=CERTIFICATE, proxy=through)))
        untrusted = end_of(lambda: write(gateway(server.url, proxy=through)))

        assert trusted is None
        assert type(untrusted) is NotSent
        assert all(request.startswith(b"CONNECT localhost:") for request in proxy.requests)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer", [http(b"who are you", "407 Proxy Authentication Required"), b"", b"nonsense\r\n"]
)
def test_tunnel_that_a_proxy_refuses_is_not_sent(answer):
    with replay(answer) as proxy:
        end = end_of(
            lambda: write(gateway("https://upstream.example/api", proxy=f"http://127.0.0.1:{proxy.port}"))
        )

    assert type(end) is NotSent


def tunnel_to(port: int):
    def play(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with socket.create_connection(("127.0.0.1", port)) as far:
            back = threading.Thread(target=pump, args=(far, connection))
            back.start()
            pump(connection, far)
            back.join()

    return play


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(65536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
def test_redirect_is_not_followed(status):
    with replay(SUCCESS_ANSWER) as other, replay(http(b"", status, Location=f"{other.url}.json")) as server:
        assert type(end_of(lambda: write(gateway(server.url)))) is OutcomeUnknown
        assert type(end_of(gateway(server.url).list_records)) is UnusableList

        assert other.requests == []


def test_cookies_are_not_kept():
    with replay(http(SUCCESS[Format.JSON], Set_Cookie="session=1; Path=/")) as server:
        caller = gateway(server.url)
        write(caller)
        write(caller)

        assert len(server.requests) == 2
        assert b"Cookie" not in server.requests[1]


@pytest.mark.parametrize(("max_idle", "connections"), [(15, 1), (-1, 2)])
def test_calls_of_one_thread_share_a_connection_until_it_was_idle_too_long(max_idle, connections):
    answer = SUCCESS_ANSWER.replace(b"Connection: close\r\n", b"")
    second_requests = []

    def serve_two(connection: socket.socket) -> None:
        connection.sendall(answer)
        if request := read_request(connection).strip():
            second_requests.append(request)
            connection.sendall(answer)

    with replay(serve_two) as server:
        write(gateway(server.url, max_idle=max_idle))
        write(gateway(server.url, max_idle=max_idle))
        gateway(server.url).close()

        assert len(server.requests) == connections
        assert len(server.requests) + len(second_requests) == 2


def test_another_upstream_gets_its_own_connection():
    answer = SUCCESS_ANSWER.replace(b"Connection: close\r\n", b"")
    with replay(answer) as one, replay(answer) as other:
        write(gateway(one.url))
        write(gateway(other.url))
        write(gateway(other.url, user="somebody"))

        assert (len(one.requests), len(other.requests)) == (1, 2)


def test_connection_that_the_upstream_closed_is_not_reused():
    keep_alive_answer = http(EMPTY[Format.JSON]).replace(b"Connection: close\r\n", b"")
    is_closed = threading.Event()

    def answer_and_close(connection: socket.socket) -> None:
        connection.sendall(keep_alive_answer)
        connection.shutdown(socket.SHUT_RDWR)
        is_closed.set()

    with replay(answer_and_close, SUCCESS_ANSWER) as server:
        caller = gateway(server.url)
        caller.list_records()
        is_closed.wait(2)

        assert end_of(lambda: write(caller)) is None


def test_surplus_answer_is_not_taken_for_the_answer_to_the_next_call():
    both = http(EMPTY[Format.JSON]).replace(b"Connection: close\r\n", b"") + SUCCESS_ANSWER

    with replay(both, http(b'{"message":"error","errors":["not yours"]}')) as server:
        caller = gateway(server.url)
        end_of(caller.list_records)

        assert end_of(lambda: write(caller)) is not None
