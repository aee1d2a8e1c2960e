"""The rules of docs/upstream.md, "Lists with odd content", for what only XML can contain."""

import pytest

from monitors.gateway.client import Format
from monitors.gateway.errors import UnusableList
from monitors.gateway.records import Anomaly, AnomalyKind, Record

from .calls import end_of_list

GOOD_ROW = (
    "<monitor><name>good</name><email>a@b.example</email><frequency>10</frequency>"
    "<users><user>ann</user></users></monitor>"
)
GOOD_RECORD = Record("good", "a@b.example", 10, ("ann",))
K = AnomalyKind
XML_ROWS = {
    "no name": ("<email>e</email><frequency>5</frequency><users/>", [], [K.NO_NAME]),
    "empty name": ("<name/><email>e</email><frequency>5</frequency><users/>", [], [K.NO_NAME]),
    "name of elements": (
        "<name><b>x</b></name><email>e</email><frequency>5</frequency><users/>",
        [],
        [K.NO_NAME],
    ),
    "name twice": (
        "<name>a</name><name>b</name><email>e</email><frequency>5</frequency><users/>",
        [],
        [K.NO_NAME],
    ),
    "email twice": (
        "<name>a</name><email>e</email><email>f</email><frequency>5</frequency><users/>",
        [Record("a", "", 5, ())],
        [K.BAD_EMAIL],
    ),
    "frequency twice": (
        "<name>a</name><email>e</email><frequency>5</frequency><frequency>5</frequency><users/>",
        [Record("a", "e", None, ())],
        [K.BAD_FREQUENCY],
    ),
    "users twice": (
        "<name>a</name><email>e</email><frequency>5</frequency><users/><users><user>x</user></users>",
        [Record("a", "e", 5, None)],
        [K.BAD_USERS],
    ),
    "empty email": ("<name>a</name><email/><frequency>5</frequency><users/>", [Record("a", "", 5, ())], []),
    "text kept exactly": (
        "<name> a\n&amp;&#x202e;<!-- x --><![CDATA[<b>]]> </name>"
        "<email>e</email><frequency>5</frequency><users/>",
        [Record(" a\n&\u202e<b> ", "e", 5, ())],
        [K.INVISIBLE_CHARACTERS],
    ),
    "printed prettily": (
        "\n <name>a</name>\n <email>e</email>\n <frequency>\n5\n</frequency>\n"
        " <users>\n  <user>x</user>\n </users>\n",
        [Record("a", "e", 5, ("x",))],
        [K.NORMALISED_FREQUENCY],
    ),
    "blank users": (
        "<name>a</name><email>e</email><frequency>5</frequency><users> \n</users>",
        [Record("a", "e", 5, ())],
        [],
    ),
    "one bare user": (
        "<name>a</name><email>e</email><frequency>5</frequency><users>x</users>",
        [Record("a", "e", 5, ("x",))],
        [K.NORMALISED_USERS],
    ),
    "text among users": (
        "<name>a</name><email>e</email><frequency>5</frequency><users>y<user>x</user></users>",
        [Record("a", "e", 5, None)],
        [K.BAD_USERS],
    ),
    "another element among users": (
        "<name>a</name><email>e</email><frequency>5</frequency><users><user>x</user><name>y</name></users>",
        [Record("a", "e", 5, ("x",))],
        [K.BAD_USER],
    ),
    "odd users": (
        "<name>a</name><email>e</email><frequency>5</frequency>"
        "<users><user/><user><b>x</b></user><user>x</user><user>x</user><user>1</user></users>",
        [Record("a", "e", 5, ("x", "1"))],
        [K.BAD_USER, K.BAD_USER, K.DUPLICATE_USER],
    ),
    "another element and text": (
        "<name>a</name>junk<id>7</id><email>e</email><frequency>5</frequency><users/>",
        [Record("a", "e", 5, ())],
        [K.EXTRA_FIELD, K.EXTRA_FIELD],
    ),
}


@pytest.mark.parametrize(("fields", "records", "kinds"), XML_ROWS.values(), ids=XML_ROWS)
def test_xml_follows_the_same_rules(fields, records, kinds):
    listing = end_of_list(f"<monitors>{GOOD_ROW}<monitor>{fields}</monitor>\n</monitors>", Format.XML)

    assert listing.records == (GOOD_RECORD, *records)
    assert [anomaly.kind for anomaly in listing.anomalies] == kinds


def test_xml_attribute_of_a_record_is_an_unknown_field():
    fields = '<name>a</name><email/><frequency>5</frequency><users type="x"/>'

    listing = end_of_list(f'<monitors><monitor id="7">{fields}</monitor></monitors>', Format.XML)

    assert listing.anomalies == (Anomaly(K.EXTRA_FIELD, "", "'@id'"),)


@pytest.mark.parametrize(
    "body",
    [
        "<monitors>error</monitors>",
        "<monitors><error>x</error></monitors>",
        "<monitors>x<monitor><name>a</name></monitor></monitors>",
        "<monitors><monitor/></monitors>",
        "<monitor><name>a</name></monitor>",
        "<users><user>x</user></users>",
        "<Monitors></Monitors>",
        "<result><monitors/></result>",
    ],
)
def test_xml_that_is_no_list_of_records_is_unusable(body):
    assert type(end_of_list(body, Format.XML)) is UnusableList
