"""The parameter tables of docs/monitor_records.md, read from the document itself."""

import re
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "monitor_records.md"
_TABLE = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<td>(.*?)</td>", re.DOTALL)
OURS = {"task", "method"}  # the gateway's, in no form


@dataclass(frozen=True)
class Parameter:
    """One row: its name, whether it must be given, and the words of its requirements."""

    name: str
    is_required: bool
    requirements: str


def tables() -> dict[str, dict[str, Parameter]]:
    """Task -> parameter name -> row, without `task` and `method`."""
    found = {}
    for body in _TABLE.findall(DOCUMENT.read_text()):
        rows = [[_plain(cell) for cell in _CELL.findall(row)] for row in _ROW.findall(body)]
        task = rows[0][2].removeprefix("Must be set to ")
        found[task] = {name: Parameter(name, required == "Yes", words) for name, required, words, _ in rows}
    return {task: {key: row for key, row in rows.items() if key not in OURS} for task, rows in found.items()}


def _plain(cell: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", cell).split())
