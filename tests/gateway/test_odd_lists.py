"""The rules of docs/upstream.md, "Lists with odd content", row by row."""

import json
from collections import Counter

import pytest

from monitors.gateway.client import Format
from monitors.gateway.errors import UnusableList
from monitors.gateway.listing import MAX_ANOMALIES
from monitors.gateway.records import Anomaly, AnomalyKind, Record

from .calls import FORMATS, end_of_list

GOOD_ROW = {"name": "good", "email": "a@b.example", "frequency": "10", "users": ["ann"]}
GOOD_RECORD = Record("good", "a@b.example", 10, ("ann",))
K = AnomalyKind
NAME_OF_255 = "n" * 255


def row(**fields: object) -> dict[str, object]:
    return {"name": "odd", "email": "o@b.example", "frequency": "5", "users": []} | fields


def without(field: str) -> dict[str, object]:
    return {name: value for name, value in row().items() if name != field}


ROWS_WITHOUT_A_USABLE_NAME = {
    "null": (None, K.NOT_A_RECORD),
    "number": (7, K.NOT_A_RECORD),
    "string": ("odd", K.NOT_A_RECORD),
    "list": (["odd"], K.NOT_A_RECORD),
    "no name": (without("name"), K.NO_NAME),
    "name null": (row(name=None), K.NO_NAME),
    "name empty": (row(name=""), K.NO_NAME),
    "name a number": (row(name=12), K.NO_NAME),
    "name a list": (row(name=["odd"]), K.NO_NAME),
    "name of 256": (row(name="n" * 256), K.NAME_TOO_LONG),
    "name of 256 emoji": (row(name="🦊" * 256), K.NAME_TOO_LONG),
    "name with NUL": (row(name="o\0dd"), K.UNSTORABLE_NAME),
    "name with half a pair": (row(name="o\ud83ddd"), K.UNSTORABLE_NAME),
    "name again": (row(name="good", frequency="99"), K.DUPLICATE_NAME),
}


@pytest.mark.parametrize("case", ROWS_WITHOUT_A_USABLE_NAME)
def test_row_without_a_usable_name_is_left_out_and_the_rest_stands(case):
    odd, kind = ROWS_WITHOUT_A_USABLE_NAME[case]

    listing = end_of_list(json.dumps([GOOD_ROW, odd, GOOD_ROW | {"name": "last"}]))

    assert [record.name for record in listing.records] == ["good", "last"]
    assert listing.records[0] == GOOD_RECORD
    assert [anomaly.kind for anomaly in listing.anomalies] == [kind]


UNUSUAL_NAMES = {
    "one character": "x",
    "255 characters": NAME_OF_255,
    "255 emoji": "🦊" * 255,
    "a space around": " odd ",
    "HTML": "<b>&amp;'\"",
    "a slash": "a/b\\c",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "Arabic": "مراقبة",
    "a lone combining mark": "\u0301",
    "unassigned": "\u0378",
    "no-break space": "a\u00a0b",
}


@pytest.mark.parametrize("name", UNUSUAL_NAMES.values(), ids=UNUSUAL_NAMES)
def test_unusual_name_is_taken_as_it_is(name):
    listing = end_of_list(json.dumps([row(name=name)]))

    assert listing.records == (Record(name, "o@b.example", 5, ()),)
    assert listing.anomalies == ()


def test_names_that_differ_in_case_or_unicode_form_are_different_records():
    names = ["Odd", "odd", "ODD", "caf\u00e9", "cafe\u0301", "odd "]

    listing = end_of_list(json.dumps([row(name=name) for name in names]))

    assert [record.name for record in listing.records] == names
    assert listing.anomalies == ()


@pytest.mark.parametrize(
    "text", ["o\ndd", "\x07", "o\x9fdd", "\u202eodd", "o\u200bdd", "\ufeffodd", "o\u2028dd", "\U000e0001"]
)
def test_invisible_characters_are_taken_and_reported(text):
    listing = end_of_list(json.dumps([row(name=text, users=["ann", text])]))

    assert listing.records == (Record(text, "o@b.example", 5, ("ann", text)),)
    assert [anomaly.kind for anomaly in listing.anomalies] == [K.INVISIBLE_CHARACTERS] * 2
    assert all(anomaly.detail.isascii() for anomaly in listing.anomalies)


BAD_EMAILS = [None, "", 5, ["a@b.example"], "a\0@b.example", "\udc00@b.example", "x" * 243 + "@b.example.x"]


