import json
from typing import Any
from urllib.parse import quote_plus

import pytest

from monitors.gateway.client import Format
from monitors.gateway.errors import (
    BadCredentials,
    GatewayError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    UnusableList,
)

from .calls import EMPTY, KEY, end_of, gateway, write
from .replay import http, replay

JSON, XML = Format.JSON, Format.XML
PROLOG = b'<?xml version="1.0" encoding="ISO-8859-1"?>\n\n'

REFUSALS = {
    "E1": (JSON, "200 OK", b'{"message":"error","errors":["Monitor record not found"]}', Refused),
    "E2": (
        JSON,
        "200 OK",
        b'{"error":{"code":401,"message":"Permission denied, not authorized"}}',
        BadCredentials,
    ),
    "E3": (JSON, "200 OK", b'{"error":{"code":404,"message":"Not found"}}', Refused),
    "E4 wrapped": (JSON, "200 OK", b'{"error":{"code":400,"message":"User does not exist"}}', Refused),
    "E4 bare": (JSON, "200 OK", b'{"code":400,"message":"User does not exist"}', Refused),
    "E5": (JSON, "200 OK", b'{"message":"User not found"}', Refused),
    "E6": (JSON, "403 Forbidden", b'{"error": "Bad username / password"}', BadCredentials),
    "E7": (
        JSON,
        "429 Too Many Requests",
        b'{"errors":[{"field":null,"message":"too many requests"},]}',
        RateLimited,
    ),
    "E7 without its comma": (
        JSON,
        "429 Too Many Requests",
        b'{"errors":[{"field":null,"message":"too many requests"}]}',
        RateLimited,
    ),
    "E8": (JSON, "401 Unauthorized", b'{"errors":[{"field":null,"message":"unauthorized"}]}', BadCredentials),
    "E1 at 404": (
        JSON,
        "404 Not Found",
        b'{"message":"error","errors":["Monitor record not found"]}',
        Refused,
    ),
    "XML E1": (
        XML,
        "200 OK",
        PROLOG + b"<result>\n   <message>error</message>\n   <errors>\n      "
        b"<error>Monitor record not found</error>\n   </errors>\n</result>\n",
        Refused,
    ),
    "XML error root": (
        XML,
        "200 OK",
        PROLOG + b"<error><code>400</code><message>User does not exist</message></error>",
        Refused,
    ),
    "XML error root 401": (
        XML,
        "200 OK",
        b"<error><code>401</code><message>Permission denied, not authorized</message></error>",
        BadCredentials,
    ),
    "XML E5": (XML, "200 OK", PROLOG + b"<result><message>User not found</message></result>", Refused),
    "XML without its first letter": (
        XML,
        "200 OK",
        b"result><message>User not found</message></result>",
        Refused,
    ),
}
WORDS = {
    "E1": ("Monitor record not found",),
    "E2": ("Permission denied, not authorized",),
    "E3": ("Not found",),
    "E4 wrapped": ("User does not exist",),
    "E4 bare": ("User does not exist",),
    "E5": ("User not found",),
    "E6": ("Bad username / password",),
    "E7": ("too many requests",),
    "E8": ("unauthorized",),
    "XML E1": ("Monitor record not found",),
    "XML error root": ("User does not exist",),
    "XML E5": ("User not found",),
}
UNKNOWN_OUTCOMES = {
    "success and errors": (JSON, "200 OK", b'{"message":"success","errors":["x was not found"]}'),
    "success and error": (JSON, "200 OK", b'{"message":"success","error":"not found"}'),
    "success and a code": (JSON, "200 OK", b'{"message":"success","code":400}'),
    "success at 404": (JSON, "404 Not Found", b'{"message":"success"}'),
    "success at 500": (JSON, "500 Internal Server Error", b'{"message":"success"}'),
    "success at 302": (JSON, "302 Found", b'{"message":"success"}'),
    "Success": (JSON, "200 OK", b'{"message":"Success"}'),
    "success with a space": (JSON, "200 OK", b'{"message":"success "}'),
    "Success and errors": (JSON, "200 OK", b'{"message":"Success","errors":["mailbox not verified"]}'),
    "success nested": (JSON, "200 OK", b'{"message":["success"]}'),
    "success in a list": (JSON, "200 OK", b'[{"message":"success"}]'),
    "success without brackets": (JSON, "200 OK", b'{"message":"success"},{"message":"success"}'),
    "a message that says neither": (JSON, "200 OK", b'{"message":"queued"}'),
    "no errors": (JSON, "200 OK", b'{"message":"Completed with no errors"}'),
    "done with warnings": (JSON, "200 OK", b'{"message":"created","errors":["mailbox is new"]}'),
    "error 500 inside": (JSON, "200 OK", b'{"error":{"code":500,"message":"Internal error"}}'),
    "error 408 inside": (JSON, "200 OK", b'{"error":{"code":408,"message":"Request failed"}}'),
    "refusal at 500": (JSON, "500 Internal Server Error", b'{"message":"error","errors":["not found"]}'),
    "refusal at 408": (JSON, "408 Request Timeout", b'{"message":"error","errors":["not found"]}'),
    "refusal at 502": (JSON, "502 Bad Gateway", b'{"error":"Bad gateway"}'),
    "refusal at 418": (JSON, "418 I'm a teapot", b'{"error":"I am not a server"}'),
    "HTML at 403": (JSON, "403 Forbidden", b"<html>Forbidden</html>"),
    "nothing at 404": (JSON, "404 Not Found", b""),
    "foreign JSON at 404": (JSON, "404 Not Found", b'{"timestamp":1,"path":"/api"}'),
    "an empty object": (JSON, "200 OK", b"{}"),
    "error without a word": (JSON, "200 OK", b'{"errors":[]}'),
    "a string": (JSON, "200 OK", b'"success"'),
    "null": (JSON, "200 OK", b"null"),
    "a key twice": (JSON, "200 OK", b'{"message":"error","message":"success"}'),
    "something after it": (JSON, "200 OK", b'{"message":"success"}{}'),
    "XML": (JSON, "200 OK", b"<result><message>success</message></result>"),
    "JSON": (XML, "200 OK", b'{"message":"success"}'),
    "XML success and errors": (
        XML,
        "200 OK",
        b"<result><message>success</message><errors><error>x</error></errors></result>",
    ),
    "XML message twice": (
        XML,
        "200 OK",
        b"<result><message>success</message><message>success</message></result>",
    ),
    "XML text beside": (XML, "200 OK", b"<result>not <message>success</message></result>"),
    "XML other root": (XML, "200 OK", b"<answer><message>success</message></answer>"),
    "XML other case": (XML, "200 OK", b"<Result><message>success</message></Result>"),
    "XML of another name space": (
        XML,
        "200 OK",
        b'<result xmlns="urn:x"><message>success</message></result>',
    ),
    "XML root only": (XML, "200 OK", b"<result/>"),
    "XML nested message": (XML, "200 OK", b"<result><message><b>success</b></message></result>"),
}
SUCCESSES = {
    "recorded": (JSON, b'{"message":"success"}'),
    "printed": (JSON, b'{\n  "message": "success"\n}\n'),
    "with a byte order mark": (JSON, b'\xef\xbb\xbf{"message":"success"}'),
    "with empty errors": (JSON, b'{"message":"success","errors":[]}'),
    "XML": (XML, b"<result><message>success</message></result>"),
    "XML with its prolog": (XML, PROLOG + b"<result>\n  <message>success</message>\n</result>\n"),
    "XML as printed in the document": (XML, b"result><message>success</message></result>"),
    "XML without its last letter": (XML, b"<result><message>success</message></result"),
    "XML with a byte order mark": (
        XML,
        b"\xef\xbb\xbf" + PROLOG + b"<result><message>success</message></result>",
    ),
}


