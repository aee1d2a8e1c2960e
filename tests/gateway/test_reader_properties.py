"""Any bytes are a listing or Malformed, and good records are read as they were written."""

import json
import string
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from monitors.gateway.client import Format
from monitors.gateway.envelopes import read_envelope, read_refusal
from monitors.gateway.listing import read_listing
from monitors.gateway.records import Listing, Record
from monitors.gateway.text import Malformed
from monitors.gateway.wire import read_list, read_result

KEYS = ["name", "email", "frequency", "users", "message", "errors", "error", "code"]
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["success", "error", "\ud800", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(KEYS) | st.text(),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
TAGS = st.sampled_from([*KEYS, "monitors", "monitor", "user", "result"])
XML_TEXT = st.recursive(
    st.text(string.printable, max_size=8).map(escape)
    | st.sampled_from(["success", "&#x202e;", "&amp;", "<!-- -->", "<?pi?>", "<![CDATA[<]]>", "&e;"]),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda node: f"<{node[0]}>{''.join(node[1])}</{node[0]}>"
    ),
    max_leaves=20,
)
PROLOGS = st.sampled_from(["", '<?xml version="1.0" encoding="ISO-8859-1"?>', "<?xml?>", "\ufeff"])
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    st.tuples(PROLOGS, XML_TEXT).map(lambda parts: "".join(parts).encode()),
)
FORMATS = st.sampled_from(Format)

# Characters that both formats can carry and both databases can store.
STORABLE_CHARACTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters=["\ufffe", "\uffff"]
)
NAMES = st.text(STORABLE_CHARACTERS, min_size=1, max_size=255)
RECORDS = st.lists(
    st.builds(
        Record,
        name=NAMES,
        email=st.text(STORABLE_CHARACTERS, max_size=254),
        frequency=st.integers(1, 2**63 - 1),
        users=st.lists(NAMES, max_size=5, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=lambda record: record.name,
)


def listing_of(body: bytes, form: Format) -> Listing | None:
    try:
        rows = read_list(body, form)
        return read_listing(rows, body) if isinstance(rows, list) else None
    except Malformed:
        return None


def as_json(records: list[Record], is_ascii: bool) -> bytes:
    rows = [
        {"name": r.name, "email": r.email, "frequency": str(r.frequency), "users": list(r.users or ())}
        for r in records
    ]
    return json.dumps(rows, ensure_ascii=is_ascii).encode()


def as_xml(records: list[Record], encoding: str) -> bytes:
    def element(tag: str, content: str) -> str:
        return f"<{tag}>{content}</{tag}>"

    def row(record: Record) -> str:
        users = "".join(element("user", escape(user)) for user in record.users or ())
        leaves = {
            "name": escape(record.name),
            "email": escape(record.email),
            "frequency": str(record.frequency),
        }
        return element(
            "monitor", "".join(element(*leaf) for leaf in leaves.items()) + element("users", users)
        )

    xml = f'<?xml version="1.0" encoding="{encoding}"?>\n' + element("monitors", "".join(map(row, records)))
    return xml.encode(encoding, "xmlcharrefreplace")


@given(body=BODIES, form=FORMATS)
def test_any_bytes_are_a_listing_that_can_be_stored_or_no_list(body, form):
    listing = listing_of(body, form)

    for record in listing.records if listing else ():
        assert 1 <= len(record.name) <= 255
        assert len(record.email) <= 254
        assert record.frequency is None or 1 <= record.frequency < 2**63
        text = "".join([record.name, record.email, *(record.users or ())])
        assert "\0" not in text
        text.encode()
        assert "" not in (record.users or ())
    if listing:
        assert len({record.name for record in listing.records}) == len(listing.records)
        "".join(f"{anomaly.record}{anomaly.detail}" for anomaly in listing.anomalies).encode()


@given(body=BODIES, form=FORMATS, status=st.sampled_from([200, 400, 401, 429]))
def test_any_bytes_are_a_result_or_no_result(body, form, status):
    try:
        result = read_result(body, form)
    except Malformed:
        return
    refusal = read_refusal(result, status=status, retry_after=None, hide=str)

    assert not (refusal and read_envelope(result).is_success)
    if refusal:
        assert "\0" not in str(refusal)
        str(refusal).encode()


@given(records=RECORDS, is_ascii=st.booleans())
def test_good_records_come_through_json_unchanged(records, is_ascii):
    listing = listing_of(as_json(records, is_ascii), Format.JSON)

    assert listing is not None
    assert list(listing.records) == records
    assert listing.anomalies == ()


@given(records=RECORDS, encoding=st.sampled_from(["ISO-8859-1", "UTF-8", "US-ASCII"]))
def test_good_records_come_through_xml_unchanged(records, encoding):
    listing = listing_of(as_xml(records, encoding), Format.XML)

    assert listing is not None
    assert list(listing.records) == records
    assert listing.anomalies == ()


@given(records=RECORDS, at=st.integers(0, 10_000), byte=st.integers(0, 255), form=FORMATS)
def test_one_wrong_byte_never_raises_another_exception(records, at, byte, form):
    body = bytearray(as_json(records, True) if form is Format.JSON else as_xml(records, "ISO-8859-1"))
    body[at % len(body)] = byte

    listing_of(bytes(body), form)


@given(records=RECORDS.filter(bool), form=FORMATS, cut=st.integers(2, 10_000))
def test_truncated_list_is_never_read_as_a_shorter_one(records, form, cut):
    body = as_json(records, True) if form is Format.JSON else as_xml(records, "ISO-8859-1")

    assert listing_of(body[: -(cut % (len(body) - 2)) - 2], form) is None
