"""A file of CSV is what the standard library would have written, cell by cell."""

import csv
import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.views import sheets
from monitors.views.formulas import all_harmless, harmless
from monitors.wording import zones

pytestmark = pytest.mark.any_database
MOMENT = datetime(2026, 3, 29, 0, 59, 59, 250_000, UTC)
TEXTS = st.text(st.sampled_from("ab9=+-@;,\"'{ \t\r\n\0\u200b＝é"), max_size=8)
CELLS = st.one_of(TEXTS, st.none(), st.integers(-9, 9), st.just(MOMENT))


def ours(rows, head=("A", "B", "C")):
    response = sheets.csv_response(head, rows, name="file.csv")
    return b"".join(response.streaming_content).decode()


def theirs(rows):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([[plain(cell) for cell in row] for row in rows])
    return text.getvalue()


def plain(cell):
    if isinstance(cell, datetime):
        return zones.local(cell).isoformat(timespec="seconds")
    return "" if cell is None else harmless(str(cell))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CELLS, TEXTS, TEXTS), max_size=6))
def test_any_cells_are_written_as_the_library_writes_them(rows):
    assert ours(rows) == theirs([("A", "B", "C"), *rows])


@settings(max_examples=150, deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_many_texts_are_as_harmless_as_each_of_them(texts):
    assert list(all_harmless(texts)) == list(map(harmless, texts))


def test_rows_of_several_blocks_keep_their_order():
    rows = [(str(number), number, MOMENT + timedelta(seconds=number)) for number in range(1_201)]

    with zones.reading_in(ZoneInfo("Europe/Berlin")):
        assert ours(rows) == theirs([("A", "B", "C"), *rows])


def test_moments_are_as_exact_as_is_asked_for():
    response = sheets.csv_response(["At"], [[MOMENT]], name="file.csv", timespec="auto")

    assert b"".join(response.streaming_content) == b'"At"\r\n"2026-03-29T00:59:59.250000+00:00"\r\n'