@pytest.mark.parametrize("email", BAD_EMAILS[:1] + BAD_EMAILS[2:])
def test_record_with_an_unreadable_mailbox_is_taken_without_it(email):
    listing = end_of_list(json.dumps([row(email=email)]))

    assert listing.records == (Record("odd", "", 5, ()),)
    assert [anomaly.kind for anomaly in listing.anomalies] == [K.BAD_EMAIL]


@pytest.mark.parametrize("email", ["", "not an address", " a@b.example", "x" * 254])
def test_mailbox_that_is_text_is_taken_as_it_is(email):
    listing = end_of_list(json.dumps([row(email=email)]))

    assert listing.records[0].email == email
    assert listing.anomalies == ()


@pytest.mark.parametrize(
    ("frequency", "value", "kinds"),
    [
        ("1", 1, []),
        ("10000", 10000, []),
        (10000, 10000, []),
        (str(2**63 - 1), 2**63 - 1, []),
        (2**63 - 1, 2**63 - 1, []),
        (" 7 ", 7, [K.NORMALISED_FREQUENCY]),
        ("\t7\n", 7, [K.NORMALISED_FREQUENCY]),
        ("007", 7, [K.NORMALISED_FREQUENCY]),
        ("0" * 60 + "7", 7, [K.NORMALISED_FREQUENCY]),
        ("0", None, [K.BAD_FREQUENCY]),
        ("000", None, [K.BAD_FREQUENCY]),
        (0, None, [K.BAD_FREQUENCY]),
        ("-1", None, [K.BAD_FREQUENCY]),
        (-1, None, [K.BAD_FREQUENCY]),
        ("+1", None, [K.BAD_FREQUENCY]),
        ("1e3", None, [K.BAD_FREQUENCY]),
        (1e3, None, [K.BAD_FREQUENCY]),
        ("10.5", None, [K.BAD_FREQUENCY]),
        (10.5, None, [K.BAD_FREQUENCY]),
        (True, None, [K.BAD_FREQUENCY]),
        (False, None, [K.BAD_FREQUENCY]),
        ("true", None, [K.BAD_FREQUENCY]),
        ("1_000", None, [K.BAD_FREQUENCY]),
        ("1,000", None, [K.BAD_FREQUENCY]),
        ("1 000", None, [K.BAD_FREQUENCY]),
        ("٧", None, [K.BAD_FREQUENCY]),
        ("\u00a07", None, [K.BAD_FREQUENCY]),
        ("", None, [K.BAD_FREQUENCY]),
        (" ", None, [K.BAD_FREQUENCY]),
        ("0x10", None, [K.BAD_FREQUENCY]),
        (str(2**63), None, [K.BAD_FREQUENCY]),
        (2**63, None, [K.BAD_FREQUENCY]),
        ("9" * 5000, None, [K.BAD_FREQUENCY]),
        (None, None, [K.BAD_FREQUENCY]),
        ([5], None, [K.BAD_FREQUENCY]),
        ({"n": 5}, None, [K.BAD_FREQUENCY]),
    ],
)
def test_frequency_is_a_whole_number_of_ascii_digits_or_unreadable(frequency, value, kinds):
    listing = end_of_list(json.dumps([row(frequency=frequency)]))

    assert listing.records == (Record("odd", "o@b.example", value, ()),)
    assert [anomaly.kind for anomaly in listing.anomalies] == kinds


