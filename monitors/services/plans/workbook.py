"""The first sheet of an XLSX file as rows of text: enough for names, reasons and dates typed as text.

No library of the product reads workbooks, and a list of names needs none of what they can: two XML files in a zip.
"""

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from monitors.services.errors import Invalid

SIGNATURE = b"PK\x03\x04"
MAX_UNPACKED = 50 * 1024 * 1024
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml")
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")
UNREADABLE = "This XLSX file cannot be read. Save it again, or save it as “CSV UTF-8”."


def rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each row with its number. Raises Invalid."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            texts = _shared_texts(archive)
            sheet = fromstring(_member(archive, _first_sheet(archive)))
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException, RuntimeError, OSError) as error:
        raise Invalid("file", UNREADABLE) from error
    for place, row in enumerate(sheet.iter(f"{_NAMESPACE}row"), 1):
        yield int(row.get("r") or place), _cells(row, texts)


def _first_sheet(archive: zipfile.ZipFile) -> str:
    names = sorted((len(name), name) for name in archive.namelist() if _SHEETS.fullmatch(name))
    if not names:
        raise KeyError("no sheet")
    return names[0][1]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        content = member.read(MAX_UNPACKED + 1)
    if len(content) > MAX_UNPACKED:
        raise Invalid("file", "The file is too large when it is unpacked.")
    return content


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    root = fromstring(_member(archive, "xl/sharedStrings.xml"))
    return [_text(item) for item in root.iter(f"{_NAMESPACE}si")]


def _cells(row: Element, texts: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_NAMESPACE}c"):
        column = _column(cell.get("r", ""), default=len(cells))
        cells += [""] * (column + 1 - len(cells))
        cells[column] = _value(cell, texts)
    return cells


def _column(reference: str, *, default: int) -> int:
    """`B7` is 1; sheets have at most three letters."""
    match = _REFERENCE.fullmatch(reference)
    if match is None or len(match[1]) > 3:
        return default
    number = 0
    for letter in match[1]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: Element, texts: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return _text(cell)
    value = cell.findtext(f"{_NAMESPACE}v") or ""
    if cell.get("t") == "s":
        place = int(value) if value.isdigit() else -1
        return texts[place] if 0 <= place < len(texts) else ""
    return value.removesuffix(".0")


def _text(element: Element) -> str:
    return "".join(part.text or "" for part in element.iter(f"{_NAMESPACE}t"))
