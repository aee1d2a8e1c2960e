"""Faults of status and content: each document in both formats, for a list and for a write."""

import json
import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from monitors.sandbox.faults import NAMES
from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, PROLOG, Response, answer_to, call_keep_alive, post_form

BOTH = pytest.mark.parametrize("extension", ["json", "xml"])
TASKS = pytest.mark.parametrize("task", ["list", "edit"])


def play(
    server: SandboxServer, fault: str, task: str = "edit", extension: str = "json", **options: Any
) -> Response:
    server.fault(fault, applied=True, **options)
    return post_form(server, CREDENTIALS | {"task": task, "name": "samples"}, extension=extension)


@TASKS
@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_lead_to_their_option(
    server: SandboxServer, status: int, task: str, extension: str
) -> None:
    response = play(server, f"redirect_{status}", task, extension, url="http://127.0.0.1:9/trap")

    assert (response.status, response.headers["location"]) == (status, "http://127.0.0.1:9/trap")


@BOTH
@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
def test_statuses_have_a_page_an_envelope_or_an_empty_body(
    server: SandboxServer, status: int, extension: str
) -> None:
    response = {
        kind: play(server, f"status_{status}_{kind}", extension=extension)
        for kind in ("html", "envelope", "nothing")
    }

    start = b'{"errors":[{"field":null,' if extension == "json" else PROLOG + b"<result>"
    assert {each.status for each in response.values()} == {status}
    assert response["html"].body.startswith(b"<html>")
    assert response["envelope"].body.startswith(start)
    assert response["nothing"].body == b""


def test_statuses_have_retry_headers_only_with_their_options(server: SandboxServer) -> None:
    before = time.time()
    plain = play(server, "status_429_envelope")
    telling = play(server, "status_429_envelope", retry_after="30", reset_in=90)

    assert not {"retry-after", "x-ratelimit-reset"} & set(plain.headers)
    assert telling.headers["retry-after"] == "30"
    assert before + 85 < int(telling.headers["x-ratelimit-reset"]) <= time.time() + 90


ENVELOPES = {
    "e1": (200, b'{"message":"error","errors":["Monitor record not found"]}'),
    "e2": (200, b'{"error":{"code":401,"message":"Permission denied, not authorized"}}'),
    "e3": (200, b'{"error":{"code":404,"message":"Not found"}}'),
    "e4": (200, b'{"error":{"code":400,"message":"User does not exist"}}'),
    "e4_bare": (200, b'{"code":400,"message":"User does not exist"}'),
    "e5": (200, b'{"message":"User not found"}'),
    "e6": (403, b'{"error": "Bad username / password"}'),
    "e7": (429, b'{"errors":[{"field":null,"message":"too many requests"},]}'),
    "e8": (401, b'{"errors":[{"field":null,"message":"unauthorized"}]}'),
}


def errors_in_xml(words: bytes) -> bytes:
    return b"<result><message>error</message><errors><error>%s</error></errors></result>" % words


ENVELOPES_IN_XML = {
    "e1": errors_in_xml(b"Monitor record not found"),
    "e2": b"<error><code>401</code><message>Permission denied, not authorized</message></error>",
    "e3": b"<error><code>404</code><message>Not found</message></error>",
    "e4": b"<error><code>400</code><message>User does not exist</message></error>",
    "e4_bare": b"<result><code>400</code><message>User does not exist</message></result>",
    "e5": b"<result><message>User not found</message></result>",
    "e6": errors_in_xml(b"Bad username / password"),
    "e7": errors_in_xml(b"too many requests"),
    "e8": errors_in_xml(b"unauthorized"),
}


@TASKS
@pytest.mark.parametrize("name", ENVELOPES)
def test_envelopes_are_byte_for_byte_as_known(server: SandboxServer, name: str, task: str) -> None:
    in_json, in_xml = play(server, name, task), play(server, name, task, "xml")

    assert (in_json.status, in_json.body) == ENVELOPES[name]
    assert (in_xml.status, in_xml.body) == (ENVELOPES[name][0], PROLOG + ENVELOPES_IN_XML[name])


def test_rate_limit_envelope_has_the_reset_time(server: SandboxServer) -> None:
    assert int(play(server, "e7", reset_in=30).headers["x-ratelimit-reset"]) <= time.time() + 30


SAME_CONTENT = ["wrong_content_type", "bom", "utf16", "truncated", "other_format", "damaged_shape"]


@TASKS
@BOTH
def test_real_content_in_a_wrong_encoding_or_format(server: SandboxServer, task: str, extension: str) -> None:
    other = "xml" if extension == "json" else "json"
    real_answer = {
        each: answer_to(server, task, extension=each, name="samples") for each in (extension, other)
    }

    response = {name: play(server, name, task, extension) for name in SAME_CONTENT}

    assert response["wrong_content_type"].headers["content-type"] == "text/html"
    assert response["wrong_content_type"].body == real_answer[extension]
    assert response["other_format"].body == real_answer[other]
    assert response["bom"].body.startswith(b"\xef\xbb\xbf")
    assert meaning(response["bom"].body, extension) == meaning(real_answer[extension], extension)
    assert response["utf16"].body.startswith(b"\xff\xfe")
    assert meaning(response["utf16"].body, extension) == meaning(real_answer[extension], extension)
    assert real_answer[extension].startswith(response["truncated"].body)
    with pytest.raises((ValueError, ET.ParseError)):
        meaning(response["truncated"].body, extension)


