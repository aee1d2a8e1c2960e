import gzip
import logging
import traceback
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest

from monitors.gateway.client import Gateway
from monitors.gateway.errors import GatewayError
from monitors.gateway.request import curl

from .calls import FORMATS, KEY, upstream
from .replay import http, replay
from .tls import tls

FORMS_OF_THE_KEY = {
    KEY,
    quote(KEY),
    quote_plus(KEY),
    quote_plus(KEY, safe="@"),
    repr(KEY)[1:-1],
    ascii(KEY)[1:-1],
}
ECHO = f'{{"message":"error","errors":["api_key={KEY}", "{quote_plus(KEY)}"]}}'.encode()
ANSWERS = {
    "nothing": b"",
    "not HTTP": b"SSH-2.0\r\n",
    "cut": http(b"[]")[:-1],
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n[]",
    "bad header": b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n[",
    "HTML": http(b"<html>"),
    "500": http(b"oops", "500 Oops"),
    "redirect": http(b"", "302 Found", Location="http://127.0.0.1:9/"),
    "redirect to nowhere": http(b"", "302 Found", Location="http://[::"),
    "bad gzip": http(b"xxxx", Content_Encoding="gzip"),
    "huge": http(gzip.compress(bytes(100_000), mtime=0), Content_Encoding="gzip"),
    "refused": http(b'{"message":"error","errors":["no such record"]}'),
    "echo": http(ECHO),
    "echo at 403": http(ECHO, "403 Forbidden"),
    "echo at 500": http(ECHO, "500 Oops"),
    "echo unreadable": http(ECHO + b"x"),
}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def all_that_a_report_shows(error: BaseException) -> str:
    """All that an error page could print: the chain of exceptions and the variables of each frame."""
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain = [error, error.__cause__, error.__context__]
    return "".join(report.format()) + "".join(f"{link!r}{getattr(link, '__dict__', '')}" for link in chain)


def leaks(text: str) -> set[str]:
    return {form for form in FORMS_OF_THE_KEY if form in text}


def failing(caller: Gateway, task: str) -> GatewayError:
    calls: dict[str, Callable[[], object]] = {
        "list": caller.list_records,
        "create": lambda: caller.create(name="a", email="a@b.example", frequency=1),
        "unwritable": lambda: caller.delete(name="\ud800"),
    }
    with pytest.raises(GatewayError) as raised:
        calls[task]()
    return raised.value


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("task", ["list", "create", "unwritable"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_no_failure_shows_the_key(everything_logged, answer, task, form):
    with replay(answer) as server:
        caller = Gateway(upstream(server.url, form, max_list_bytes=10_000), sleep=lambda _seconds: None)

        error = failing(caller, task)

    assert leaks(all_that_a_report_shows(error)) == set()
    assert leaks(everything_logged.text) == set()


@pytest.mark.parametrize("task", ["list", "create"])
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/x", "http://nobody.invalid/x", "http://", "http://[::/x"]
)
def test_no_failure_to_reach_the_upstream_shows_the_key(everything_logged, url, task):
    error = failing(Gateway(upstream(url), sleep=lambda _seconds: None), task)

    assert leaks(all_that_a_report_shows(error)) == set()
    assert leaks(everything_logged.text) == set()


def test_no_failure_of_tls_or_of_a_proxy_shows_the_key(everything_logged):
    with replay(b"", tls=tls()) as server:
        error = failing(Gateway(upstream(server.url)), "create")
    through = Gateway(upstream("https://upstream.example/x", proxy="http://127.0.0.1:1"))
    proxy_error = failing(through, "create")

    assert leaks(all_that_a_report_shows(error) + all_that_a_report_shows(proxy_error)) == set()
    assert leaks(everything_logged.text) == set()


def test_nothing_that_holds_the_key_shows_it():
    target = upstream("http://127.0.0.1:1/x", proxy="http://user:" + "pass" + "word@127.0.0.1:1")
    caller = Gateway(target)

    text = f"{target!r} {target} {caller!r} {curl(target, 'list', {})}"

    assert leaks(text) == set()
    assert "password" not in text
