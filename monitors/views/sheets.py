"""Tables as files: CSV as a stream, XLSX through a temporary file, both row by row."""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import IO, Any

from django.http import FileResponse, StreamingHttpResponse

from monitors.wording import zones

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 1_048_575  # of one sheet, below its head
# What a formula begins with; East Asian spreadsheets accept the wide forms too. Blanks and characters that nobody sees
# may stand before it, and where a semicolon or a tab separates cells it may stand behind one, quoted or not.
_UNSEEN = (
    r" \x00-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    r"\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_FORMULA = re.compile(
    rf"^(?=[\t\r\n]|[{_UNSEEN}]*[=+\-@＝＋－＠])|(?<=[;\t\r\n])(?![\t\r\n])(?=[{_UNSEEN}]*[=+\-@＝＋－＠])"
)
_LINES_PER_CHUNK = 200
Cell = str | int | datetime | None


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe stands before each place where one could begin."""
    return _FORMULA.sub("'", text)


def csv_response(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        zones.kept(_csv_lines(head, rows)), content_type="text/csv; charset=utf-8", headers=_attachment(name)
    )


def xlsx_response(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], *, about: Sequence[tuple[str, str]], name: str
) -> FileResponse:
    """`about` fills a second sheet that says what the table is."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    _write_xlsx(file, head, rows, about)
    file.seek(0)
    return FileResponse(file, content_type=XLSX, headers=_attachment(name))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield _csv([head])
    zone = zones.current()
    lines = ([_plain(cell, zone) for cell in row] for row in rows)
    while chunk := list(islice(lines, _LINES_PER_CHUNK)):
        yield _csv(chunk)


def _csv(lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(lines)
    return text.getvalue()


def _plain(value: Cell, zone: tzinfo) -> str:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    return "" if value is None else harmless(str(value))


def _write_xlsx(
    file: IO[bytes],
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    about: Sequence[tuple[str, str]],
) -> None:
    import xlsxwriter  # noqa: PLC0415 - 3 MB that only who writes such a file needs

    with xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        _write_table(book, head, rows)
        _write_about(book, about)


def _write_table(book: Any, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet("Monitored")
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head) - 1, 22)
    for column, title in enumerate(head):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            _write_cell(sheet, number, column, value, moment)


def _write_about(book: Any, about: Sequence[tuple[str, str]]) -> None:
    bold, sheet = book.add_format({"bold": True}), book.add_worksheet("About")
    sheet.set_column(0, 1, 40)
    for number, (label, text) in enumerate(about):
        sheet.write_string(number, 0, label, bold)
        sheet.write_string(number, 1, harmless(text))


def _write_cell(sheet: Any, row: int, column: int, value: Cell, moment: Any) -> None:
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, zones.local(value).replace(tzinfo=None), moment)
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value:
        sheet.write_string(row, column, harmless(value))
