"""Every door, extension and method; credentials; unknown tasks."""

from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from monitors.sandbox.server import SandboxServer
from tests.sandbox.raw import CREDENTIALS, PROLOG, connect, post_form, receive

DOORS = ("/api/distributor.manage", "/apiv2/reseller.manage", "/apiv2/customer.monitor")
NOT_FOUND = b'{"error":{"code":404,"message":"Not found"}}'


def ask_through(server: SandboxServer, path: str, method: str, form: dict[str, str]) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    target = f"{path}?{urlencode(form)}" if method == "GET" else path
    connection.request(method, target, urlencode(form) if method == "POST" else None, headers)
    response = connection.getresponse()
    try:
        return response.status, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_get_and_post_in_both_formats(server: SandboxServer, door: str, method: str) -> None:
    form = CREDENTIALS | {"task": "edit", "name": "samples"}

    assert ask_through(server, f"{door}.json", method, form) == (200, b'{"message":"success"}')
    assert ask_through(server, f"{door}.xml", method, form) == (
        200,
        PROLOG + b"<result><message>success</message></result>",
    )


@pytest.mark.parametrize(("door", "needs_method"), [(DOORS[0], True), (DOORS[1], True), (DOORS[2], False)])
def test_only_the_parent_accounts_door_needs_no_method(
    server: SandboxServer, door: str, needs_method: bool
) -> None:
    form = {"api_user": "demo", "api_key": "demo-key", "task": "edit", "name": "samples"}

    response = post_form(server, form, path=door)

    assert response.body == (NOT_FOUND if needs_method else b'{"message":"success"}')


@pytest.mark.parametrize("task", ["List", "LIST", "lis", "", "remove"])
def test_an_unknown_or_miscased_task_is_not_found_with_status_200(server: SandboxServer, task: str) -> None:
    json = post_form(server, CREDENTIALS | {"task": task})
    xml = post_form(server, CREDENTIALS | {"task": task}, extension="xml")

    assert (json.status, json.body) == (200, NOT_FOUND)
    assert xml.body == PROLOG + b"<error><code>404</code><message>Not found</message></error>"


@pytest.mark.parametrize(
    "wrong",
    [{"api_key": "demo-Key"}, {"api_user": "someone"}, {"api_key": ""}, {"api_user": ""}],
)
def test_nothing_is_done_without_the_right_credentials(server: SandboxServer, wrong: dict[str, str]) -> None:
    response = post_form(server, CREDENTIALS | {"task": "delete", "name": "samples"} | wrong)

    assert response.status == 403
    assert len(server.store.snapshot()) == 1
    assert not server.calls[-1].applied


def test_other_paths_and_methods_get_the_web_servers_own_pages(server: SandboxServer) -> None:
    form = CREDENTIALS | {"task": "list"}

    assert ask_through(server, "/api/distributor.manage", "POST", form)[0] == 404
    assert ask_through(server, "/api/distributor.manage.yaml", "POST", form)[0] == 404
    assert ask_through(server, "/", "GET", form)[0] == 404
    assert ask_through(server, "/api/distributor.manage.json", "PUT", form)[0] == 405


def test_of_a_repeated_parameter_the_last_value_counts(server: SandboxServer) -> None:
    query = urlencode([*CREDENTIALS.items(), ("task", "list"), ("task", "delete"), ("name", "samples")])

    with connect(server) as connection:
        connection.sendall(f"GET {DOORS[0]}.json?{query} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        receive(connection)

    assert server.store.snapshot() == []


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\r\n\r\n",
        b"POST /\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_malformed_request_is_answered_with_400(server: SandboxServer, nonsense: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(nonsense)

        assert receive(connection).raw.startswith(b"HTTP/1.1 400 ")


def test_client_that_expects_100_continue_gets_it(server: SandboxServer) -> None:
    with connect(server) as connection:
        head = (
            f"POST {DOORS[0]}.json HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close"
        )
        connection.sendall(head.encode() + b"\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x=")

        assert receive(connection).status == 403
