"""The table of faults in docs/testing.md, counted from the tests that `make check` collects for each database.

`python -m tests.endurance.fault_table` prints it.
"""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from monitors.sandbox.faults import NAMES, connection, content, envelopes, status, transfer, truth
from tests.endurance.fault_cases import (
    SHOWN,
    WRITES,
    beliefs,
    faults_of,
    faults_of_list,
    faults_of_write,
    is_carried_out,
    word_when_settled,
    words_at_once,
)

ROOT = Path(__file__).parents[2]
FILES = ("test_writes_under_every_fault.py", "test_lists_under_every_fault.py")
DATABASES = ("SQLite", "PostgreSQL")
FORMATS = ("json", "xml")
GROUPS = {
    "connection": connection.TABLE,
    "transfer": transfer.TABLE,
    "status": status.TABLE,
    "content": content.TABLE,
    "known answers": envelopes.TABLE,
    "truth": truth.TABLE,
}
_WRITE = re.compile(r"test_word_is_true_at_once_and_after_settling\[(json|xml)-(applied|not)-(\w+)\]")
_LIST = re.compile(r"test_list_is_believed_or_changes_nothing\[(json|xml)-(\d+)\]")
TASKS = (*WRITES, "list")
_BELIEF = {True: "believed", False: "changes nothing"}
Case = tuple[str, str, str]  # fault, task, format


def markdown() -> str:
    return "\n".join([*_faults(), "", *_totals()])


@cache
def played(database: str) -> Counter[Case]:
    """How often `make check` plays each case there."""
    return Counter(case for test in _collected(database) for case in _cases_of(test))


def _collected(database: str) -> list[str]:
    """What the line of `make check` for that database collects of the two files."""
    marks = _marks_and_folders()[database]
    files = [f"tests/endurance/{name}" for name in FILES]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", marks]
    run = subprocess.run([*command, *files], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def _marks_and_folders() -> dict[str, str]:
    """By database what its line selects; it must run all of this folder."""
    folders = re.search(r"^ON_POSTGRESQL := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert folders is not None
    assert "tests/endurance" in folders[1].split(), "PostgreSQL does not run this folder"
    return {"SQLite": _marks_of("on-sqlite"), "PostgreSQL": _marks_of("on-postgresql")}


def _marks_of(part: str) -> str:
    assert part in re.findall(r"[a-z-]+", _recipe("check")), "`make check` does not run it"
    (marks,) = re.findall(r'\$\(TEST\) -m "(.*)"', _recipe(part))
    return str(marks)


def _recipe(target: str) -> str:
    return (ROOT / "Makefile").read_text().partition(f"\n{target}:")[2].partition("\n\n")[0]


def _cases_of(test: str) -> Iterator[Case]:
    if found := _WRITE.search(test):
        form, applied, task = found.groups()
        yield from ((fault, task, form) for fault in faults_of_write(task, applied=applied == "applied"))
    elif found := _LIST.search(test):
        form, part = found.groups()
        yield from ((fault, "list", form) for fault in faults_of_list(int(part)))


def _faults() -> Iterator[str]:
    counts = played("SQLite")
    yield f"| faults | {' | '.join(TASKS)} | a write: at once → after a list | a list |"
    yield f"|---|{'---:|' * len(TASKS)}---|---|"
    for group, table in GROUPS.items():
        for ends, faults in _by_ends(table).items():
            numbers = [_sum(counts, faults, task=task) for task in TASKS]
            cells = [f"{group}: {_names(faults)}", *(str(number or "–") for number in numbers), *ends]
            yield f"| {' | '.join(cells)} |"


def _by_ends(faults: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    rows: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        rows.setdefault((_writes_ends(fault), _lists_ends(fault)), []).append(fault)
    return rows


def _sum(counts: Counter[Case], faults: Iterable[str], *, task: str = "", form: str = "") -> int:
    return sum(
        count
        for (fault, its_task, its_form), count in counts.items()
        if fault in faults and task in ("", its_task) and form in ("", its_form)
    )


def _writes_ends(fault: str) -> str:
    if fault not in faults_of("create"):
        return "–"
    ends: dict[str, list[str]] = {}
    for applied in (True, False):
        if fault in faults_of_write("create", applied=applied):
            for word in words_at_once(fault, applied=applied):
                ends.setdefault(word, []).append(_settled(word, fault, applied=applied))
    return "; ".join(_arrow(word, list(dict.fromkeys(later))) for word, later in ends.items())


def _settled(word: str, fault: str, *, applied: bool) -> str:
    word = word_when_settled(word, is_done=is_carried_out(fault, applied=applied))
    return f"{word}, then {SHOWN.lower()}" if fault == "late" else word


def _arrow(word: str, later: list[str]) -> str:
    return word.lower() if later == [word] else f"{word.lower()} → {' / '.join(later).lower()}"


def _lists_ends(fault: str) -> str:
    if fault not in faults_of("list"):
        return "–"
    in_json, in_xml = ({_BELIEF[belief] for belief in beliefs(fault, form)} for form in FORMATS)
    if in_json != in_xml:
        return f"{' or '.join(in_json)}; in XML {' or '.join(in_xml)}"
    return " or ".join(sorted(in_json))


def _names(faults: Iterable[str]) -> str:
    """`status_…_html` with its codes instead of each."""
    families: dict[str, list[str]] = {}
    for fault in faults:
        found = re.fullmatch(r"((?:status|redirect)_)(\d+)(.*)", fault)
        families.setdefault(f"{found[1]}…{found[3]}" if found else fault, []).append(
            found[2] if found else ""
        )
    return ", ".join(f"`{name}` {' '.join(codes)}".strip() for name, codes in families.items())


def _totals() -> Iterator[str]:
    yield f"| cases | {' | '.join(DATABASES)} | both |"
    yield f"|---|{'---:|' * (len(DATABASES) + 1)}"
    for form in (*FORMATS, ""):
        numbers = [_sum(played(database), NAMES, form=form) for database in DATABASES]
        yield f"| {form.upper() or 'both'} | {' | '.join(f'{n:,}' for n in (*numbers, sum(numbers)))} |"


if __name__ == "__main__":
    print(markdown())
