"""What is said of an answer: the kind of its error, its status, its reason, and how long to wait."""

import pytest

from monitors.gateway.errors import (
    BadCredentials,
    GatewayError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnusableList,
)
from monitors.gateway.judging import Judge
from monitors.gateway.records import Listing
from monitors.gateway.request import HIDDEN_KEY
from monitors.gateway.transport import Answer
from monitors.gateway.upstream import Format, Upstream

SUCCESS = b'{"message": "success"}'
REFUSAL = b'{"message": "error", "errors": ["Monitor record not found"]}'
LIMITED = b'{"errors": [{"field": null, "message": "too many requests"}]}'
NEITHER = b'{"message": "perhaps"}'


def judge(key: str = "demo-key") -> Judge:
    return Judge(Upstream(url="http://127.0.0.1:9/x", user="demo", key=key, format=Format.JSON))


def of_write(status: int, body: bytes, *, key: str = "demo-key") -> GatewayError | None:
    return judge(key).of_write(Answer(status, {}, body), retry_after=17)


def of_list(status: int, body: bytes) -> Listing | GatewayError:
    return judge().of_list(Answer(status, {}, body), retry_after=17)


def said(error: object) -> tuple[type, str, int | None]:
    assert isinstance(error, GatewayError)
    return type(error), error.reason, error.http_status


@pytest.mark.parametrize("status", [200, 204, 299])
def test_a_success_is_done_with_any_status_that_says_so(status):
    assert of_write(status, SUCCESS) is None


@pytest.mark.parametrize("status", [199, 300, 301, 408, 500, 503])
def test_a_success_with_any_other_status_is_unknown(status):
    assert said(of_write(status, SUCCESS)) == (
        OutcomeUnknown,
        f"SendGrid answered HTTP {status}",
        status,
    )


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_success_with_a_refusing_status_is_neither(status):
    reason = f"SendGrid answered HTTP {status} with neither a success nor a refusal"

    assert said(of_write(status, SUCCESS)) == (OutcomeUnknown, reason, status)


def test_a_write_whose_answer_cannot_be_read_is_unknown_and_says_why():
    kind, reason, status = said(of_write(200, b"<html>"))

    assert (kind, status) == (OutcomeUnknown, 200)
    assert reason.startswith("SendGrid answered HTTP 200, but the body cannot be read: ")
    assert not reason.endswith((": ", "None"))


@pytest.mark.parametrize("judged", [of_write, of_list])
def test_a_refusal_keeps_its_words_and_its_status(judged):
    error = judged(404, REFUSAL)

    assert isinstance(error, Refused)
    assert (error.words, error.http_status) == (("Monitor record not found",), 404)


@pytest.mark.parametrize("judged", [of_write, of_list])
def test_a_rate_limit_keeps_how_long_to_wait(judged):
    error = judged(429, LIMITED)

    assert isinstance(error, RateLimited)
    assert (error.words, error.http_status, error.retry_after) == (("too many requests",), 429, 17)


@pytest.mark.parametrize("judged", [of_write, of_list])
def test_bad_credentials_are_told_apart(judged):
    assert said(judged(401, LIMITED))[0] is BadCredentials


@pytest.mark.parametrize("body", [b"<html>", b"[]", NEITHER, b""])
def test_a_list_that_came_with_429_is_a_rate_limit_whatever_it_says(body):
    error = of_list(429, body)

    assert isinstance(error, RateLimited)
    assert (error.words, error.http_status, error.retry_after) == (("HTTP 429",), 429, 17)


def test_a_list_counts_with_status_200():
    listing = of_list(200, b"[]")

    assert isinstance(listing, Listing)
    assert (listing.records, listing.size) == ((), 2)


@pytest.mark.parametrize("status", [201, 204, 301, 500])
def test_a_list_with_a_status_that_neither_shows_nor_refuses_is_not_read(status):
    assert said(of_list(status, b"[]")) == (UnusableList, f"SendGrid answered HTTP {status}", status)


@pytest.mark.parametrize("status", [400, 404])
def test_a_list_with_a_refusing_status_is_not_used(status):
    reason = f"SendGrid sent a list with HTTP {status}"

    assert said(of_list(status, b"[]")) == (UnusableList, reason, status)


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_that_is_neither_a_list_nor_a_refusal_is_not_used(status):
    reason = f"SendGrid answered HTTP {status}, but not with a list"

    assert said(of_list(status, NEITHER)) == (UnusableList, reason, status)


@pytest.mark.parametrize("status", [200, 404])
def test_a_list_that_cannot_be_read_says_why(status):
    kind, reason, http_status = said(of_list(status, b"<html>"))

    assert (kind, http_status) == (UnusableList, status)
    assert reason.startswith(f"SendGrid answered HTTP {status}, but the body cannot be read: ")
    assert not reason.endswith((": ", "None"))


def test_the_key_is_hidden_as_it_is_and_as_it_was_sent():
    error = of_write(400, b'{"message": "error", "errors": ["bad key: bad+key"]}', key="bad key")

    assert isinstance(error, Refused)
    assert error.words == (f"{HIDDEN_KEY}: {HIDDEN_KEY}",)


@pytest.mark.parametrize(("key", "is_hidden"), [("not", False), ("user", True)])
def test_a_key_as_short_as_a_word_hides_no_words(key, is_hidden):
    error = of_write(400, b'{"message": "error", "errors": ["user not found"]}', key=key)

    assert isinstance(error, Refused)
    assert error.words == (f"{HIDDEN_KEY} not found" if is_hidden else "user not found",)
