"""Calls of the gateway, and their ends, for the tests."""

from collections.abc import Callable
from typing import Any

from monitors.gateway.client import Format, Gateway, Upstream
from monitors.gateway.errors import GatewayError

from .replay import http, replay

KEY = "canary-K3y%&+ü-9f1c"
SUCCESS = {Format.JSON: b'{"message":"success"}', Format.XML: b"<result><message>success</message></result>"}
EMPTY = {Format.JSON: b"[]", Format.XML: b"<monitors></monitors>"}
FORMATS = list(Format)


def upstream(url: str, form: Format = Format.JSON, **settings: object) -> Upstream:
    values = {"user": "demo", "key": KEY, "format": form, "deadline": 1.0, **settings}
    return Upstream(url=url, **values)  # type: ignore[arg-type]


def gateway(url: str, form: Format = Format.JSON, **settings: object) -> Gateway:
    return Gateway(upstream(url, form, **settings), sleep=lambda _seconds: None, jitter=lambda: 0.0)


def write(caller: Gateway) -> None:
    caller.create(name="myMonitor", email="example@example.com", frequency=1000)


def end_of(call: Callable[[], Any]) -> Any:
    """What the call returned or raised; any other exception fails the test."""
    try:
        return call()
    except GatewayError as error:
        return error


def end_of_list(body: str, form: Format = Format.JSON) -> Any:
    """What `list_records` returns or raises for this body."""
    with replay(http(body.encode())) as server:
        return end_of(gateway(server.url, form).list_records)
