"""The audit log as a file: exactly the filtered events, streamed, and itself an event."""

import csv
import io
import tracemalloc

import pytest
from django.contrib.auth.models import User

from monitors.models import AuditEvent, Kind, Role, Task
from monitors.models.person import display_name
from monitors.selectors import exports
from monitors.services.log import audit
from monitors.wording.events import event_sentence
from tests.views.pages import attributes

pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(as_role):
    return as_role(Role.AUDITORS)


def write(count, **columns):
    for start in range(0, count, 1000):
        batch = range(start, min(start + 1000, count))
        audit.write_all(
            [
                audit.Event(kind="operation.ended", **columns, details={"words": [f"{number} " * 80]})
                for number in batch
            ]
        )


def read(response):
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_the_file_holds_exactly_the_filtered_events_oldest_first(ida, db):
    write(3, task="append", outcome="refused")
    write(2, task="detach")

    rows = read(ida.post("/audit/export.csv", query_params={"task": "append"}))

    shown = [int(number) for number in attributes(ida.get("/audit/", {"task": "append"}), "data-event")]
    assert [int(row["Number"]) for row in rows] == shown[::-1]
    assert {row["Outcome"] for row in rows} == {"refused"}


def test_whoever_it_was_stands_in_the_file_by_name_and_username(ida, db):
    auditor = User.objects.get()
    audit.write(audit.Event(kind="operation.ended", **audit.by(auditor)))

    row = read(ida.post("/audit/export.csv"))[-1]

    assert (row["Who"], row["Username"]) == (display_name(auditor), auditor.username)


def test_a_row_says_everything_that_the_event_holds(ida, db):
    audit.write(
        audit.Event(
            kind="operation.ended",
            task="append",
            outcome="refused",
            username="acme",
            record_name="abuse",
            reason="ESC-1",
            details={"words": ["No", "never"], "parameters": {"user": "acme"}},
        )
    )
    event = AuditEvent.objects.get(kind="operation.ended")

    row = read(ida.post("/audit/export.csv", query_params={"kind": "operation.ended"}))[0]

    assert row["What"] == "Append acme to abuse"
    assert row["Upstream's words"] == "No | never"
    assert (row["Customer"], row["Record"], row["Reason"]) == ("acme", "abuse", "ESC-1")
    assert row["Hash"] == event.hash
    assert '"user": "acme"' in row["Details"]


def test_the_event_of_the_export_comes_first_and_is_not_in_the_file(ida, db):
    write(2)
    before = AuditEvent.objects.count()

    response = ida.post("/audit/export.csv")

    assert AuditEvent.objects.latest("number").details == {
        "table": "audit",
        "format": "csv",
        "filters": {},
        "rows": before,
    }
    assert len(read(response)) == before


def test_what_is_written_meanwhile_does_not_slip_into_the_file(ida, db):
    write(2)
    before = AuditEvent.objects.count()
    response = ida.post("/audit/export.csv")

    write(5)

    assert len(read(response)) == before


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_can_become_a_formula(ida, db, start):
    audit.write(
        audit.Event(
            kind="operation.ended", username=f"{start}1+1", reason=f"{start}A1", details={"note": f"{start}x"}
        )
    )

    rows = read(ida.post("/audit/export.csv", query_params={"kind": "operation.ended"}))

    assert [rows[0][name] for name in ("Customer", "Reason", "Note")] == [
        f"'{start}1+1",
        f"'{start}A1",
        f"'{start}x",
    ]


def test_the_file_says_of_each_kind_what_the_page_says(ida, db):
    before = {"name": "abuse", "email": "a@x.example", "frequency": 5}
    details = {
        "parameters": {"new_name": " b\u202e", "new_frequency": "7"},
        "before": before,
        "change": "vanished",
    }
    for task in ("", *Task.values):
        audit.write(
            *(
                audit.Event(
                    kind=kind,
                    task=task,
                    username="a  b",
                    record_name=name,
                    details=details | {"never_listed": bool(name)},
                )
                for kind in Kind.values
                if kind != Kind.SETTINGS_CHANGED
                for name in ("", " abuse")
            )
        )

    rows = read(ida.post("/audit/export.csv"))

    sentences = {str(event.number): str(event_sentence(event)) for event in AuditEvent.objects.all()}
    assert len(rows) > 200
    assert all(row["What"] == sentences[row["Number"]] for row in rows)


def test_a_file_of_several_chunks_keeps_the_order(ida, db, monkeypatch):
    write(7)
    monkeypatch.setattr(exports, "CHUNK_ROWS", 2)

    rows = read(ida.post("/audit/export.csv"))

    assert [int(row["Number"]) for row in rows] == list(range(1, len(rows) + 1))
    assert len(rows) > 7


def test_wrong_filters_give_no_file(ida, db):
    before = AuditEvent.objects.count()

    assert ida.post("/audit/export.csv", query_params={"since": "soon"}).status_code == 400
    assert AuditEvent.objects.count() == before


def peak(response):
    """The most memory in use while the file is streamed, and the file's size."""
    size = 0
    tracemalloc.start()
    for piece in response.streaming_content:
        size += len(piece)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most, size


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(ida, db):
    write(3000, task="append")
    write(12000, task="detach")

    small, small_size = peak(ida.post("/audit/export.csv", query_params={"task": "append"}))
    large, large_size = peak(ida.post("/audit/export.csv", query_params={"task": "detach"}))

    assert large_size > small_size * 3.5
    assert large < small * 1.3
    assert large < large_size / 2
