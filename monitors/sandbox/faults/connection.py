"""Faults of the connection: closed or reset at each point of an exchange, silent, or not HTTP."""

from monitors.sandbox.answers import head_of
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, Moment, Play, closing

_HANG_SECONDS = 24 * 3600.0
_FLUSH_SECONDS = 0.02  # A reset discards what is still queued; give it time to leave.
_CONTINUE_INTERVAL_SECONDS = 0.01


def _finish(exchange: Exchange) -> None:
    exchange.connection.finish()


def _reset(exchange: Exchange) -> None:
    exchange.connection.reset()


def _within(end: Play) -> Play:
    def play(exchange: Exchange) -> None:
        _send_half(exchange)
        exchange.connection.wait(_FLUSH_SECONDS)
        end(exchange)

    return play


def _after(end: Play) -> Play:
    def play(exchange: Exchange) -> None:
        exchange.reply(exchange.real_answer)
        exchange.connection.wait(_FLUSH_SECONDS)
        end(exchange)

    return play


def _send_half(exchange: Exchange) -> None:
    answer = exchange.real_answer
    exchange.send_head(answer, length=len(answer.body))
    exchange.send(answer.body[: len(answer.body) // 2])


def _hang(exchange: Exchange) -> None:
    exchange.connection.wait(_HANG_SECONDS)


def _hang_within(exchange: Exchange) -> None:
    _send_half(exchange)
    exchange.connection.wait(_HANG_SECONDS)


def _bad_status_line(exchange: Exchange) -> None:
    _, _, rest = head_of(
        exchange.real_answer, length=len(exchange.real_answer.body), keep_alive=False
    ).partition(b"\r\n")
    exchange.send(b"HTTP/1.1 two-hundred OK\r\n" + rest + exchange.real_answer.body)


def _not_http(exchange: Exchange) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")


def _many_headers(exchange: Exchange) -> None:
    answer = exchange.real_answer
    extra = [(f"X-Padding-{number}", "x") for number in range(exchange.options["count"])]
    exchange.send_head(answer, length=len(answer.body), extra=extra)
    exchange.send(answer.body)


def _huge_header(exchange: Exchange) -> None:
    answer = exchange.real_answer
    extra = [("X-Padding", "x" * exchange.options["size"])]
    exchange.send_head(answer, length=len(answer.body), extra=extra)
    exchange.send(answer.body)


def _endless_continue(exchange: Exchange) -> None:
    while exchange.connection.wait(_CONTINUE_INTERVAL_SECONDS):
        exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")


TABLE: dict[str, Fault] = {
    "close_on_connect": Fault("connection closed on connect", _finish, Moment.CONNECT),
    "rst_on_connect": Fault("connection reset on connect", _reset, Moment.CONNECT),
    "close_before_reading": Fault("connection closed, request not read", _finish, Moment.UNREAD),
    "rst_before_reading": Fault("connection reset, request not read", _reset, Moment.UNREAD),
    "close_idle": Fault("reused connection closed when the next request arrives", _finish, Moment.REUSED),
    "rst_idle": Fault("reused connection reset when the next request arrives", _reset, Moment.REUSED),
    "close_before_answer": Fault("connection closed without an answer", _finish),
    "rst_before_answer": Fault("connection reset without an answer", _reset),
    "close_within_answer": Fault("connection closed after half of the body", _within(_finish)),
    "rst_within_answer": Fault("connection reset after half of the body", _within(_reset)),
    "close_after_answer": Fault("connection closed after a complete keep-alive answer", _after(_finish)),
    "rst_after_answer": Fault("connection reset after a complete keep-alive answer", _after(_reset)),
    "hang": Fault("no answer, connection stays open", _hang),
    "hang_within_answer": Fault("half of the body, then nothing, connection stays open", _hang_within),
    "bad_status_line": Fault("status line without a status code", closing(_bad_status_line)),
    "not_http": Fault("greeting of another protocol (SSH)", closing(_not_http)),
    "many_headers": Fault("more than 100 headers", closing(_many_headers), options={"count": 100}),
    "huge_header": Fault("one header of 1 MB", closing(_huge_header), options={"size": 1_000_000}),
    "endless_continue": Fault("endless `100 Continue`", _endless_continue),
}
