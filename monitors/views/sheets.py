"""Tables as files: CSV as a stream, XLSX through a temporary file, both row by row."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import islice
from typing import cast

from django.http import FileResponse, StreamingHttpResponse

from monitors.views import workbook
from monitors.views.formulas import all_harmless, harmless
from monitors.views.workbook import Cell
from monitors.wording import zones

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS = 1_048_575  # of one sheet, below its head
_LINES_PER_BLOCK = 500


def csv_response(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], *, name: str, timespec: str = "seconds"
) -> StreamingHttpResponse:
    """`timespec` is that of moments, as `isoformat` takes it."""
    return StreamingHttpResponse(
        zones.kept(_csv_blocks(head, rows, timespec)),
        content_type="text/csv; charset=utf-8",
        headers=_attachment(name),
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


def _csv_blocks(head: Sequence[str], rows: Iterable[Sequence[Cell]], timespec: str) -> Iterator[str]:
    """Blocks of lines; a column at a time, because most columns hold what is quickly told of all their cells."""
    zone, remaining = zones.current(), iter(rows)
    yield _csv([[title] for title in head])
    while block := list(islice(remaining, _LINES_PER_BLOCK)):
        yield _csv([_texts(column, zone, timespec) for column in zip(*block, strict=True)])


def _csv(columns: Iterable[Sequence[str]]) -> str:
    """Lines whose cells are all quoted."""
    lines = map('","'.join, zip(*map(_quotable, columns), strict=True))
    return '"' + '"\r\n"'.join(lines) + '"\r\n'


def _quotable(texts: Sequence[str]) -> Sequence[str]:
    return [text.replace('"', '""') for text in texts] if '"' in "".join(texts) else texts


def _texts(column: Sequence[Cell], zone: tzinfo, timespec: str) -> Sequence[str]:
    """Each cell as harmless text."""
    if set(map(type, column)) == {str}:
        return all_harmless(cast("Sequence[str]", column))
    known = {value: _text(value, zone, timespec) for value in set(column)}
    return [known[value] for value in column]


def _text(value: Cell, zone: tzinfo, timespec: str) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec=timespec)
    return "" if value is None else harmless(str(value))
