"""Every row of the document's parameter tables, with our corrections."""

import re
from pathlib import Path

import pytest

from monitors.sandbox.messages import Invented, Recorded
from monitors.sandbox.rendering import as_json
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.tasks import TABLES
from tests.sandbox.raw import answer_to

CREATE = {"name": "new", "email": "a@example.com", "frequency": "5"}
EDIT = {"name": "samples"}
LONGEST = "日" * 255

ACCEPTED = [
    ("create", CREATE),
    ("create", CREATE | {"name": LONGEST}),
    ("create", CREATE | {"name": "SAMPLES"}),
    ("create", CREATE | {"name": "a b/c é <&>"}),
    ("create", CREATE | {"email": "first.last+tag@mail.example.co"}),
    ("create", CREATE | {"frequency": "1"}),
    ("create", CREATE | {"frequency": str(2**63 - 1)}),
    ("edit", EDIT),
    ("edit", EDIT | {"new_name": LONGEST}),
    ("edit", EDIT | {"new_name": "samples"}),
    ("edit", EDIT | {"new_email": "b@example.com", "new_frequency": "7"}),
    ("delete", {"name": "samples"}),
    ("append", {"user": "chebyte", "name": "samples"}),
    ("detach", {"user": "chebyte"}),
    ("detach", {"user": "chebyte", "name": "samples"}),
]

REFUSED = [
    ("create", {}, [Invented.NAME_MISSING, Invented.EMAIL_MISSING, Invented.FREQUENCY_MISSING]),
    ("create", CREATE | {"name": ""}, [Invented.NAME_MISSING]),
    ("create", CREATE | {"name": LONGEST + "x"}, [Invented.NAME_TOO_LONG]),
    ("create", CREATE | {"name": "samples"}, [Invented.NAME_TAKEN]),
    *[
        ("create", CREATE | {"email": email}, [Invented.EMAIL_MALFORMED])
        for email in ("", "a", "a@b", "@example.com", "a b@example.com", "a@@example.com", "é@example.com")
    ],
    ("create", CREATE | {"email": "a@" + "b" * 250 + ".com"}, [Invented.EMAIL_MALFORMED]),
    *[
        ("create", CREATE | {"frequency": frequency}, [Invented.FREQUENCY_WRONG])
        for frequency in ("", "0", "-1", "+1", "1.5", "1e3", "ten", "١٢", " 7", "1_000", str(2**63), "9" * 50)
    ],
    ("edit", {}, [Invented.NAME_MISSING]),
    ("edit", {"name": "nobody"}, [Recorded.RECORD_NOT_FOUND]),
    ("edit", EDIT | {"new_name": "other"}, [Invented.NAME_TAKEN]),
    ("edit", EDIT | {"new_name": LONGEST + "x"}, [Invented.NAME_TOO_LONG]),
    ("edit", EDIT | {"new_name": ""}, [Invented.NAME_MISSING]),
    ("edit", EDIT | {"new_email": "a"}, [Invented.EMAIL_MALFORMED]),
    ("edit", EDIT | {"new_frequency": "0"}, [Invented.FREQUENCY_WRONG]),
    ("delete", {}, [Invented.NAME_MISSING]),
    ("delete", {"name": "nobody"}, [Recorded.RECORD_NOT_FOUND]),
    ("delete", {"name": "other"}, [Invented.IN_USE]),
    ("append", {}, [Invented.USER_MISSING, Invented.NAME_MISSING]),
    ("append", {"user": "chebyte"}, [Invented.NAME_MISSING]),
    ("append", {"user": "chebyte", "name": "nobody"}, [Recorded.RECORD_NOT_FOUND]),
    ("detach", {}, [Invented.USER_MISSING]),
    ("detach", {"user": "chebyte", "name": "nobody"}, [Recorded.RECORD_NOT_FOUND]),
    ("detach", {"user": "chebyte", "name": ""}, [Recorded.RECORD_NOT_FOUND]),
]


@pytest.fixture
def other(server: SandboxServer) -> None:
    server.store.seed(records=[("other", "other@example.com", 5, ("busy",))])


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(("task", "parameters"), ACCEPTED)
def test_good_parameters_are_accepted(server: SandboxServer, task: str, parameters: dict[str, str]) -> None:
    assert answer_to(server, task, **parameters) == b'{"message":"success"}'
    assert server.calls[-1].applied


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize(("task", "parameters", "errors"), REFUSED)
def test_bad_parameters_are_refused_and_change_nothing(
    server: SandboxServer, task: str, parameters: dict[str, str], errors: list[str]
) -> None:
    before = server.store.snapshot()

    answer = answer_to(server, task, **parameters)

    assert answer == as_json({"message": "error", "errors": errors}).encode()
    assert server.store.snapshot() == before
    assert not server.calls[-1].applied


def test_frequency_is_stored_as_a_number_and_listed_as_a_string(server: SandboxServer) -> None:
    answer_to(server, "create", **CREATE | {"frequency": "007"})

    assert server.store.snapshot()[-1] == ("new", "a@example.com", 7, ())
    assert b'"frequency":"7"' in answer_to(server, "list")


def test_edit_changes_only_what_is_given(server: SandboxServer) -> None:
    answer_to(server, "edit", name="samples", new_frequency="10")

    assert server.store.snapshot() == [("samples", "desk@example.com", 10, ())]


def test_a_renamed_record_keeps_its_customers(server: SandboxServer) -> None:
    server.store.append(user="chebyte", name="samples")

    answer_to(server, "edit", name="samples", new_name="renamed")

    assert server.store.snapshot() == [("renamed", "desk@example.com", 1000, ("chebyte",))]


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "monitor_records.md"
ON_EVERY_CALL = {"task", "method"}
# Corrections from a sibling page: append needs a name, detach takes one.
CORRECTIONS = {"append": {"name": True}, "detach": {"name": False}}


def documented() -> dict[str, dict[str, bool]]:
    """task -> parameter -> whether it is required, from the document's own tables."""
    tables = re.findall(r"<table.*?</table>", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return {
        re.findall(r"<em>(\w+)</em>", table)[0]: {
            name: required == "Yes"
            for name, required in re.findall(r"<td>(\w+)</td>\s*<td>(Yes|No)</td>", table)
            if name not in ON_EVERY_CALL
        }
        for table in tables
    }


def test_tables_are_the_documents_with_its_corrections() -> None:
    ours = {task: {row.name: row.missing is not None for row in rows} for task, rows in TABLES.items()}

    expected = {
        task: rows | CORRECTIONS.get(task, {}) for task, rows in documented().items() if task != "list"
    }
    assert ours == expected
