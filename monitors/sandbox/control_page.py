"""The control endpoint's page: what the sandbox holds, what it was asked, and forms to spoil its day."""

import time
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from monitors.sandbox.armed import FILTERS, UNTIL_CLEARED, Armed
from monitors.sandbox.calls import Call
from monitors.sandbox.faults import FAULTS
from monitors.sandbox.tasks import TABLES

if TYPE_CHECKING:
    from monitors.sandbox.server import SandboxServer

_TAIL = 25
_HEADS = ("UTC", "task", "parameters", "applied", "answered", "fault")
_ON_EVERY_CALL = {"api_user", "method", "task"}
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem }
body { color: #1c2430; background: #fff }
h1 { font-size: 1.4rem; margin: 0 }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end }
label { display: grid; font-size: .85rem }
input, select, button { font: inherit; padding: .25rem .5rem; max-width: 100% }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #d9dee6 }
td { font-size: .9rem; overflow-wrap: anywhere }
.now { padding: .5rem .75rem; background: #fff3d6; border-left: 4px solid #b66a00 }
@media (prefers-color-scheme: dark) {
  body { background: #14181f; color: #dde3ec; color-scheme: dark }
  .now { background: #3a2d12 }
  th, td { border-color: #333c4a }
}
"""


def page(server: "SandboxServer") -> str:
    records = server.store.snapshot()
    attached = sum(len(users) for *_, users in records)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Sandbox upstream</title><style>{_STYLE}</style><h1>Sandbox upstream</h1>"
        f"<p>{escape(server.url)} · {len(records)} records · {len(server.store.customers())} customers ·"
        f" {attached} attached</p>{_now(server.faults)}{_late(server.late_writes)}{_fault_form()}{_outside_form()}"
        f"{_calls(server.calls[-_TAIL:])}</html>"
    )


def _now(armed: Iterable[Armed]) -> str:
    lines = "".join(f"<div>{escape(_in_words(one))}</div>" for one in armed)
    if not lines:
        return "<p>A good day: every call is answered honestly.</p>"
    clear = "<form method=post action=/clear><button>Clear</button></form>"
    return f"<div class=now>{lines}{clear}</div>"


def _late(calls: Iterable[Call]) -> str:
    lines = "".join(f"<div>{escape(call.task or '')} {escape(_parameters(call))}</div>" for call in calls)
    if not lines:
        return ""
    carry_out = "<form method=post action=/late><button>Carry out</button></form>"
    return f"<h2>Late writes</h2><div class=now>{lines}{carry_out}</div>"


def _in_words(armed: Armed) -> str:
    times = "until cleared" if armed.left == UNTIL_CLEARED else f"{armed.left} more"
    applied = "the change is made" if armed.applied else "the change is not made"
    return f"{armed.name} ({armed.fault.summary}) on {armed.task}, {times}, {applied}"


def _fault_form() -> str:
    names = "".join(
        f"<option value='{name}'>{name}: {escape(fault.summary)}</option>" for name, fault in FAULTS.items()
    )
    return (
        "<h2>Play a fault</h2><form method=post action=/fault>"
        f"<label>Fault <select name=name>{names}</select></label>"
        f"<label>On <select name=task>{_options(('any', *sorted(set(FILTERS) - {'any'})))}</select></label>"
        "<label>Times (0: until cleared) <input name=times value=1 size=6 inputmode=numeric></label>"
        "<label>The change is made <select name=applied><option>no<option>yes</select></label>"
        "<label>Options <input name=options placeholder='seconds=3'></label><button>Play</button></form>"
    )


def _outside_form() -> str:
    fields = dict.fromkeys(parameter.name for table in TABLES.values() for parameter in table)
    inputs = "".join(f"<label>{name} <input name={name} size=14></label>" for name in fields)
    return (
        "<h2>Change something from outside</h2><form method=post action=/outside>"
        f"<label>task <select name=task>{_options((*TABLES, 'register'))}</select></label>"
        f"{inputs}<button>Change</button></form>"
    )


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in values)


def _calls(calls: Iterable[Call]) -> str:
    rows = "".join(map(_row, reversed(list(calls))))
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    return f"<h2>Last calls</h2><table><tr>{heads}</tr>{rows}</table>"


def _row(call: Call) -> str:
    cells = (
        time.strftime("%H:%M:%S", time.gmtime(call.received_at)),
        call.task or "",
        _parameters(call),
        "yes" if call.applied else "no",
        str(call.answered or "nothing"),
        call.fault or "",
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _parameters(call: Call) -> str:
    own = {name: value for name, value in call.parameters.items() if name not in _ON_EVERY_CALL}
    return " ".join(f"{name}={value}" for name, value in own.items())
