"""A server that sends given bytes: for what the sandbox cannot play, and to see the exact bytes of a request."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Play = bytes | Callable[[socket.socket], None]


class Replay:
    """Each request gets the next of `plays`, and then the last one again; a connection serves one request."""

    def __init__(self, plays: tuple[Play, ...], tls: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self._plays = list(plays)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://localhost:{self.port}/api/distributor.manage"

    def play(self, *plays: Play) -> None:
        self._plays = list(plays)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            plain_or_tls = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with plain_or_tls:
                self.requests.append(read_request(plain_or_tls))
                play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
                if callable(play):
                    play(plain_or_tls)
                else:
                    plain_or_tls.sendall(play)


@contextmanager
def replay(*plays: Play, tls: ssl.SSLContext | None = None) -> Iterator[Replay]:
    server = Replay(plays, tls)
    try:
        yield server
    finally:
        server.close()


def read_request(connection: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(65536) or b"\r\n\r\n"
    head, body = request.split(b"\r\n\r\n", 1)
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def http(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
