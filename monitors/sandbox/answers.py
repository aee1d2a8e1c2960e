"""Every answer the real service is known to give, in both formats. E1 to E8 are its error envelopes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

from monitors.sandbox.messages import COOKIE, HTML_TYPE, JSON_TYPE, XML_TYPE, Recorded
from monitors.sandbox.rendering import Format, Row, Value, as_json, as_xml, element, list_of, xml_text


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer. `headers` are added to those that every answer has."""

    body: bytes
    content_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = field(default=())


def head_of(
    answer: Answer, *, length: int | None, keep_alive: bool = True, extra: Iterable[tuple[str, str]] = ()
) -> bytes:
    """Status line and headers, with the empty line. Without a length the connection ends the body."""
    lines = [f"HTTP/1.1 {answer.status} {_reason(answer.status)}", "Server: nginx"]
    headers = [
        ("Content-Type", answer.content_type),
        *([("Content-Length", str(length))] if length is not None else []),
        ("Connection", "keep-alive" if keep_alive else "close"),
        ("Set-Cookie", COOKIE),
        *answer.headers,
        *extra,
    ]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def in_format(format_: Format, *, json: Value, xml: str, status: int = 200) -> Answer:
    if format_ is Format.JSON:
        return Answer(as_json(json).encode("ascii"), JSON_TYPE, status)
    return Answer(as_xml(xml), XML_TYPE, status)


def listing(format_: Format, rows: Iterable[Row]) -> Answer:
    return Answer(list_of(rows, format_), JSON_TYPE if format_ is Format.JSON else XML_TYPE)


def success(format_: Format) -> Answer:
    return message(format_, Recorded.SUCCESS)


def message(format_: Format, words: str) -> Answer:
    xml = element("result", element("message", xml_text(words)))
    return in_format(format_, json={"message": words}, xml=xml)


def refusal(format_: Format, *errors: str, status: int = 200) -> Answer:
    """E1."""
    return in_format(
        format_,
        json={"message": Recorded.ERROR, "errors": errors},
        xml=_errors_in_xml(*errors),
        status=status,
    )


def _errors_in_xml(*errors: str) -> str:
    entries = "".join(element("error", xml_text(words)) for words in errors)
    return element("result", element("message", Recorded.ERROR) + element("errors", entries))


def coded(format_: Format, code: int, words: str) -> Answer:
    """E2, E3 and E4: the code is in the body, and the HTTP status is 200."""
    return in_format(
        format_,
        json={"error": {"code": code, "message": words}},
        xml=element("error", _code_and_message(code, words)),
    )


def coded_bare(format_: Format, code: int, words: str) -> Answer:
    """E4 without its wrapper; the XML root is a guess."""
    return in_format(
        format_,
        json={"code": code, "message": words},
        xml=element("result", _code_and_message(code, words)),
    )


def _code_and_message(code: int, words: str) -> str:
    return element("code", str(code)) + element("message", xml_text(words))


def permission_denied(format_: Format) -> Answer:
    """E2."""
    return coded(format_, 401, Recorded.PERMISSION_DENIED)


def not_found(format_: Format) -> Answer:
    """E3: an unknown task, or one in the wrong case."""
    return coded(format_, 404, Recorded.NOT_FOUND)


def user_not_found(format_: Format) -> Answer:
    """E5: no `errors`, and the message is not "error"."""
    return message(format_, Recorded.USER_NOT_FOUND)


def bad_credentials(format_: Format) -> Answer:
    """E6, with the space after the colon as recorded; the XML is a guess."""
    if format_ is Format.XML:
        return Answer(as_xml(_errors_in_xml(Recorded.BAD_CREDENTIALS)), HTML_TYPE, 403)
    return Answer(b'{"error": "Bad username / password"}', HTML_TYPE, 403)


def too_many_requests(format_: Format, *headers: tuple[str, str]) -> Answer:
    """E7, with its trailing comma; the XML is a guess."""
    if format_ is Format.XML:
        return Answer(as_xml(_errors_in_xml(Recorded.TOO_MANY_REQUESTS)), XML_TYPE, 429, headers)
    return Answer(b'{"errors":[{"field":null,"message":"too many requests"},]}', JSON_TYPE, 429, headers)


def unauthorized(format_: Format) -> Answer:
    """E8."""
    return fielded(format_, Recorded.UNAUTHORIZED, status=401)


def fielded(format_: Format, words: str, *, status: int) -> Answer:
    """E8's form with any words; the XML is a guess."""
    return in_format(
        format_,
        json={"errors": [{"field": None, "message": words}]},
        xml=_errors_in_xml(words),
        status=status,
    )


def page(status: int, title: str) -> Answer:
    """A page of the web server in front of the service."""
    html = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Answer(html.encode(), HTML_TYPE, status)
