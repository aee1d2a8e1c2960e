from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from monitors.gateway.client import Format, Gateway
from monitors.gateway.errors import (
    BadCredentials,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.records import Listing

from .calls import EMPTY, SUCCESS, end_of, upstream, write
from .replay import http, replay

LIST_ANSWER = http(EMPTY[Format.JSON])
SUCCESS_ANSWER = http(SUCCESS[Format.JSON])
BUSY_ANSWER = http(b"busy", "503 Service Unavailable")
NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def limited(**headers: str) -> bytes:
    recorded = b'{"errors":[{"field":null,"message":"too many requests"},]}'
    return http(recorded, "429 Too Many Requests", **headers)


class Throttle:
    """Records what the gateway calls; holds calls back after `limit` requests."""

    def __init__(self, limit: int = 99) -> None:
        self.limit = limit
        self.admitted = 0
        self.reports: list[tuple[bool, float | None]] = []

    def admit(self) -> None:
        if self.admitted == self.limit:
            raise NotSent("calls are paused", retry_after=7.0)
        self.admitted += 1

    def report(self, *, is_healthy: bool, pause_for: float | None = None) -> None:
        self.reports.append((is_healthy, pause_for))


class Caller:
    """A gateway that records its waits instead of sleeping, at a fixed time and with the middle of the jitter."""

    def __init__(self, url: str, *, limit: int = 99, deadline: float = 90) -> None:
        self.throttle = Throttle(limit)
        self.waits: list[float] = []
        self.gateway = Gateway(
            upstream(url, deadline=deadline),
            throttle=self.throttle,
            sleep=self.waits.append,
            now=NOW.timestamp,
            jitter=lambda: 0.5,
        )

    def list(self) -> object:
        return end_of(self.gateway.list_records)

    def write(self) -> object:
        return end_of(lambda: write(self.gateway))


@pytest.mark.parametrize(
    "failure", [BUSY_ANSWER, b"", http(b"", "408 Request Timeout"), LIST_ANSWER[:-1], b"SSH-2.0\r\n"]
)
def test_list_is_retried_twice_after_transient_failures(failure):
    with replay(failure, failure, LIST_ANSWER) as server:
        caller = Caller(server.url)

        assert isinstance(caller.list(), Listing)
        assert caller.waits == [0.5, 1.0]
        assert [is_healthy for is_healthy, _ in caller.throttle.reports] == [False, False, True]


def test_list_is_given_up_after_the_second_retry():
    with replay(BUSY_ANSWER) as server:
        caller = Caller(server.url)

        end = caller.list()

        assert type(end) is UnusableList
        assert end.http_status == 503
        assert len(server.requests) == caller.throttle.admitted == 3


@pytest.mark.parametrize("failure", [BUSY_ANSWER, b"", limited(), http(b"<html>")])
def test_write_is_never_repeated(failure):
    with replay(failure, SUCCESS_ANSWER) as server:
        caller = Caller(server.url)

        assert isinstance(caller.write(), OutcomeUnknown | RateLimited)
        assert len(server.requests) == 1
        assert caller.waits == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http(b'{"message":"error","errors":["Monitor record not found"]}'), Refused),
        (http(b'{"error": "Bad username / password"}', "403 Forbidden"), BadCredentials),
        (http(b"<html>"), UnusableList),
        (http(b"", "404 Not Found"), UnusableList),
        (http(b"", "302 Found"), UnusableList),
        (http(b"[" * 64, Content_Encoding="gzip"), UnusableList),
    ],
)
def test_list_is_not_retried_after_a_lasting_failure(answer, kind):
    with replay(answer, LIST_ANSWER) as server:
        caller = Caller(server.url)

        assert type(caller.list()) is kind
        assert len(server.requests) == 1


