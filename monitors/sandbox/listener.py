"""A listening socket with one thread for each connection; `stop` ends them all."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from monitors.sandbox.wire import BadRequest, Connection

_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

_MAX_PENDING_CONNECTIONS = 128


class Listener:
    """Calls `converse` with each connection, in its own thread. `port` is known after `start`."""

    def __init__(self, host: str, port: int, converse: Callable[[Connection], None]) -> None:
        self.host = host
        self.port = port
        self._converse = converse
        self._stopping = threading.Event()
        self._open: dict[threading.Thread, Connection] = {}
        self._socket: socket.socket | None = None
        self._accepting: threading.Thread | None = None

    def start(self) -> None:
        """Raises OSError when the port is taken. After `stop` it takes the same port again."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._socket = socket.create_server(
            (self.host, self.port), family=family, backlog=_MAX_PENDING_CONNECTIONS
        )
        self.port = self._socket.getsockname()[1]
        self._stopping.clear()
        self._accepting = threading.Thread(target=self._accept, args=(self._socket,), name="sandbox-accept")
        self._accepting.start()

    def stop(self) -> None:
        if self._socket is None or self._accepting is None:
            return
        self._stopping.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._accepting.join()
        for thread, connection in list(self._open.items()):
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
            thread.join()
        self._socket = self._accepting = None

    def _accept(self, listening: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = listening.accept()
            except OSError:
                continue
            connection = Connection(client, self._stopping)
            thread = threading.Thread(target=self._serve, args=(connection,), name="sandbox-connection")
            self._open[thread] = connection
            thread.start()

    def _serve(self, connection: Connection) -> None:
        # A client that leaves early is not an error.
        with suppress(OSError):
            try:
                self._converse(connection)
            except BadRequest:
                connection.send(_BAD_REQUEST)
                connection.finish()
        connection.socket.close()
        del self._open[threading.current_thread()]