def end_of_write(form: Format, status: str, body: bytes) -> Any:
    with replay(http(body, status)) as server:
        return end_of(lambda: write(gateway(server.url, form)))


def end_of_list(form: Format, status: str, body: bytes) -> Any:
    with replay(http(body, status)) as server:
        return end_of(gateway(server.url, form).list_records)


@pytest.mark.parametrize(("form", "body"), SUCCESSES.values(), ids=SUCCESSES)
def test_write_is_done_only_when_the_message_is_success(form, body):
    assert end_of_write(form, "200 OK", body) is None


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_keeps_its_kind_and_the_words(case):
    form, status, body, kind = REFUSALS[case]

    end = end_of_write(form, status, body)

    assert type(end) is kind
    assert end.words == WORDS.get(case, end.words)
    assert end.http_status == int(status[:3])


@pytest.mark.parametrize("case", REFUSALS)
def test_list_is_refused_in_the_same_words(case):
    form, status, body, kind = REFUSALS[case]

    end = end_of_list(form, status, body)

    assert type(end) is kind
    assert end.words == WORDS.get(case, end.words)


@pytest.mark.parametrize(("form", "status", "body"), UNKNOWN_OUTCOMES.values(), ids=UNKNOWN_OUTCOMES)
def test_write_that_is_neither_done_nor_refused_is_unknown(form, status, body):
    end = end_of_write(form, status, body)

    assert type(end) is OutcomeUnknown
    assert end.http_status == int(status[:3])


@pytest.mark.parametrize(("form", "status", "body"), UNKNOWN_OUTCOMES.values(), ids=UNKNOWN_OUTCOMES)
def test_answer_that_is_not_a_list_is_never_read_as_an_empty_one(form, status, body):
    assert isinstance(end_of_list(form, status, body), GatewayError)


@pytest.mark.parametrize("form", [JSON, XML])
def test_list_is_no_answer_to_a_write(form):
    assert type(end_of_write(form, "200 OK", EMPTY[form])) is OutcomeUnknown


def test_words_of_the_upstream_never_show_the_key():
    echo = json.dumps({"message": "error", "errors": [f"Bad request: api_key={KEY}&{quote_plus(KEY)}"]})

    end = end_of_write(JSON, "200 OK", echo.encode())

    assert end.words == ("Bad request: api_key=••••••••&••••••••",)


def test_words_can_always_be_stored():
    end = end_of_write(JSON, "200 OK", rb'{"message":"error","errors":["not \u0000 \ud800 found"]}')

    assert end.words == ("not � � found",)


def test_long_words_are_cut():
    errors = ", ".join(['"' + "x" * 600 + '"'] * 60)

    end = end_of_write(JSON, "200 OK", b'{"message":"error","errors":[%s]}' % errors.encode())

    assert len(end.words) == 20
    assert {len(words) for words in end.words} == {500}


@pytest.mark.parametrize("form", [JSON, XML])
@pytest.mark.parametrize(
    "status", ["201 Created", "206 Partial Content", "302 Found", "404 Not Found", "500 Oops"]
)
def test_list_counts_only_with_status_200(form, status):
    body = {JSON: b"[]", XML: b"<monitors/>"}[form]

    assert type(end_of_list(form, status, body)) is UnusableList
