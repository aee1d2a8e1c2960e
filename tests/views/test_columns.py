"""The columns of exported tables: each head stands over its own value."""

from datetime import UTC, datetime

import pytest

from monitors.models import AuditEvent, Operation, State
from monitors.selectors.monitored_rows import AttachmentRow, MonitoredRow
from monitors.views.columns import AUDIT, MONITORED

BEGIN, END = datetime(2026, 3, 3, 14, 2, tzinfo=UTC), datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
BEGAN_BY = Operation(actor_name="Sam R.", reason="ESC-7 spam wave", words=["success"])
ENDED_BY = Operation(actor_name="Ana K.", reason="ESC-7 is over", words=["success"])


def columns_of(end, operation):
    columns = {f"{end}_id": operation.pk} if operation else {f"{end}_id": None}
    for column in ("actor_name", "state", "words", "reason"):
        columns[f"{end}__{column}"] = getattr(operation, column) if operation else None
    return columns


def cells(revision=None, *, began_by=None, ended_by=None, **columns):
    values = dict.fromkeys(AttachmentRow._fields) | {"is_baseline": False, "reason": "", "since": BEGIN}
    values |= {"customer__username": "acme", "record__name": "billing-eu"}
    values |= columns_of("began_by", began_by) | columns_of("ended_by", ended_by) | columns
    attachment = AttachmentRow(**{name: values[name] for name in AttachmentRow._fields})
    row = MonitoredRow(attachment, revision, began_roles="Support")
    return dict(zip(MONITORED.head, MONITORED.cells(row), strict=True))


def test_an_attachment_says_why_it_began_and_why_it_ended():
    row = cells(began_by=BEGAN_BY, reason=BEGAN_BY.reason, ended_by=ENDED_BY, detached_at=END)

    assert (row["By"], row["Role"], row["Why"]) == ("Sam R.", "Support", "ESC-7 spam wave")
    assert (row["Ended by"], row["Ended why"]) == ("Ana K.", "ESC-7 is over")
    assert (row["Since"], row["Until"]) == (BEGIN, END)


def test_an_attachment_that_lasts_has_no_end_and_no_reason_for_one():
    row = cells(began_by=BEGAN_BY, reason=BEGAN_BY.reason)

    assert [row[head] for head in ("Until", "Until, not before", "Ended by", "Ended why")] == [
        None,
        None,
        "",
        "",
    ]


def test_what_ended_outside_the_desk_has_a_window_and_no_reason():
    row = cells(began_by=BEGAN_BY, reason=BEGAN_BY.reason, detached_at=END, detached_after=BEGIN)

    assert (row["Until, not before"], row["Until"]) == (BEGIN, END)
    assert (row["Ended by"], row["Ended why"]) == ("outside", "")


@pytest.mark.parametrize(
    ("state", "ended_by"),
    [(State.CONTRADICTED, "outside, or it never took effect"), (State.ACCEPTED, "outside")],
)
def test_the_end_of_what_no_list_showed_may_be_none(state, ended_by):
    row = cells(began_by=Operation(actor_name="Sam R.", state=state), detached_at=END, detached_after=BEGIN)

    assert row["Ended by"] == ended_by


@pytest.mark.parametrize(
    ("columns", "origin"),
    [({"began_by": BEGAN_BY}, "desk"), ({"is_baseline": True}, "first list"), ({}, "outside")],
)
def test_the_origin_says_where_it_began(columns, origin):
    assert cells(**columns)["Origin"] == origin


def test_the_record_is_as_it_was_then_beside_its_name_now():
    row = cells(("billing-watch", "billing@northmail.example", 1000))

    assert (row["Record"], row["Record's name now"]) == ("billing-watch", "billing-eu")
    assert (row["Mailbox"], row["One sample in"]) == ("billing@northmail.example", 1000)


def test_no_column_is_always_empty():
    assert "Planned until" not in MONITORED.head


def test_the_sentence_of_an_event_is_plain_text_with_every_character_visible():
    event = AuditEvent(
        number=1,
        at=BEGIN,
        kind="operation.ended",
        task="append",
        username="<b>&amp; acme\u202e",
        record_name=" abuse",
        details={"parameters": {}},
    )

    row = dict(zip(AUDIT.head, AUDIT.cells(event), strict=True))

    assert row["What"] == "Append <b>&amp; acme‹U+202E› to ␣abuse"
    assert row["Customer"] == "<b>&amp; acme\u202e"
