"""A list of customers as a file: CSV as spreadsheets write it, or XLSX."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitors.limits import MAX_CHANGES, MAX_FILE_BYTES
from monitors.services.errors import Invalid
from monitors.services.plans import workbook

ENCODINGS = ("utf-8-sig", "cp1252")
# What the head of a column may be called, in lower case.
HEADS = {
    "username": ("user", "customer", "username", "user name", "name of customer", "subuser"),
    "record_name": ("record", "name", "monitor", "record name"),
    "reason": ("reason", "ticket", "reason, ticket", "reason or ticket"),
    "until": ("until", "end", "ends", "expires"),
}
PLAIN_ORDER = ("username", "reason", "until")  # without a head


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file; `number` is the line in it, from 1. Empty where the file says nothing."""

    number: int
    username: str
    record_name: str = ""
    reason: str = ""
    until: str = ""


def read(content: bytes, *, name: str) -> list[Line]:
    """Raises Invalid with the numbers of the lines that cannot be read. `name` is the file's own."""
    if len(content) > MAX_FILE_BYTES:
        raise Invalid("file", "The file is larger than 5 MB.")
    rows = workbook.rows(content) if content.startswith(workbook.SIGNATURE) else _csv_rows(content)
    lines = list(_lines(rows))
    if not lines:
        raise Invalid("file", f"{name} has no names in it.")
    return lines


def _csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    begins = 1
    try:
        for row in reader:
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise Invalid("file", f"Line {begins} cannot be read: {error}.") from error


def _decoded(content: bytes) -> str:
    if b"\x00" in content:
        raise Invalid("file", "This is not a CSV or XLSX file. Save it as “CSV UTF-8” or as XLSX.")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")  # the five bytes that cp1252 leaves open


def _delimiter(text: str) -> str:
    """Of the first line that has one; spreadsheets write `;` where a comma is the decimal sign."""
    for line in text.splitlines():
        if ";" in line or "," in line or "\t" in line:
            return max(";,\t", key=line.count)
    return ","


def _lines(rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Line]:
    columns: dict[str, int] | None = None
    count = 0
    for number, row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if columns is None:
            head = _head(cells)
            columns = head or {name: place for place, name in enumerate(PLAIN_ORDER)}
            if head:
                continue
        line = _line(number, cells, columns)
        count += 1
        if count > MAX_CHANGES:
            raise Invalid("file", f"Line {number}: a plan has at most {MAX_CHANGES:,} rows.")
        yield line


def _head(cells: Sequence[str]) -> dict[str, int] | None:
    """The places of the columns by their heads; None where the first row is a customer already."""
    places = {
        column: place
        for place, cell in enumerate(cells)
        for column, heads in HEADS.items()
        if cell.lower() in heads
    }
    return places if "username" in places else None


def _line(number: int, cells: Sequence[str], columns: dict[str, int]) -> Line:
    values = {name: cells[place] if place < len(cells) else "" for name, place in columns.items()}
    if not values["username"]:
        raise Invalid("file", f"Line {number} names no customer.")
    return Line(number, **values)
