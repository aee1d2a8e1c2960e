import subprocess

import pytest

from monitors.gateway.client import Format, Gateway, Upstream
from monitors.gateway.request import curl

from .calls import EMPTY, FORMATS, SUCCESS
from .replay import http, replay

DOORS = ("/api/distributor.manage", "/apiv2/reseller.manage")
CREDENTIALS = "api_user=your_sendgrid_username&api_key=your_sendgrid_password&method=monitor"

# The example calls of monitor_records.md; `lis` and `recordToDelet` with the letters that the page lost.
EXAMPLES = {
    "create": (
        lambda g: g.create(name="myMonitor", email="example@example.com", frequency=1000),
        f"{CREDENTIALS}&task=create&name=myMonitor&email=example@example.com&frequency=1000",
    ),
    "edit": (
        lambda g: g.edit(
            name="myMonitor", new_name="updatedMonitor", new_email="example@example.com", new_frequency=5
        ),
        f"{CREDENTIALS}&task=edit&name=myMonitor&new_name=updatedMonitor"
        "&new_email=example@example.com&new_frequency=5",
    ),
    "delete": (
        lambda g: g.delete(name="recordToDelete"),
        f"{CREDENTIALS}&task=delete&name=recordToDelete",
    ),
    "list": (lambda g: g.list_records(), f"{CREDENTIALS}&task=list"),
    "append": (
        lambda g: g.append(user="eexampexample@example.com", name="myMonitor"),
        f"{CREDENTIALS}&task=append&name=myMonitor&user=eexampexample@example.com",
    ),
    "detach": (
        lambda g: g.detach(user="eexampexample@example.com"),
        f"{CREDENTIALS}&task=detach&user=eexampexample@example.com",
    ),
}
OTHER_CALLS = {
    "edit of the frequency only": (
        lambda g: g.edit(name="testmonitor", new_frequency=10),
        f"{CREDENTIALS}&task=edit&name=testmonitor&new_frequency=10",
    ),
    "detach from one record": (
        lambda g: g.detach(user="chebyte", name="testmonitor"),
        f"{CREDENTIALS}&task=detach&user=chebyte&name=testmonitor",
    ),
    "text that needs encoding": (
        lambda g: g.delete(name="Büro & Café/日本 100%+=?#"),
        f"{CREDENTIALS}&task=delete&name=B%C3%BCro+%26+Caf%C3%A9%2F%E6%97%A5%E6%9C%AC+100%25%2B%3D%3F%23",
    ),
}


def upstream_of_the_document(url: str, form: Format) -> Upstream:
    return Upstream(url, "your_sendgrid_username", "your_sendgrid_password", form)


def gateway_of_the_document(url: str, form: Format) -> Gateway:
    return Gateway(upstream_of_the_document(url, form))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(("call", "body"), EXAMPLES.values(), ids=EXAMPLES)
def test_example_call_of_the_document_is_sent_byte_for_byte(call, body, door, form):
    answer = EMPTY[form] if "task=list" in body else SUCCESS[form]
    with replay(http(answer)) as server:
        call(gateway_of_the_document(f"http://127.0.0.1:{server.port}{door}", form))

        head, form_body = server.requests[0].split(b"\r\n\r\n")

    assert form_body == body.encode()
    assert head.startswith(f"POST {door}.{form.value} HTTP/1.1\r\n".encode())
    assert b"\r\nContent-Type: application/x-www-form-urlencoded" in head


@pytest.mark.parametrize(("call", "body"), OTHER_CALLS.values(), ids=OTHER_CALLS)
def test_other_call_is_sent_byte_for_byte(call, body):
    with replay(http(SUCCESS[Format.JSON])) as server:
        call(gateway_of_the_document(server.url, Format.JSON))

        assert server.requests[0].split(b"\r\n\r\n")[1] == body.encode()


def test_credentials_are_in_the_body_only():
    with replay(http(SUCCESS[Format.JSON])) as server:
        gateway_of_the_document(server.url, Format.JSON).delete(name="x")

        head = server.requests[0].split(b"\r\n\r\n")[0]

    assert b"your_sendgrid" not in head
    assert b"Cookie" not in head
    assert b"Authorization" not in head


def test_curl_shows_the_call_with_the_key_hidden():
    upstream = upstream_of_the_document("https://api.sendgrid.com/api/distributor.manage", Format.JSON)

    command = curl(
        upstream, "create", {"frequency": "1000", "name": "it's & co", "email": "example@example.com"}
    )

    assert command.splitlines() == [
        "curl https://api.sendgrid.com/api/distributor.manage.json \\",
        "  --data api_user=your_sendgrid_username \\",
        "  --data 'api_key=••••••••' \\",
        "  --data method=monitor \\",
        "  --data task=create \\",
        """  --data-urlencode 'name=it'"'"'s & co' \\""",
        "  --data email=example@example.com \\",
        "  --data frequency=1000",
    ]


def test_shell_splits_the_curl_into_the_parameters_again():
    name = 'a\'b "c" $HOME `id` \\ !\n*'
    command = curl(upstream_of_the_document("http://h/p", Format.XML), "delete", {"name": name})

    words = subprocess.run(
        ["sh", "-c", f"curl() {{ printf '%s\\0' \"$@\"; }}; {command}"], capture_output=True, check=True
    ).stdout

    assert words.decode().split("\0")[-3:] == ["--data-urlencode", f"name={name}", ""]
