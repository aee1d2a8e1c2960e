"""Faults of the content: transferred normally, but not what it should be."""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from monitors.sandbox import answers
from monitors.sandbox.answers import Answer
from monitors.sandbox.exchange import Exchange
from monitors.sandbox.faults.fault import Fault, answering, is_json
from monitors.sandbox.messages import HTML_TYPE, JSON_TYPE, XML_TYPE, Recorded
from monitors.sandbox.rendering import PROLOG, as_xml

_HUGE_NUMBER = "9" * 10_000
_NESTING_DEPTH = 100_000
_NOISE_BYTES = 4096
_ENTITY_CHARACTERS = 50_000
_ENTITY_REFERENCES = 20_000


def _document(json: str, xml: str) -> Callable[[Exchange], Answer]:
    def document(exchange: Exchange) -> Answer:
        if is_json(exchange):
            return Answer(json.encode(), JSON_TYPE)
        return Answer(as_xml(xml), XML_TYPE)

    return document


def _by_task(
    of_list: Callable[[Exchange], Answer], of_write: Callable[[Exchange], Answer]
) -> Callable[[Exchange], Answer]:
    return lambda exchange: of_list(exchange) if exchange.is_list else of_write(exchange)


def _empty(exchange: Exchange) -> Answer:
    return replace(answers.success(exchange.format), body=b"")


def _wrong_content_type(exchange: Exchange) -> Answer:
    return replace(exchange.real_answer, content_type=exchange.options["content_type"])


