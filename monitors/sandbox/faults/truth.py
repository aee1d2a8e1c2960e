"""Faults of the truth: the answer is well formed and wrong, late, or whatever a test wants it to be."""

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
        answer = exchange.honest
        exchange.connection.wait(exchange.options["seconds"])
    else:
        exchange.applied = True
        exchange.connection.wait(exchange.options["seconds"])
        answer = exchange.honest
    exchange.reply(answer)


def _late(exchange: Exchange) -> None:
    # Kept before the connection ends: whoever has seen it end finds the write among the late ones.
    exchange.postpone()
    exchange.connection.finish()


def _raw(exchange: Exchange) -> Answer:
    options = exchange.options
    usual = answers.success(exchange.format).content_type
    return Answer(options["body"], options["content_type"] or usual, options["status"])


_RAW = {"body": b"", "status": 200, "content_type": ""}
TABLE: dict[str, Fault] = {
    "lie": answering("says success and does nothing", _lie, tasks=WRITES, settles_itself=True),
    "stale_list": answering(
        "the list as it was when the fault was set", _stale_list, tasks=LIST, capture=Store.snapshot
    ),
    "half_list": answering(
        "the second half of the records is missing", _half_list, tasks=LIST, capture=Store.snapshot
    ),
    "empty_list": answering("an empty list", _empty_list, tasks=LIST),
    "delay": Fault(
        "`seconds` late; applied at once, or (not applied) in the end, though nobody may be waiting",
        _delay,
        options={"seconds": 5.0},
        settles_itself=True,
    ),
    "late": Fault(
        "closed instead of an answer; the write is carried out when late writes are (writes only)",
        _late,
        tasks=WRITES,
        settles_itself=True,
    ),
    "raw": answering("any `body`, `status` and `content_type`", _raw, _RAW),
}
