"""Tables as files: CSV as a stream, XLSX through a temporary file, both row by row."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice

from django.http import FileResponse, StreamingHttpResponse

from monitors.views import workbook
from monitors.views.formulas import harmless
from monitors.views.workbook import Cell
from monitors.wording import zones

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 1_048_575  # of one sheet, below its head
_LINES_PER_CHUNK = 200


def csv_response(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        zones.kept(_csv_lines(head, rows)), content_type="text/csv; charset=utf-8", headers=_attachment(name)
    )


def xlsx_response(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], *, about: Sequence[tuple[str, str]], name: str
) -> FileResponse:
    """`about` fills a second sheet that says what the table is."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    workbook.write(file, head, rows, about)
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
