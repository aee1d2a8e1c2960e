"""Reading the bytes of an answer: a result is an object, a list is its rows, the same from JSON and XML.

Only the defects that the API's own documentation and recordings show are repaired: a JSON list without
brackets, XML without its first `<` or last `>`, and the trailing comma of the 429.
"""

from monitors.gateway import jsontext, xmltext
from monitors.gateway.text import Malformed, utf8
from monitors.gateway.upstream import Format

MAX_VALUES = xmltext.MAX_VALUES
_TRAILING_COMMA = "},]}"


def read_result(body: bytes | bytearray, form: Format) -> dict[str, object]:
    """The object that answers a write; raises Malformed."""
    result = _read_xml(body) if form is Format.XML else _read_json_result(utf8(body))
    if not isinstance(result, dict):
        raise Malformed("it is not a result")
    return result


def read_list(body: bytes | bytearray, form: Format) -> list[object] | dict[str, object]:
    """The rows of a list, or the object of an error envelope; raises Malformed."""
    rows = _read_xml(body) if form is Format.XML else _read_json_list(utf8(body))
    if not isinstance(rows, list | dict):
        raise Malformed("it is not a list")
    return rows


def _read_json_result(text: str) -> object:
    try:
        return jsontext.read(text)
    except Malformed:
        trimmed_text = text.rstrip()
        if not trimmed_text.endswith(_TRAILING_COMMA):
            raise
    result = jsontext.read(trimmed_text.removesuffix(_TRAILING_COMMA) + "}]}")
    if isinstance(result, dict) and "errors" in result:
        return result
    raise Malformed("it is not JSON")


def _read_json_list(text: str) -> object:
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise Malformed("it contains too many values")
    try:
        value = _read_json_result(text)
    except Malformed:
        if not text.lstrip().startswith("{"):
            raise
        return _read_rows_without_brackets(text)
    return [value] if isinstance(value, dict) and "name" in value else value


def _read_rows_without_brackets(text: str) -> object:
    rows = jsontext.read(f"[{text}]")
    if isinstance(rows, list) and all(isinstance(row, dict) and "name" in row for row in rows):
        return rows
    raise Malformed("it is not JSON")


def _read_xml(body: bytes | bytearray) -> object:
    root, value = xmltext.read(_with_both_ends(xmltext.decode(body)))
    match root, value:
        case "monitors", list():
            return value
        case "result", dict():
            return value
        case "error", dict() | str():
            return {"error": value}
    raise Malformed("its root element is unexpected")


def _with_both_ends(text: str) -> str:
    if text.startswith(("result>", "monitors>")):
        text = f"<{text}"
    trimmed_text = text.rstrip()
    return f"{trimmed_text}>" if trimmed_text.endswith(("</result", "</monitors")) else text
