"""The control endpoint: a page, and the same as plain requests, to play faults on a running sandbox."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from monitors.sandbox.answers import Answer, head_of
from monitors.sandbox.control_page import control_page
from monitors.sandbox.listener import Listener
from monitors.sandbox.messages import HTML_TYPE, JSON_TYPE
from monitors.sandbox.state import Sandbox
from monitors.sandbox.store import Refused, Store
from monitors.sandbox.tasks import TABLES, carry_out, problems
from monitors.sandbox.wire import Connection, Request

HOST = "127.0.0.1"
_FAULT_FIELDS = {"name", "task", "times", "applied", "options"}
_YES = {"yes", "true", "1", "on", "before"}
_NO = {"", "no", "false", "0", "off", "after"}


class Control:
    """Listens on the loopback interface only, because it has no login.

    GET / (the page), /state.json, /calls.json?after=ID. POST /fault (name, task, times, applied; the fault's
    options as fields of their own, or in `options` as a query string), /clear, /late (carry out late writes),
    /outside (a task and its parameters, or task=register with user).
    """

    def __init__(self, sandbox: Sandbox, *, port: int, upstream_url: Callable[[], str]) -> None:
        self._sandbox = sandbox
        self._upstream_url = upstream_url  # Its port is known only when the server has started.
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
        page = control_page(self._sandbox, upstream_url=self._upstream_url())
        return Answer(page.encode(), f"{HTML_TYPE}; charset=utf-8")

    def _state(self, _request: Request) -> Answer:
        fields = ("name", "email", "frequency", "users")
        return _json(
            {
                "url": self._upstream_url(),
                "records": [dict(zip(fields, row, strict=True)) for row in self._sandbox.store.snapshot()],
                "customers": self._sandbox.store.customers(),
                "faults": [
                    {"name": armed.name, "task": armed.task, "applied": armed.applied, "left": armed.left}
                    for armed in self._sandbox.faults
                ],
            }
        )

    def _calls(self, request: Request) -> Answer:
        after = int(request.parameters.get("after", 0))
        return _json([call.as_dict() for call in self._sandbox.calls_after(after)])

    def _fault(self, request: Request) -> Answer:
        fields = request.parameters
        options = dict(parse_qsl("&".join(fields.get("options", "").split())))
        options |= {name: value for name, value in fields.items() if name not in _FAULT_FIELDS}
        self._sandbox.fault(
            fields.get("name", ""),
            task=fields.get("task", "any"),
            applied=_is_yes(fields.get("applied", "")),
            times=int(fields.get("times", 1)),
            **options,
        )
        return _back_to_the_page()

    def _clear(self, _request: Request) -> Answer:
        self._sandbox.clear()
        return _back_to_the_page()

    def _late(self, _request: Request) -> Answer:
        self._sandbox.carry_out_late_writes()
        return _back_to_the_page()

    def _outside(self, request: Request) -> Answer:
        """A change by somebody else. A field that is blank counts as missing: the form sends all of them."""
        fields = {name: value for name, value in request.parameters.items() if value}
        _change(self._sandbox.store, fields.get("task", ""), fields)
        return _back_to_the_page()


def _change(store: Store, task: str, fields: Mapping[str, str]) -> None:
    if task == "register":
        store.register([fields["user"]] if "user" in fields else [])
    elif task not in TABLES:
        raise ValueError(f"there is no change {task!r}")
    elif wrong := problems(task, fields):
        raise ValueError("; ".join(wrong))
    else:
        carry_out(store, task, fields)


def _is_yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError(f"applied is yes or no, not {text!r}")
    return text.lower() in _YES


def _text(status: int, message: str) -> Answer:
    return Answer(f"{HTTPStatus(status).phrase}: {message}\n".encode(), "text/plain; charset=utf-8", status)


def _json(value: Any) -> Answer:
    return Answer(json.dumps(value, indent=1).encode(), JSON_TYPE)


def _back_to_the_page() -> Answer:
    return Answer(b"", HTML_TYPE, 303, (("Location", "/"),))