def _truncated(exchange: Exchange) -> Answer:
    body = exchange.real_answer.body
    return replace(exchange.real_answer, body=body[: -max(1, len(body) // 3)])


def _garbage(exchange: Exchange) -> Answer:
    noise = random.Random(2).randbytes(_NOISE_BYTES)  # noqa: S311 - noise
    return replace(answers.success(exchange.format), body=noise)


def _in_encoding(encoding: str, declared_name: str) -> Callable[[Exchange], Answer]:
    def document(exchange: Exchange) -> Answer:
        text = exchange.real_answer.body.decode("iso-8859-1").replace("ISO-8859-1", declared_name, 1)
        return replace(exchange.real_answer, body=text.encode(encoding))

    return document


def _damaged_shape(exchange: Exchange) -> Answer:
    body = exchange.real_answer.body
    if is_json(exchange):
        return replace(exchange.real_answer, body=body[1:-1] if body.startswith(b"[{") else body)
    without_prolog = body.removeprefix(PROLOG.encode())[1:]
    return replace(
        exchange.real_answer, body=re.sub(rb"^(monitors>.*)>$", rb"\1", without_prolog, flags=re.DOTALL)
    )


def _doctype(dtd: Callable[[Exchange], str], reference: str) -> Callable[[Exchange], Answer]:
    """Everything but the entity is correct, so that a careless reader takes it for an answer."""

    def document(exchange: Exchange) -> Answer:
        name = "monitors" if exchange.is_list else "result"
        message = "" if exchange.is_list else "<message>success</message>"
        xml = f"<!DOCTYPE {name} {dtd(exchange)}><{name}>{message}<padding>{reference}</padding></{name}>"
        return Answer(as_xml(xml), XML_TYPE)

    return document


def _laughs(_exchange: Exchange) -> str:
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    return f'[<!ENTITY l0 "lol">{levels}]'


def _quadratic(_exchange: Exchange) -> str:
    return f'[<!ENTITY a "{"a" * _ENTITY_CHARACTERS}">]'


def _external_entity(exchange: Exchange) -> str:
    return f'[<!ENTITY e SYSTEM "{exchange.options["url"]}">]'


def _external_dtd(exchange: Exchange) -> str:
    return f'SYSTEM "{exchange.options["url"]}"'


def _row_json(name: str = '"name":"odd"', frequency: str = '"1000"', more: str = "") -> str:
    return "[{" + f'{name},"email":"odd@example.com","frequency":{frequency},"users":[]{more}' + "}]"


def _row_xml(name: str = "<name>odd</name>", frequency: str = "1000", more: str = "") -> str:
    row = f"{name}<email>odd@example.com</email><frequency>{frequency}</frequency><users></users>{more}"
    return f"<monitors><monitor>{row}</monitor></monitors>"


def _result_json(more: str) -> str:
    return '{"message":"success"' + more + "}"


def _result_xml(more: str) -> str:
    return f"<result><message>success</message>{more}</result>"


_NESTED_JSON = "[" * _NESTING_DEPTH + "]" * _NESTING_DEPTH
_NESTED_XML = "<a>" * _NESTING_DEPTH + "</a>" * _NESTING_DEPTH
_deep_nesting = _by_task(
    _document(_row_json(more=f',"x":{_NESTED_JSON}'), _row_xml(more=_NESTED_XML)),
    _document(_result_json(f',"x":{_NESTED_JSON}'), _result_xml(_NESTED_XML)),
)
_huge_number = _by_task(
    _document(_row_json(frequency=_HUGE_NUMBER), _row_xml(frequency=_HUGE_NUMBER)),
    _document(_result_json(f',"code":{_HUGE_NUMBER}'), _result_xml(f"<code>{_HUGE_NUMBER}</code>")),
)
_nan = _by_task(
    _document(_row_json(frequency="NaN"), _row_xml(frequency="NaN")),
    _document(_result_json(',"code":NaN'), _result_xml("<code>NaN</code>")),
)
_repeated_keys = _by_task(
    _document(_row_json(name='"name":"a","name":"b"'), _row_xml(name="<name>a</name><name>b</name>")),
    _document(
        '{"message":"error","message":"success"}',
        "<result><message>error</message><message>success</message></result>",
    ),
)
_success_with_errors = _document(
    _result_json(f',"errors":["{Recorded.RECORD_NOT_FOUND}"]'),
    _result_xml(f"<errors><error>{Recorded.RECORD_NOT_FOUND}</error></errors>"),
)


TABLE: dict[str, Fault] = {
    "html_200": answering("200 with an HTML page", lambda _: answers.page(200, "Welcome")),
    "empty_200": answering("200 with an empty body", _empty),
    "wrong_content_type": answering(
        "real answer as text/html", _wrong_content_type, {"content_type": HTML_TYPE}
    ),
    "other_format": answering(
        "real answer in the other format", Exchange.real_answer_in_other_format, carries_out_itself=True
    ),
    "truncated": answering("real answer without its last third", _truncated),
    "garbage": answering("4 kB of random bytes", _garbage),
    "utf16": answering("real answer in UTF-16", _in_encoding("utf-16", "UTF-16")),
    "bom": answering("real answer in UTF-8 with a byte order mark", _in_encoding("utf-8-sig", "UTF-8")),
    "deep_nesting": answering("brackets or elements nested 100,000 deep", _deep_nesting),
    "huge_number": answering("number of 10,000 digits", _huge_number),
    "nan": answering("NaN instead of a number", _nan),
    "repeated_keys": answering("duplicate key or element with two values", _repeated_keys),
    "entity_bomb": answering("XML: billion laughs", _doctype(_laughs, "&l9;")),
    "entity_bomb_quadratic": answering(
        "XML: quadratic entity expansion", _doctype(_quadratic, "&a;" * _ENTITY_REFERENCES)
    ),
    "external_entity": answering(
        "XML: external entity from `url`", _doctype(_external_entity, "&e;"), {"url": "file:///etc/passwd"}
    ),
    "external_dtd": answering(
        "XML: external DTD from `url`", _doctype(_external_dtd, ""), {"url": "http://127.0.0.1:9/odd.dtd"}
    ),
    "success_with_errors": answering("`success` with errors beside it", _success_with_errors),
    "damaged_shape": answering("real answer as the documentation misprints it", _damaged_shape),
}