@pytest.mark.parametrize(
    ("users", "value", "kinds"),
    [
        ([], (), []),
        (["ann", "bob@b.example"], ("ann", "bob@b.example"), []),
        (["Ann", "ann"], ("Ann", "ann"), []),
        (["u" * 255], ("u" * 255,), []),
        ([17, "bob"], ("17", "bob"), [K.NORMALISED_USERS]),
        ("ann", ("ann",), [K.NORMALISED_USERS]),
        ("", (), [K.NORMALISED_USERS]),
        ({"0": "ann", "2": "bob"}, ("ann", "bob"), [K.NORMALISED_USERS]),
        ({"0": "ann", "1": "ann"}, ("ann",), [K.NORMALISED_USERS, K.DUPLICATE_USER]),
        ({}, None, [K.BAD_USERS]),
        ({"ann": "0"}, None, [K.BAD_USERS]),
        ({"0": "ann", "x": "bob"}, None, [K.BAD_USERS]),
        ({"٠": "ann"}, None, [K.BAD_USERS]),
        (None, None, [K.BAD_USERS]),
        (True, None, [K.BAD_USERS]),
        (7, None, [K.BAD_USERS]),
        (["ann", "ann", "bob", "ann"], ("ann", "bob"), [K.DUPLICATE_USER] * 2),
        (["17", 17], ("17",), [K.NORMALISED_USERS, K.DUPLICATE_USER]),
        (["ann", None], ("ann",), [K.BAD_USER]),
        (["ann", ""], ("ann",), [K.BAD_USER]),
        (["ann", 1.5], ("ann",), [K.BAD_USER]),
        (["ann", True], ("ann",), [K.BAD_USER]),
        (["ann", ["bob"]], ("ann",), [K.BAD_USER]),
        (["ann", "b\0b"], ("ann",), [K.BAD_USER]),
        (["ann", "b\ud800b"], ("ann",), [K.BAD_USER]),
        (["ann", "u" * 256], ("ann",), [K.BAD_USER]),
    ],
)
def test_users_are_read_by_their_rules(users, value, kinds):
    listing = end_of_list(json.dumps([row(users=users)]))

    assert listing.records == (Record("odd", "o@b.example", 5, value),)
    assert [anomaly.kind for anomaly in listing.anomalies] == kinds


@pytest.mark.parametrize(
    ("field", "record", "kind"),
    [
        ("email", Record("odd", "", 5, ()), K.BAD_EMAIL),
        ("frequency", Record("odd", "o@b.example", None, ()), K.BAD_FREQUENCY),
        ("users", Record("odd", "o@b.example", 5, None), K.BAD_USERS),
    ],
)
def test_missing_field_is_unreadable(field, record, kind):
    listing = end_of_list(json.dumps([without(field)]))

    assert listing.records == (record,)
    assert [anomaly.kind for anomaly in listing.anomalies] == [kind]


def test_customer_on_two_records_is_on_both():
    listing = end_of_list(json.dumps([row(users=["ann"]), row(name="other", users=["ann"])]))

    assert [record.users for record in listing.records] == [("ann",), ("ann",)]
    assert listing.anomalies == ()


def test_unknown_field_is_reported_once_for_the_whole_list():
    listing = end_of_list(json.dumps([row(id=1, note={"deep": []}), row(name="other", id=2)]))

    assert len(listing.records) == 2
    assert {(anomaly.kind, anomaly.detail) for anomaly in listing.anomalies} == {
        (K.EXTRA_FIELD, "'id'"),
        (K.EXTRA_FIELD, "'note'"),
    }


def test_anomalies_beyond_a_thousand_are_counted_only():
    listing = end_of_list(json.dumps([GOOD_ROW] + [row(name="")] * 1500))

    assert len(listing.anomalies) == MAX_ANOMALIES
    assert listing.anomalies_left_out == 500


def test_every_anomaly_can_be_stored():
    rows = [case[0] for case in ROWS_WITHOUT_A_USABLE_NAME.values()] + [
        row(**{"\0\ud800": 1}, users=["\0", "\ud800"], email="\0")
    ]

    listing = end_of_list(
        json.dumps([GOOD_ROW, *rows, row(name="deep", users=json.loads("[" * 200 + "]" * 200))])
    )

    assert Counter(anomaly.kind for anomaly in listing.anomalies)[K.UNSTORABLE_NAME] == 2
    for anomaly in listing.anomalies:
        text = f"{anomaly.record}{anomaly.detail}"
        assert "\0" not in text
        assert text.encode()
        assert len(anomaly.detail) <= 200


def test_too_long_name_is_reported_by_its_first_60_characters():
    listing = end_of_list(json.dumps([GOOD_ROW, row(name="é" * 300)]))

    assert listing.anomalies == (Anomaly(K.NAME_TOO_LONG, "", "é" * 60 + "… (300 characters)"),)


@pytest.mark.parametrize(
    "rows",
    [
        [None],
        ["odd"],
        [[]],
        [{"message": "error", "errors": ["x"]}],
        [{"error": "x"}, {}],
    ],
)
def test_list_without_a_single_record_in_it_is_unusable(rows):
    assert type(end_of_list(json.dumps(rows))) is UnusableList


@pytest.mark.parametrize("form", FORMATS)
def test_empty_list_is_a_list(form):
    listing = end_of_list({Format.JSON: " [ ]\n", Format.XML: "<monitors>\n</monitors>\n"}[form], form)

    assert (listing.records, listing.anomalies) == ((), ())
