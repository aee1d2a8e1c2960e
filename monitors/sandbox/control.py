"""The control endpoint: a page, and the same as plain requests, to play a bad day on a running sandbox."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from monitors.sandbox.answers import Answer, head_of
from monitors.sandbox.control_page import page
from monitors.sandbox.listener import Listener
from monitors.sandbox.messages import HTML_TYPE, JSON_TYPE
from monitors.sandbox.store import Refused
from monitors.sandbox.tasks import TABLES, carry_out, problems
from monitors.sandbox.wire import Connection, Request

if TYPE_CHECKING:
    from monitors.sandbox.server import SandboxServer

HOST = "127.0.0.1"
_FAULT_FIELDS = {"name", "task", "times", "applied", "options"}
_YES = {"yes", "true", "1", "on", "before"}
_NO = {"", "no", "false", "0", "off", "after"}


class Control:
    """Always on the loopback interface: it has no login.

    GET / (a page for people), /state.json, /calls.json?after=ID. POST /fault (name, task, times, applied, and
    the fault's options by their names, or in `options` as a query string), /clear, /late (carry out late writes),
    /outside (a task and its parameters, or task=register with user).
    """

    def __init__(self, server: "SandboxServer", *, port: int) -> None:
        self._server = server
        self._listener = Listener(HOST, port, self._converse)
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/"): self._page,
            ("GET", "/state.json"): self._state,
            ("GET", "/calls.json"): self._calls,
            ("POST", "/fault"): self._fault,
            ("POST", "/clear"): self._clear,
            ("POST", "/late"): self._late,
            ("POST", "/outside"): self._outside,
        }

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._listener.port}/"

    def start(self) -> None:
        self._listener.start()

    def stop(self) -> None:
        self._listener.stop()

    def _converse(self, connection: Connection) -> None:
        while (request := connection.read()) is not None:
            answer = self._answer(request)
            head = head_of(answer, length=len(answer.body), keep_alive=request.keeps_alive)
            connection.send(head + answer.body)
            if not request.keeps_alive:
                return

    def _answer(self, request: Request) -> Answer:
        route = self._routes.get((request.method, request.path))
        if route is None:
            return _text(404, "There is nothing here.")
        try:
            return route(request)
        except (ValueError, Refused) as error:
            return _text(400, f"{error}.")

    def _page(self, _request: Request) -> Answer:
        return Answer(page(self._server).encode(), f"{HTML_TYPE}; charset=utf-8")

    def _state(self, _request: Request) -> Answer:
        server = self._server
        fields = ("name", "email", "frequency", "users")
        return _json(
            {
                "url": server.url,
                "records": [dict(zip(fields, row, strict=True)) for row in server.store.snapshot()],
                "customers": server.store.customers(),
                "faults": [
                    {"name": armed.name, "task": armed.task, "applied": armed.applied, "left": armed.left}
                    for armed in server.faults
                ],
            }
        )

    def _calls(self, request: Request) -> Answer:
        after = int(request.parameters.get("after", 0))
        return _json([call.as_dict() for call in self._server.calls_after(after)])

    def _fault(self, request: Request) -> Answer:
        given = request.parameters
        options = dict(parse_qsl("&".join(given.get("options", "").split())))
        options |= {name: value for name, value in given.items() if name not in _FAULT_FIELDS}
        self._server.fault(
            given.get("name", ""),
            task=given.get("task", "any"),
            applied=_is_yes(given.get("applied", "")),
            times=int(given.get("times", 1)),
            **options,
        )
        return _back_to_the_page()

    def _clear(self, _request: Request) -> Answer:
        self._server.clear()
        return _back_to_the_page()

    def _late(self, _request: Request) -> Answer:
        self._server.carry_out_late_writes()
        return _back_to_the_page()

    def _outside(self, request: Request) -> Answer:
        """Someone else's change: only what a form leaves blank is taken as not given."""
        given = {name: value for name, value in request.parameters.items() if value}
        _change(self._server, given.get("task", ""), given)
        return _back_to_the_page()


def _change(server: "SandboxServer", task: str, given: Mapping[str, str]) -> None:
    if task == "register":
        server.store.register([given["user"]] if "user" in given else [])
    elif task not in TABLES:
        raise ValueError(f"there is no change {task!r}")
    elif wrong := problems(task, given):
        raise ValueError("; ".join(wrong))
    else:
        carry_out(server.store, task, given)


def _is_yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError(f"applied is yes or no, not {text!r}")
    return text.lower() in _YES


def _text(status: int, words: str) -> Answer:
    return Answer(f"{HTTPStatus(status).phrase}: {words}\n".encode(), "text/plain; charset=utf-8", status)


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value, indent=1).encode(), JSON_TYPE)


def _back_to_the_page() -> Answer:
    return Answer(b"", HTML_TYPE, 303, (("Location", "/"),))
