"""The sandbox's answers are byte for byte those of the recordings."""

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, PROLOG, answer_to, call_keep_alive, post_form

SUCCESS = b'{"message":"success"}'


def test_recorded_session_is_answered_byte_for_byte() -> None:
    with SandboxServer(control_port=None) as server:
        server.store.register(["chebyte"])
        create = {"name": "testmonitor", "email": "test@test.com", "frequency": "10000"}

        response = [
            answer_to(server, "list"),
            answer_to(server, "create", **create),
            answer_to(server, "list"),
            answer_to(server, "edit", name="testmonitor", new_frequency="10"),
            answer_to(server, "append", user="chebyte", name="testmonitor"),
            answer_to(server, "list"),
            answer_to(server, "detach", user="chebyte", name="testmonitor"),
            answer_to(server, "delete", name="testmonitor"),
            answer_to(server, "delete", name="testmonitor"),
        ]

    assert response == [
        b"[]",
        SUCCESS,
        b'[{"name":"testmonitor","email":"test@test.com","frequency":"10000","users":[]}]',
        SUCCESS,
        SUCCESS,
        b'[{"name":"testmonitor","email":"test@test.com","frequency":"10","users":["chebyte"]}]',
        SUCCESS,
        SUCCESS,
        b'{"message":"error","errors":["Monitor record not found"]}',
    ]


def test_xml_has_the_documented_elements_under_the_prolog(server: SandboxServer) -> None:
    server.store.append(user="chebyte", name="samples")

    assert answer_to(server, "list", extension="xml") == (
        PROLOG + b"<monitors><monitor><name>samples</name><email>desk@example.com</email>"
        b"<frequency>1000</frequency><users><user>chebyte</user></users></monitor></monitors>"
    )
    assert answer_to(server, "edit", name="samples", extension="xml") == (
        PROLOG + b"<result><message>success</message></result>"
    )
    assert answer_to(server, "delete", name="nobody", extension="xml") == (
        PROLOG + b"<result><message>error</message>"
        b"<errors><error>Monitor record not found</error></errors></result>"
    )


def test_empty_lists_keep_their_brackets_and_roots() -> None:
    with SandboxServer(control_port=None) as server:
        assert answer_to(server, "list") == b"[]"
        assert answer_to(server, "list", extension="xml") == PROLOG + b"<monitors></monitors>"


def test_text_is_escaped_as_php_did(server: SandboxServer) -> None:
    server.store.edit(name="samples", new_name='é/日本 😀 "<&>\\\t\x7f')

    json, xml = answer_to(server, "list"), answer_to(server, "list", extension="xml")

    assert b'"name":"\\u00e9\\/\\u65e5\\u672c \\ud83d\\ude00 \\"<&>\\\\\\t\x7f"' in json
    assert b'<name>\xe9/&#26085;&#26412; &#128512; "&lt;&amp;&gt;\\\t\x7f</name>' in xml


def test_backslash_before_a_lookalike_of_an_escape_stays(server: SandboxServer) -> None:
    server.store.edit(name="samples", new_name="a\\u007f")

    assert b'"name":"a\\\\u007f"' in answer_to(server, "list")


def test_character_that_xml_forbids_becomes_the_replacement_character(server: SandboxServer) -> None:
    server.store.edit(name="samples", new_name="a\x01b")

    assert b"<name>a&#65533;b</name>" in answer_to(server, "list", extension="xml")


@pytest.mark.parametrize(("extension", "content_type"), [("json", "application/json"), ("xml", "text/xml")])
def test_each_answer_has_its_content_type_and_sets_a_cookie(
    server: SandboxServer, extension: str, content_type: str
) -> None:
    response = call_keep_alive(server, "list", extension=extension)

    assert response.status == 200
    assert response.headers["content-type"] == content_type
    assert response.headers["content-length"] == str(len(response.body))
    assert "set-cookie" in response.headers


def test_bad_credentials_are_answered_as_recorded(server: SandboxServer) -> None:
    response = post_form(server, CREDENTIALS | {"task": "list", "api_key": "wrong"})

    assert (response.status, response.headers["content-type"]) == (403, "text/html")
    assert response.body == b'{"error": "Bad username / password"}'


def test_an_unregistered_customer_has_the_message_without_errors(server: SandboxServer) -> None:
    assert answer_to(server, "append", user="nobody", name="samples") == b'{"message":"User not found"}'
    assert answer_to(server, "detach", user="nobody", extension="xml") == (
        PROLOG + b"<result><message>User not found</message></result>"
    )


def test_a_list_right_after_a_write_shows_the_write(server: SandboxServer) -> None:
    answer_to(server, "list")

    answer_to(server, "edit", name="samples", new_name="renamed")

    assert b"renamed" in answer_to(server, "list")