def test_refused_connection_is_retried():
    with replay(LIST_ANSWER) as server:
        url = server.url
    caller = Caller(url)

    assert type(caller.list()) is NotSent
    assert caller.throttle.admitted == 3


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "0"}, 0.5),
        ({"Retry_After": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}, 9.0),
        ({"Retry_After": format_datetime(NOW - timedelta(days=9), usegmt=True)}, 0.5),
        ({"X_RateLimit_Reset": str(int(NOW.timestamp()) + 30)}, 30.0),
        ({"X_RateLimit_Reset": str(int(NOW.timestamp()) - 30)}, 0.5),
        ({"Retry_After": "soon", "X_RateLimit_Reset": str(int(NOW.timestamp()) + 3)}, 3.0),
        ({"Retry_After": "3", "X_RateLimit_Reset": str(int(NOW.timestamp()) + 30)}, 3.0),
        ({}, 1.0),
        ({"Retry_After": "-5"}, 1.0),
        ({"Retry_After": "1e9"}, 1.0),
        ({"Retry_After": "Tue, 99 Foo 2026 12:00:00"}, 1.0),
        ({"X_RateLimit_Reset": "٧"}, 1.0),
    ],
)
def test_list_waits_as_long_as_a_429_asks(headers, wait):
    with replay(limited(**headers), LIST_ANSWER) as server:
        caller = Caller(server.url)

        assert isinstance(caller.list(), Listing)
        assert caller.waits == [wait]


def test_list_waits_as_long_as_a_503_asks():
    with replay(http(b"", "503 Busy", Retry_After="4"), LIST_ANSWER) as server:
        caller = Caller(server.url)

        assert isinstance(caller.list(), Listing)
        assert caller.waits == [4.0]


@pytest.mark.parametrize(("retry_after", "deadline"), [("61", 90.0), ("5", 4.0), ("999999999999", 90.0)])
def test_list_gives_up_where_the_retry_after_is_too_long(retry_after, deadline):
    with replay(limited(Retry_After=retry_after), LIST_ANSWER) as server:
        caller = Caller(server.url, deadline=deadline)

        end = caller.list()

        assert type(end) is RateLimited
        assert end.retry_after == float(retry_after)
        assert caller.waits == []


@pytest.mark.parametrize(
    ("answer", "pause_for"),
    [
        (limited(Retry_After="7"), 7.0),
        (limited(), 1.0),
        (limited(Retry_After="86400"), 3600.0),
        (http(b"<html>slow down</html>", "429 Too Many Requests", Retry_After="7"), 7.0),
        (http(b'{"error":{"code":429,"message":"too many requests"}}', Retry_After="7"), 7.0),
    ],
)
def test_429_of_a_write_pauses_all_calls_for_its_time(answer, pause_for):
    with replay(answer) as server:
        caller = Caller(server.url)

        caller.write()

        assert caller.throttle.reports == [(True, pause_for)]


def test_429_without_an_envelope_leaves_a_write_unknown_and_a_list_limited():
    with replay(http(b"", "429 Too Many Requests", Retry_After="61")) as server:
        caller = Caller(server.url)

        assert type(caller.write()) is OutcomeUnknown
        assert type(caller.list()) is RateLimited


def test_nothing_is_sent_while_the_throttle_holds_calls_back():
    with replay(SUCCESS_ANSWER) as server:
        caller = Caller(server.url, limit=0)

        assert type(caller.write()) is NotSent
        assert type(caller.list()) is NotSent
        assert server.requests == []
        assert caller.throttle.reports == []


def test_throttle_that_stops_a_retry_leaves_the_failure_before_it():
    with replay(BUSY_ANSWER) as server:
        caller = Caller(server.url, limit=1)

        assert type(caller.list()) is UnusableList
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "is_healthy"),
    [
        (SUCCESS_ANSWER, True),
        (http(b'{"message":"error","errors":["Monitor record not found"]}'), True),
        (http(b'{"error": "Bad username / password"}', "403 Forbidden"), True),
        (http(b"<html>"), False),
        (BUSY_ANSWER, False),
        (b"", False),
    ],
)
def test_throttle_is_told_whether_the_upstream_is_healthy(answer, is_healthy):
    with replay(answer) as server:
        caller = Caller(server.url)

        caller.write()

        assert caller.throttle.reports == [(is_healthy, None)]
