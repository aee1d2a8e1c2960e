"""From a connection to its answers: each request is logged, then answered by the service or by a fault."""

from monitors.sandbox.answers import head_of
from monitors.sandbox.armed_faults import ArmedFault
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults import Moment
from monitors.sandbox.service import Service
from monitors.sandbox.state import Sandbox
from monitors.sandbox.wire import Connection, Request

_MOMENTS_BEFORE_READING = {Moment.UNREAD, Moment.REUSED}
_NO_REQUEST = Request("", "", {}, b"")
_NO_CALL = 0


class Conversation:
    """What the server does with each connection."""

    def __init__(self, service: Service, sandbox: Sandbox, *, latency_seconds: float) -> None:
        self._service = service
        self._log = sandbox.log
        self._faults = sandbox.queue
        self._latency_seconds = latency_seconds

    def __call__(self, connection: Connection) -> None:
        if armed := self._faults.take_at_connect():
            self._play(connection, _NO_REQUEST, armed, _NO_CALL)
            return
        while connection.is_open and connection.wait_for_more():
            request, armed = self._next(connection)
            if request is None:
                return
            self._respond(connection, request, armed)
            if not request.keeps_alive:
                return

    def _next(self, connection: Connection) -> tuple[Request | None, ArmedFault | None]:
        """The next request and its fault. The request stays unread where the fault needs that."""
        is_reused = connection.requests_read > 0
        may_stay_unread = self._faults.leaves_requests_unread()
        request = connection.peek() if may_stay_unread else connection.read()
        armed = self._faults.take(request.task, is_reused=is_reused) if request else None
        if may_stay_unread and not (armed and armed.fault.moment in _MOMENTS_BEFORE_READING):
            request = connection.read()
        return request, armed

    def _respond(self, connection: Connection, request: Request, armed: ArmedFault | None) -> None:
        call = self._log.add(
            method=request.method,
            path=request.path,
            parameters=request.parameters,
            fault=armed.name if armed else None,
        )
        if armed:
            self._play(connection, request, armed, call)
        else:
            self._answer(connection, request, call)

    def _answer(self, connection: Connection, request: Request, call: int) -> None:
        # The service carries out the request even if the client leaves during the wait.
        connection.wait(self._latency_seconds)
        answer = self._service.answer(request, call)
        self._log.mark_answered(call, answer.status)
        head = head_of(answer, length=len(answer.body), keep_alive=request.keeps_alive)
        connection.send(head + answer.body)

    def _play(self, connection: Connection, request: Request, armed: ArmedFault, call: int) -> None:
        exchange = Exchange(
            connection=connection,
            request=request,
            call=call,
            service=self._service,
            log=self._log,
            applied=armed.applied,
            options=armed.options,
        )
        if not armed.fault.carries_out_itself and call != _NO_CALL:
            exchange.carry_out()
        armed.fault.play(exchange)
