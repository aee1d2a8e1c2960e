"""A spreadsheet of any number of rows in constant memory: xlsxwriter makes the book, its rows are written here.

A cell is text, a whole number or a moment. The library checks each of them for whatever else a cell can be, which took
two thirds of the time of a file.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from monitors.views.formulas import harmless
from monitors.wording import zones

Cell = str | int | datetime | None
MAX_TEXT = 32_767  # characters of a cell, as spreadsheets take them
_SHEET = "xl/worksheets/sheet1.xml"
_ROWS_PER_BLOCK = 500
_LEVEL = 3  # of compression: 6 takes half as much time again for files a tenth smaller
_DAY_ZERO = datetime(1899, 12, 30)
_DAY = timedelta(days=1)
# What is no text of XML, and what XML or a spreadsheet would take for something else.
_ODD = re.compile(r"[&<>\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class _Shell(NamedTuple):
    """A book without rows: its other parts, what stands before and after the rows, and the style of moments."""

    parts: dict[str, bytes]
    before: str
    after: str
    moment: str


def write(
    file: IO[bytes],
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Sequence[tuple[str, str]],
) -> None:
    """`about` fills a second sheet, which says what the first one is. Moments are those of the reader's clock."""
    shell = _shell(head, about)
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for name, content in shell.parts.items():
            book.writestr(name, content)
        with book.open(_SHEET, "w") as sheet:
            sheet.write(shell.before.encode())
            for block in _blocks(rows, shell.moment, len(head)):
                sheet.write(block.encode())
            sheet.write(shell.after.encode())


def _shell(head: Sequence[str], about: Sequence[tuple[str, str]]) -> _Shell:
    with ZipFile(io.BytesIO(_book(head, about))) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = re.sub(r"<dimension [^>]*>", "", parts.pop(_SHEET).decode())  # it would count one row
    before, row, after = re.split(r'(<row r="2".*?</row>)', sheet)
    style = re.search(r' s="\d+"', row)
    assert style
    return _Shell(parts, before, after, style[0])


def _book(head: Sequence[str], about: Sequence[tuple[str, str]]) -> bytes:
    """With one row, of a moment; in constant memory texts stand in their cells."""
    import xlsxwriter  # noqa: PLC0415 - 10 MB that only who writes such a file needs

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet = book.add_worksheet("Monitored")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(head) - 1, 22)
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, bold)
        sheet.write_datetime(1, 0, _DAY_ZERO + _DAY, moment)
        second = book.add_worksheet("About")
        second.set_column(0, 1, 40)
        for number, (label, text) in enumerate(about):
            second.write_string(number, 0, label, bold)
            second.write_string(number, 1, harmless(text))
    return file.getvalue()


def _blocks(rows: Iterable[Sequence[Cell]], moment: str, width: int) -> Iterator[str]:
    """Blocks of rows as XML; made a column at a time, as in files of CSV."""
    zone, starts = zones.current(), [f'<c r="{_letters(column)}' for column in range(width)]
    remaining, number = iter(rows), 2
    while block := list(islice(remaining, _ROWS_PER_BLOCK)):
        columns = [_cells(column, moment, zone) for column in zip(*block, strict=True)]
        yield "".join(
            _row(number + place, starts, cells) for place, cells in enumerate(zip(*columns, strict=True))
        )
        number += len(block)


def _row(number: int, starts: Sequence[str], cells: Sequence[str]) -> str:
    written = [f"{start}{number}{cell}" for start, cell in zip(starts, cells, strict=True) if cell]
    return f'<row r="{number}">{"".join(written)}</row>'


def _cells(column: Sequence[Cell], moment: str, zone: tzinfo) -> list[str]:
    """What stands behind the place of each cell; nothing where it is empty."""
    known = {value: _cell(value, moment, zone) for value in set(column)}
    return [known[value] for value in column]


def _cell(value: Cell, moment: str, zone: tzinfo) -> str:
    if isinstance(value, str):
        return f'"{_text(value)}' if value else ""
    if isinstance(value, datetime):
        days = (value.astimezone(zone).replace(tzinfo=None) - _DAY_ZERO) / _DAY
        return f'"{moment}><v>{days:.16G}</v></c>'
    return "" if value is None else f'"><v>{value}</v></c>'


def _letters(column: int) -> str:
    """`A` for 0, `AA` for 26."""
    before, letter = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + letter)


def _text(text: str) -> str:
    """What of a cell stands behind its place."""
    text = _ODD.sub(_escaped, harmless(text)[:MAX_TEXT])
    blanks = ' xml:space="preserve"' if text != text.strip() else ""  # else XML leaves them out
    return f' t="inlineStr"><is><t{blanks}>{text}</t></is></c>'


def _escaped(odd: re.Match[str]) -> str:
    """As spreadsheets write it."""
    text = odd[0]
    if len(text) > 1:
        return f"_x005F{text}"
    return _ENTITIES.get(text) or f"_x{ord(text):04X}_"
