"""Faults that are known answers: every error envelope of the service, and an unknown message."""

import time

from monitors.sandbox import answers
from monitors.sandbox.answers import Answer
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, answering
from monitors.sandbox.messages import Invented, Recorded


def _e1(exchange: Exchange) -> Answer:
    return answers.refusal(exchange.format, exchange.options["words"])


def _e2(exchange: Exchange) -> Answer:
    return answers.permission_denied(exchange.format)


def _e3(exchange: Exchange) -> Answer:
    return answers.not_found(exchange.format)


def _e4(exchange: Exchange) -> Answer:
    return answers.coded(exchange.format, 400, Recorded.USER_DOES_NOT_EXIST)


def _e4_bare(exchange: Exchange) -> Answer:
    return answers.coded_bare(exchange.format, 400, Recorded.USER_DOES_NOT_EXIST)


def _e5(exchange: Exchange) -> Answer:
    return answers.user_not_found(exchange.format)


def _e6(exchange: Exchange) -> Answer:
    return answers.bad_credentials(exchange.format)


def _e7(exchange: Exchange) -> Answer:
    reset = str(int(time.time() + exchange.options["reset_in"]))
    return answers.too_many_requests(exchange.format, ("X-RateLimit-Reset", reset))


def _e8(exchange: Exchange) -> Answer:
    return answers.unauthorized(exchange.format)


def _unknown_message(exchange: Exchange) -> Answer:
    return answers.message(exchange.format, exchange.options["words"])


TABLE: dict[str, Fault] = {
    "e1": answering("E1: message with errors", _e1, {"words": Recorded.RECORD_NOT_FOUND.value}),
    "e2": answering("E2: permission denied, with status 200", _e2),
    "e3": answering("E3: unknown task, with status 200", _e3),
    "e4": answering("E4: code with message", _e4),
    "e4_bare": answering("E4 without its wrapper", _e4_bare),
    "e5": answering("E5: message alone", _e5),
    "e6": answering("E6: bad credentials, 403", _e6),
    "e7": answering("E7: too many requests, 429, with X-RateLimit-Reset", _e7, {"reset_in": 60.0}),
    "e8": answering("E8: unauthorized, 401", _e8),
    "unknown_message": answering(
        "unknown message", _unknown_message, {"words": Invented.UNKNOWN_MESSAGE.value}
    ),
}