def test_bom_and_utf16_keep_characters_outside_ascii(server: SandboxServer) -> None:
    server.store.edit(name="samples", new_name="é日本")

    for fault in ("bom", "utf16"):
        response = play(server, fault, "list", "xml")
        assert ET.fromstring(response.body).findtext("monitor/name") == "é日本"


def test_damaged_shapes_are_the_misprints_of_the_document(server: SandboxServer) -> None:
    row = b'{"name":"samples","email":"desk@example.com","frequency":"1000","users":[]}'
    server.store.create(name="b", email="b@example.com", frequency=1)

    in_json = play(server, "damaged_shape", "list").body
    in_xml = play(server, "damaged_shape", "list", "xml").body

    assert in_json.startswith(row + b',{"name":"b"')
    assert in_json.endswith(b"}")
    assert in_xml.startswith(b"monitors><monitor><name>samples</name>")
    assert in_xml.endswith(b"</monitor></monitors")
    assert play(server, "damaged_shape", "edit").body == b'{"message":"success"}'
    assert play(server, "damaged_shape", "edit", "xml").body == b"result><message>success</message></result>"


@TASKS
def test_odd_json_is_odd_in_the_stated_way(server: SandboxServer, task: str) -> None:
    response = {name: play(server, name, task).body for name in ("nan", "huge_number", "repeated_keys")}

    assert b":NaN" in response["nan"]
    assert b":" + b"9" * 10_000 in response["huge_number"]
    assert response["repeated_keys"].count(b'"name":' if task == "list" else b'"message":') == 2
    with pytest.raises(RecursionError):
        json.loads(play(server, "deep_nesting", task).body)
    with pytest.raises(ValueError, match="digits"):
        json.loads(response["huge_number"])


@TASKS
def test_odd_xml_is_odd_in_the_stated_way(server: SandboxServer, task: str) -> None:
    names = ("nan", "huge_number", "repeated_keys", "deep_nesting", "entity_bomb", "entity_bomb_quadratic")
    response = {name: play(server, name, task, "xml").body for name in names}

    assert b">NaN<" in response["nan"]
    assert b">" + b"9" * 10_000 + b"<" in response["huge_number"]
    assert response["repeated_keys"].count(b"<name>" if task == "list" else b"<message>") == 2
    assert response["deep_nesting"].count(b"<a>") == 100_000
    assert response["entity_bomb"].count(b"<!ENTITY") == 10
    assert response["entity_bomb_quadratic"].count(b"&a;") == 20_000
    for root in response.values():
        assert (b"<monitors>" if task == "list" else b"<result>") in root


@TASKS
@BOTH
def test_external_references_lead_to_their_option(server: SandboxServer, task: str, extension: str) -> None:
    url = "http://127.0.0.1:9/trap"

    entity = play(server, "external_entity", task, extension, url=url).body
    dtd = play(server, "external_dtd", task, extension, url=url).body

    assert f'<!ENTITY e SYSTEM "{url}">'.encode() in entity
    assert b"&e;" in entity
    assert f'SYSTEM "{url}">'.encode() in dtd


def test_documents_that_are_not_an_answer(server: SandboxServer) -> None:
    assert play(server, "html_200").headers["content-type"] == "text/html"
    assert play(server, "empty_200").body == b""
    assert len(play(server, "garbage").body) == 4096
    assert play(server, "unknown_message").body == b'{"message":"queued"}'
    assert play(server, "unknown_message", words="later").body == b'{"message":"later"}'
    assert play(server, "success_with_errors").body == (
        b'{"message":"success","errors":["Monitor record not found"]}'
    )
    assert play(server, "success_with_errors", extension="xml").body == PROLOG + (
        b"<result><message>success</message><errors><error>Monitor record not found</error></errors></result>"
    )


def test_raw_answers_with_any_bytes(server: SandboxServer) -> None:
    response = play(server, "raw", body=b'[{"name":null}]', status=299, content_type="application/x-odd")

    assert (response.status, response.body) == (299, b'[{"name":null}]')
    assert response.headers["content-type"] == "application/x-odd"


def test_connections_survive_faults_that_are_only_content(server: SandboxServer) -> None:
    server.fault("garbage")

    assert call_keep_alive(server, "list").headers["connection"] == "keep-alive"


def test_all_faults_are_there() -> None:
    assert len(NAMES) == len(set(NAMES)) == 105


def meaning(body: bytes, extension: str) -> object:
    if extension == "json":
        return json.loads(body)
    return [(each.tag, each.text) for each in ET.fromstring(body).iter()]
