"""The control page: what the sandbox holds, its last calls, and forms to play faults and outside changes."""

import time
from collections.abc import Iterable
from html import escape

from monitors.sandbox.armed_faults import FILTERS, UNTIL_CLEARED, ArmedFault
from monitors.sandbox.calls import Call
from monitors.sandbox.faults import FAULTS
from monitors.sandbox.state import Sandbox
from monitors.sandbox.tasks import TABLES

_MAX_CALLS = 25
_CALL_COLUMNS = ("UTC", "task", "parameters", "applied", "answered", "fault")
_PARAMETERS_OF_EVERY_CALL = {"api_user", "method", "task"}
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
.notice { padding: .5rem .75rem; background: #fff3d6; border-left: 4px solid #b66a00 }
@media (prefers-color-scheme: dark) {
  body { background: #14181f; color: #dde3ec; color-scheme: dark }
  .notice { background: #3a2d12 }
  th, td { border-color: #333c4a }
}
"""


def control_page(sandbox: Sandbox, *, upstream_url: str) -> str:
    records = sandbox.store.snapshot()
    attachments = sum(len(users) for *_, users in records)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Sandbox upstream</title><style>{_STYLE}</style><h1>Sandbox upstream</h1>"
        f"<p>{escape(upstream_url)} · {len(records)} records · {len(sandbox.store.customers())} customers ·"
        f" {attachments} attachments</p>{_armed_faults(sandbox.faults)}{_late_writes(sandbox.late_writes)}"
        f"{_fault_form()}{_outside_form()}{_last_calls(sandbox.calls[-_MAX_CALLS:])}</html>"
    )


def _armed_faults(faults: Iterable[ArmedFault]) -> str:
    lines = "".join(f"<div>{escape(_sentence(armed))}</div>" for armed in faults)
    if not lines:
        return "<p>No faults: every call gets its real answer.</p>"
    clear = "<form method=post action=/clear><button>Clear faults</button></form>"
    return f"<div class=notice>{lines}{clear}</div>"


def _sentence(armed: ArmedFault) -> str:
    times = "until cleared" if armed.left == UNTIL_CLEARED else f"{armed.left} more"
    applied = "change applied" if armed.applied else "change not applied"
    return f"{armed.name} ({armed.fault.summary}) on {armed.task}, {times}, {applied}"


def _late_writes(calls: Iterable[Call]) -> str:
    lines = "".join(f"<div>{escape(f'{call.task} {_parameters(call)}')}</div>" for call in calls)
    if not lines:
        return ""
    carry_out = "<form method=post action=/late><button>Carry out late writes</button></form>"
    return f"<h2>Late writes</h2><div class=notice>{lines}{carry_out}</div>"


def _fault_form() -> str:
    names = "".join(
        f"<option value='{name}'>{name}: {escape(fault.summary)}</option>" for name, fault in FAULTS.items()
    )
    tasks = ("any", *sorted(set(FILTERS) - {"any"}))
    return (
        "<h2>Play a fault</h2><form method=post action=/fault>"
        f"<label>Fault <select name=name>{names}</select></label>"
        f"<label>Task <select name=task>{_options(tasks)}</select></label>"
        "<label>Times (0: until cleared) <input name=times value=1 size=6 inputmode=numeric></label>"
        "<label>Apply the change <select name=applied><option>no<option>yes</select></label>"
        "<label>Options <input name=options placeholder='seconds=3'></label><button>Play</button></form>"
    )


def _outside_form() -> str:
    fields = dict.fromkeys(parameter.name for table in TABLES.values() for parameter in table)
    inputs = "".join(f"<label>{name} <input name={name} size=14></label>" for name in fields)
    return (
        "<h2>Make an outside change</h2><form method=post action=/outside>"
        f"<label>task <select name=task>{_options((*TABLES, 'register'))}</select></label>"
        f"{inputs}<button>Change</button></form>"
    )


def _options(values: Iterable[str]) -> str:
    return "".join(f"<option>{escape(value)}</option>" for value in values)


def _last_calls(calls: Iterable[Call]) -> str:
    rows = "".join(map(_row, reversed(list(calls))))
    columns = "".join(f"<th>{column}</th>" for column in _CALL_COLUMNS)
    return f"<h2>Last calls</h2><table><tr>{columns}</tr>{rows}</table>"


def _row(call: Call) -> str:
    cells = (
        time.strftime("%H:%M:%S", time.gmtime(call.received_at)),
        call.task or "",
        _parameters(call),
        "yes" if call.applied else "no",
        str(call.answered or "no answer"),
        call.fault or "",
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _parameters(call: Call) -> str:
    pairs = call.parameters.items()
    return " ".join(f"{name}={value}" for name, value in pairs if name not in _PARAMETERS_OF_EVERY_CALL)
