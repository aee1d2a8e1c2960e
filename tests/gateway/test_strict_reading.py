import pytest

from monitors.gateway.client import Format
from monitors.gateway.text import Malformed
from monitors.gateway.wire import MAX_VALUES, read_list, read_result

JSON, XML = Format.JSON, Format.XML
ROW = '{"name":"a","email":"e","frequency":"1","users":["u"]}'
MONITOR = (
    "<monitor><name>a</name><email>e</email><frequency>1</frequency><users><user>u</user></users></monitor>"
)
LIST_OF_NAME = "<monitors><monitor><name>{}</name></monitor></monitors>"
PROLOG = '<?xml version="1.0" encoding="{}"?>'
ENTITY = "<!DOCTYPE monitors [<!ENTITY {}>]><monitors>{}</monitors>"
ROW_VALUE = {"name": "a", "email": "e", "frequency": "1", "users": ["u"]}

REPAIRABLE = {
    "JSON without brackets": (JSON, f"{ROW},{ROW}", 2),
    "JSON without brackets, one row": (JSON, ROW, 1),
    "JSON without brackets, printed prettily": (JSON, f"\n{ROW},\n {ROW}\n", 2),
    "XML as printed in the document": (XML, f"monitors>{MONITOR}{MONITOR}</monitors", 2),
    "XML without its first letter": (XML, f"monitors>{MONITOR}</monitors>", 1),
    "XML without its last letter": (XML, f"<monitors>{MONITOR}</monitors", 1),
    "XML without its last letter but with a line break": (XML, f"<monitors>{MONITOR}</monitors\n", 1),
    "XML with a prolog and without its last letter": (
        XML,
        f'<?xml version="1.0"?>\n<monitors>{MONITOR}</monitors',
        1,
    ),
}
UNREPAIRABLE = {
    "a bracket too few before": (JSON, f"{ROW}]"),
    "a bracket too few behind": (JSON, f"[{ROW}"),
    "a comma behind": (JSON, f"{ROW},"),
    "a comma before": (JSON, f",{ROW}"),
    "a comma behind in brackets": (JSON, f"[{ROW},]"),
    "two commas": (JSON, f"{ROW},,{ROW}"),
    "no comma": (JSON, f"{ROW}{ROW}"),
    "a line a row": (JSON, f"{ROW}\n{ROW}"),
    "another value behind": (JSON, f"{ROW},7"),
    "an object without a name behind": (JSON, f'{ROW},{{"message":"error"}}'),
    "brackets inside": (JSON, f"{ROW}],[{ROW}"),
    "single quotes": (JSON, ROW.replace('"', "'")),
    "a comment": (JSON, f"[{ROW}]//"),
    "nothing": (JSON, ""),
    "white space": (JSON, " \n"),
    "a string": (JSON, '"a"'),
    "null": (JSON, "null"),
    "false": (JSON, "false"),
    "white space of another kind": (JSON, f"\u00a0[{ROW}]"),
    "two byte order marks": (JSON, f"\ufeff\ufeff[{ROW}]"),
    "XML without two letters": (XML, f"onitors>{MONITOR}</monitors>"),
    "XML without its last two letters": (XML, f"<monitors>{MONITOR}</monitor"),
    "XML without its last row's end": (XML, "<monitors><monitor><name>a</name></monitors>"),
    "XML with a second root": (XML, f"<monitors>{MONITOR}</monitors><monitors/>"),
    "XML without a root": (XML, MONITOR + MONITOR),
    "XML with text behind": (XML, f"<monitors>{MONITOR}</monitors>."),
    "XML nothing": (XML, ""),
    "XML prolog only": (XML, '<?xml version="1.0"?>'),
    "XML undeclared entity": (XML, "<monitors><monitor><name>&eacute;</name></monitor></monitors>"),
    "XML half a pair": (XML, "<monitors><monitor><name>&#xd800;</name></monitor></monitors>"),
    "XML NUL": (XML, "<monitors><monitor><name>&#0;</name></monitor></monitors>"),
}
HARMFUL = {
    "NaN": (JSON, '[{"name":"a","frequency":NaN}]'),
    "Infinity": (JSON, '[{"name":"a","frequency":Infinity}]'),
    "minus Infinity": (JSON, '[{"name":"a","frequency":-Infinity}]'),
    "a key twice": (JSON, '[{"name":"a","name":"a"}]'),
    "a key twice, escaped": (JSON, r'[{"name":"a","n\u0061me":"b"}]'),
    "a key twice, deep": (JSON, '[{"name":"a","x":{"y":[{"z":1,"z":1}]}}]'),
    "a long number": (JSON, f'[{{"name":"a","frequency":{"9" * 65}}}]'),
    "a very long number": (JSON, f'[{{"name":"a","frequency":{"9" * 100_000}}}]'),
    "a long fraction": (JSON, f'[{{"name":"a","frequency":0.{"9" * 65}}}]'),
    "deep lists": (JSON, "[" * 100_000),
    "deep lists that end": (JSON, "[" * 100_000 + "]" * 100_000),
    "deep objects": (JSON, '{"a":' * 100_000),
    "a control character": (JSON, '[{"name":"a\nb"}]'),
    "too many values": (JSON, '[{"name":"a","x":[' + "[]," * MAX_VALUES + "[]]}]"),
    "deep elements": (XML, "<monitors>" + "<a>" * 40 + "</a>" * 40 + "</monitors>"),
    "deep elements without end": (XML, "<monitors>" + "<a>" * 100_000),
    "an endless tag": (XML, "<monitors " + "x" * 2_000_000),
    "a long tag": (XML, f'<monitors x="{"x" * 70_000}"></monitors>'),
    "too many elements": (XML, f"<monitors>{MONITOR}{'<x/>' * MAX_VALUES}</monitors>"),
    "an endless comment": (XML, "<monitors><!--" + "x" * 2_000_000),
    "a document type": (XML, "<!DOCTYPE monitors><monitors/>"),
    "an entity": (XML, ENTITY.format('e "x"', "&e;")),
    "an external document type": (XML, '<!DOCTYPE monitors SYSTEM "http://127.0.0.1:9/x.dtd"><monitors/>'),
    "an external entity": (XML, ENTITY.format('e SYSTEM "file:///etc/passwd"', "&e;")),
    "a parameter entity": (XML, ENTITY.format('% e SYSTEM "file:///etc/passwd"', "")),
}
ENCODINGS = {
    "JSON UTF-8": (JSON, '[{"name":"é"}]'.encode(), "é"),
    "JSON UTF-8 with a byte order mark": (JSON, '\ufeff[{"name":"é"}]'.encode(), "é"),
    "JSON escaped": (JSON, rb'[{"name":"\u00e9\/\ud83e\udd8a"}]', "é/🦊"),
    "XML undeclared": (XML, LIST_OF_NAME.format("é").encode(), "é"),
    "XML UTF-8": (XML, (PROLOG.format("utf-8") + LIST_OF_NAME.format("é")).encode(), "é"),
    "XML Latin-1": (
        XML,
        (PROLOG.format("ISO-8859-1") + LIST_OF_NAME.format("é&#233;&#26085;")).encode("latin-1"),
        "éé日",
    ),
    "XML Latin-1 in single quotes": (
        XML,
        ("<?xml version='1.0' encoding = 'iso-8859-1' ?>" + LIST_OF_NAME.format("é")).encode("latin-1"),
        "é",
    ),
    "XML UTF-8 with a byte order mark": (
        XML,
        ("\ufeff" + PROLOG.format("ISO-8859-1") + LIST_OF_NAME.format("é")).encode(),
        "é",
    ),
}
OTHER_ENCODINGS = {
    "JSON Latin-1": (JSON, '[{"name":"é"}]'.encode("latin-1")),
    "JSON UTF-16": (JSON, '[{"name":"a"}]'.encode("utf-16")),
    "JSON UTF-16 without a mark": (JSON, '[{"name":"a"}]'.encode("utf-16-le")),
    "JSON UTF-32": (JSON, '[{"name":"a"}]'.encode("utf-32")),
    "JSON CESU-8": (JSON, b'[{"name":"\xed\xa0\xbe\xed\xb6\x8a"}]'),
    "JSON overlong": (JSON, b'[{"name":"\xc0\xaf"}]'),
    "XML UTF-16": (XML, (PROLOG.format("UTF-16") + "<monitors/>").encode("utf-16")),
    "XML UTF-16 declared only": (XML, (PROLOG.format("UTF-16") + "<monitors/>").encode()),
    "XML UTF-7": (XML, (PROLOG.format("UTF-7") + "<monitors/>").encode()),
    "XML windows-1252": (XML, (PROLOG.format("windows-1252") + "<monitors/>").encode()),
    "XML Latin-1 undeclared": (XML, LIST_OF_NAME.format("é").encode("latin-1")),
}


