"""What stands in the cells of a spreadsheet is what xlsxwriter, cell by cell, would have written there."""

import io
import tempfile
import tracemalloc
import zipfile
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.views import workbook
from monitors.views.formulas import harmless
from monitors.wording import zones

pytestmark = pytest.mark.any_database
NAME = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
MOMENT = datetime(2026, 3, 29, 0, 59, 59, 250_000, UTC)
ODD_TEXTS = [
    "a & b <c> \"d\" 'e'",
    " blanks on both sides ",
    "two\nlines\tand a tab",
    "\rreturn\x00\x07\x1f",
    "_x0041_ is no A, _x41_ is none either",
    "\ufffe\uffff\u202e\u00a0",
    "😀",
    "</t></is></c>",
    "long" * 8_000,
]


def ours(rows, head=("A", "B", "C"), about=()):
    file = io.BytesIO()
    workbook.write(file, head, rows, about)
    return file


def theirs(rows):
    """As the files were written before."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheet, moment = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, zones.local(value).replace(tzinfo=None), moment)
                elif isinstance(value, int):
                    sheet.write_number(number, column, value)
                elif value:
                    sheet.write_string(number, column, harmless(value))
    return file


def part(file, name):
    with zipfile.ZipFile(file) as book:
        assert book.testzip() is None
        return ElementTree.fromstring(book.read(name))


def cells(file):
    """Below the head: place, kind, whether it has a style, blanks kept or not, and what stands there."""
    return [
        (
            cell.get("r"),
            cell.get("t"),
            cell.get("s") is not None,
            any(text.get(SPACE) for text in cell.iter(f"{NAME}t")),
            "".join(cell.itertext()),
        )
        for row in part(file, "xl/worksheets/sheet1.xml").iter(f"{NAME}row")
        if row.get("r") != "1"
        for cell in row
    ]


def same(file, other):
    """Numbers may differ behind their fifteenth digit."""
    for mine, its in zip(cells(file), cells(other), strict=True):
        assert mine[:4] == its[:4]
        assert mine[4] == its[4] if mine[1] else float(mine[4]) == pytest.approx(float(its[4]), abs=1e-9)
    return True


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_odd_text_is_written_as_the_library_writes_it(text):
    assert same(ours([[text, "", text]]), theirs([[text, "", text]]))


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_any_text_is_written_as_the_library_writes_it(text):
    assert same(ours([[text, None, text]]), theirs([[text, None, text]]))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns"])
def test_moments_are_those_of_the_readers_clock(zone):
    rows = [[MOMENT, MOMENT + timedelta(seconds=2), None], ["", 0, 2**53]]

    with zones.reading_in(ZoneInfo(zone)):
        assert same(ours(rows), theirs(rows))


def test_a_text_that_is_too_long_for_a_cell_is_cut():
    assert [cell[4] for cell in cells(ours([["x" * 40_000, "", ""]]))] == ["x" * 32_767]


def test_what_looks_like_rich_text_is_plain():
    assert [cell[4] for cell in cells(ours([["<r><t>bold</t></r>", "", ""]]))] == ["<r><t>bold</t></r>"]


def test_the_head_and_the_second_sheet_are_there():
    file = ours([["a", "b", "c"]], about=[("Exported by", "=Ida & Ben")])
    first, second = (part(file, f"xl/worksheets/sheet{number}.xml") for number in (1, 2))

    assert ["".join(row.itertext()) for row in first.iter(f"{NAME}row")] == ["ABC", "abc"]
    assert ["".join(cell.itertext()) for cell in second.iter(f"{NAME}c")] == ["Exported by", "'=Ida & Ben"]


def test_columns_go_on_behind_z():
    places = [cell[0] for cell in cells(ours([["x"] * 54], head=["x"] * 54))]

    assert (places[24:28], places[-1]) == (["Y2", "Z2", "AA2", "AB2"], "BB2")


def test_memory_does_not_grow_with_the_rows():
    def peak(count):
        rows = ([f"customer-{number}", number, MOMENT] for number in range(count))
        with tempfile.TemporaryFile() as file:
            tracemalloc.start()
            workbook.write(file, ("A", "B", "C"), rows, ())
            most = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return most

    peak(10)

    assert peak(5_000) < peak(1_500) * 1.3
