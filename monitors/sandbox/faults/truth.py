"""Faults of the truth: a well-formed answer that is wrong or late, or any answer a test needs."""

from monitors.sandbox import answers
from monitors.sandbox.answers import Answer
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import LIST, WRITES, Fault, answering
from monitors.sandbox.store import Store


def _lie(exchange: Exchange) -> Answer:
    return answers.success(exchange.format)


def _stale_list(exchange: Exchange) -> Answer:
    return answers.listing(exchange.format, exchange.options["rows"])


def _half_list(exchange: Exchange) -> Answer:
    rows = exchange.options["rows"]
    return answers.listing(exchange.format, rows[: len(rows) // 2])


def _empty_list(exchange: Exchange) -> Answer:
    return answers.listing(exchange.format, ())


def _delay(exchange: Exchange) -> None:
    if exchange.applied:
        answer = exchange.real_answer
        exchange.connection.wait(exchange.options["seconds"])
    else:
        exchange.applied = True
        exchange.connection.wait(exchange.options["seconds"])
        answer = exchange.real_answer
    exchange.reply(answer)


def _late(exchange: Exchange) -> None:
    # In this order: a client that has seen the end finds the write among the late ones.
    exchange.postpone()
    exchange.connection.finish()


def _raw(exchange: Exchange) -> Answer:
    options = exchange.options
    default = answers.success(exchange.format).content_type
    return Answer(options["body"], options["content_type"] or default, options["status"])


_RAW = {"body": b"", "status": 200, "content_type": ""}
TABLE: dict[str, Fault] = {
    "lie": answering("success without doing anything", _lie, tasks=WRITES, carries_out_itself=True),
    "stale_list": answering(
        "list as it was when the fault was armed",
        _stale_list,
        tasks=LIST,
        capture=Store.snapshot,
    ),
    "half_list": answering("list without its second half", _half_list, tasks=LIST, capture=Store.snapshot),
    "empty_list": answering("empty list", _empty_list, tasks=LIST),
    "delay": Fault(
        "answer after `seconds`; write carried out before the wait if applied, else after it",
        _delay,
        options={"seconds": 5.0},
        carries_out_itself=True,
    ),
    "late": Fault(
        "connection closed without an answer; write kept, carried out on demand",
        _late,
        tasks=WRITES,
        carries_out_itself=True,
    ),
    "raw": answering("any `body`, `status` and `content_type`", _raw, _RAW),
}