@pytest.mark.parametrize(("form", "text", "rows"), REPAIRABLE.values(), ids=REPAIRABLE)
def test_faults_printed_in_the_document_are_repaired(form, text, rows):
    assert read_list(text.encode(), form) == [ROW_VALUE] * rows


@pytest.mark.parametrize(("form", "text"), UNREPAIRABLE.values(), ids=UNREPAIRABLE)
def test_nothing_else_is_repaired(form, text):
    with pytest.raises(Malformed):
        read_list(text.encode(), form)


@pytest.mark.parametrize(("form", "text"), HARMFUL.values(), ids=HARMFUL)
def test_harmful_or_ambiguous_body_is_not_read(form, text):
    with pytest.raises(Malformed):
        read_list(text.encode(), form)


@pytest.mark.parametrize(("form", "body", "name"), ENCODINGS.values(), ids=ENCODINGS)
def test_accepted_encodings_are_decoded(form, body, name):
    assert read_list(body, form) == [{"name": name}]


@pytest.mark.parametrize(("form", "body"), OTHER_ENCODINGS.values(), ids=OTHER_ENCODINGS)
def test_other_encodings_are_not_guessed(form, body):
    with pytest.raises(Malformed):
        read_list(body, form)


@pytest.mark.parametrize(
    "body",
    [
        b'{"message":"success",}',
        b'{"message":"success"},',
        b'{"x":[{"message":"success"},]}',
        b'{"errors":["too many requests",]}',
        b'{"errors":[{"message":"too many requests"},],}',
    ],
)
def test_trailing_comma_is_repaired_only_where_it_was_recorded(body):
    with pytest.raises(Malformed):
        read_result(body, JSON)


def test_malformed_quotes_nothing_of_the_body():
    with pytest.raises(Malformed) as raised:
        read_list(b'[{"secret', JSON)

    assert str(raised.value) == "it is not JSON"
