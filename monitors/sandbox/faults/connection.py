"""Faults of the connection: closed or reset at each point of an exchange, kept silent, or no HTTP at all."""

from monitors.sandbox.answers import head_of
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, Moment, Play, closing

_AGES = 24 * 3600.0


def _finish(exchange: Exchange) -> None:
    exchange.connection.finish()


def _reset(exchange: Exchange) -> None:
    exchange.connection.reset()


def _within(end: Play) -> Play:
    def play(exchange: Exchange) -> None:
        _send_half(exchange)
        # The half must be on its way: an RST throws away what is still queued.
        exchange.connection.wait(0.02)
        end(exchange)

    return play


def _after(end: Play) -> Play:
    def play(exchange: Exchange) -> None:
        exchange.reply(exchange.honest)
        exchange.connection.wait(0.02)
        end(exchange)

    return play


def _send_half(exchange: Exchange) -> None:
    answer = exchange.honest
    exchange.send_head(answer, length=len(answer.body))
    exchange.send(answer.body[: len(answer.body) // 2])


def _hang(exchange: Exchange) -> None:
    exchange.connection.wait(_AGES)


def _hang_within(exchange: Exchange) -> None:
    _send_half(exchange)
    exchange.connection.wait(_AGES)


def _bad_status_line(exchange: Exchange) -> None:
    _, _, rest = head_of(exchange.honest, length=len(exchange.honest.body), keep_alive=False).partition(
        b"\r\n"
    )
    exchange.send(b"HTTP/1.1 two-hundred OK\r\n" + rest + exchange.honest.body)


def _not_http(exchange: Exchange) -> None:
    exchange.send(b"SSH-2.0-OpenSSH_9.2p1\r\n")


def _many_headers(exchange: Exchange) -> None:
    answer = exchange.honest
    extra = [(f"X-Padding-{number}", "x") for number in range(exchange.options["count"])]
    exchange.send_head(answer, length=len(answer.body), extra=extra)
    exchange.send(answer.body)


def _huge_header(exchange: Exchange) -> None:
    answer = exchange.honest
    extra = [("X-Padding", "x" * exchange.options["size"])]
    exchange.send_head(answer, length=len(answer.body), extra=extra)
    exchange.send(answer.body)


def _endless_continue(exchange: Exchange) -> None:
    while exchange.connection.wait(0.01):
        exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")


TABLE: dict[str, Fault] = {
    "close_on_connect": Fault("closed as soon as it is opened", _finish, Moment.CONNECT),
    "rst_on_connect": Fault("reset as soon as it is opened", _reset, Moment.CONNECT),
    "close_before_reading": Fault("closed with the request unread", _finish, Moment.UNREAD),
    "rst_before_reading": Fault("reset with the request unread", _reset, Moment.UNREAD),
    "close_idle": Fault("a kept connection is closed as the next request arrives", _finish, Moment.REUSED),
    "rst_idle": Fault("a kept connection is reset as the next request arrives", _reset, Moment.REUSED),
    "close_before_answer": Fault("closed instead of an answer", _finish),
    "rst_before_answer": Fault("reset instead of an answer", _reset),
    "close_within_answer": Fault("closed after half of the body", _within(_finish)),
    "rst_within_answer": Fault("reset after half of the body", _within(_reset)),
    "close_after_answer": Fault("closed after a whole answer that promised to keep it", _after(_finish)),
    "rst_after_answer": Fault("reset after a whole answer that promised to keep it", _after(_reset)),
    "hang": Fault("no answer, and the connection stays", _hang),
    "hang_within_answer": Fault("half of the body, then silence", _hang_within),
    "bad_status_line": Fault("a status line without a status", closing(_bad_status_line)),
    "not_http": Fault("the greeting of another protocol", closing(_not_http)),
    "many_headers": Fault("over a hundred headers", closing(_many_headers), options={"count": 100}),
    "huge_header": Fault("a header of a megabyte", closing(_huge_header), options={"size": 1_000_000}),
    "endless_continue": Fault("`100 Continue` again and again", _endless_continue),
}
