"""The same hits on both databases: any case, any sign, any length, bounded where there are many."""

from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from monitors.models import Customer, MonitorRecord
from monitors.selectors import customers, matching, records, trigrams
from monitors.selectors.matching import Kind
from monitors.services.lists import mirror
from tests.services.rows import a_record, an_attachment, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db

NAMES = ("Straße 7", "STRASSE", "İzmir", "izmir", "100%", "100 per cent", "snake_case", "snakecase")
SIGNS = (
    r"back\slash",
    'say "hi"',
    "it's",
    "a'b\"c",
    "🦊 fox",
    "語の理",
    "AND",
    "a*b",
    "semi;colon",
    "x\U0010ffff",
    "y\ud7ff",
)


@pytest.fixture
def named():
    mirror.customers([*NAMES, *SIGNS], minute(0))


def customers_named(text):
    keys = matching.find(text, Kind.CUSTOMERS)[Kind.CUSTOMERS].keys
    names = dict(Customer.objects.values_list("pk", "username"))
    return [names[key] for key in keys]


def records_named(text, kind=Kind.RECORDS):
    keys = matching.find(text, kind)[kind].keys
    names = dict(MonitorRecord.objects.values_list("pk", "name"))
    return [names[key] for key in keys]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("STRASSE", ["STRASSE", "Straße 7"]),
        ("straße", ["STRASSE", "Straße 7"]),
        ("ße", ["STRASSE", "Straße 7"]),
        ("ß", ["STRASSE", "Straße 7"]),
        ("İZM", ["İzmir"]),
        ("izm", ["izmir"]),
        ("zmir", ["izmir", "İzmir"]),
        ("%", ["100%"]),
        ("00%", ["100%"]),
        ("100", ["100 per cent", "100%"]),
        ("_", ["snake_case"]),
        ("ke_", ["snake_case"]),
        ("kec", ["snakecase"]),
        ("\\", ["back\\slash"]),
        ("k\\s", ["back\\slash"]),
        ('"', ["a'b\"c", 'say "hi"']),
        ('y "h', ['say "hi"']),
        ('"""', []),
        ("'", ["a'b\"c", "it's"]),
        ("'b\"", ["a'b\"c"]),
        ("🦊", ["🦊 fox"]),
        ("🦊 f", ["🦊 fox"]),
        ("の理", ["語の理"]),
        ("語の理", ["語の理"]),
        ("AND", ["AND"]),
        ("a*b", ["a*b"]),
        ("emi;col", ["semi;colon"]),
        ("x\U0010ffff", ["x\U0010ffff"]),
        ("\U0010ffff", ["x\U0010ffff"]),
        ("y\ud7ff", ["y\ud7ff"]),
        ("snake_case and more than any name", []),
        ("s" * 300, []),
        ("  fox\x00 ", ["🦊 fox"]),
        (" ", []),
    ],
)
def test_a_name_is_found_by_any_part_of_it(named, text, expected):
    assert customers_named(text) == expected
    assert sorted(
        Customer.objects.filter(matching.condition(text, Kind.CUSTOMERS)).values_list("username", flat=True)
    ) == (sorted(expected) if text.strip() else sorted([*NAMES, *SIGNS]))


def test_names_that_begin_with_the_text_come_first():
    mirror.customers(["an acme", "acme-b", "acme", "big-acme"], minute(0))

    assert customers_named("acme") == ["acme", "acme-b", "an acme", "big-acme"]
    assert [each.username for each in customers.suggest("acme")] == ["acme", "acme-b", "an acme", "big-acme"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("box-7@", ["one"]),
        ("BOX-7", ["one"]),
        ("NORTHMAIL.example", ["one", "two"]),
        ("no", ["one", "two"]),
        ("bo", ["one"]),
        ("Ümail", ["two"]),
        ("7_", []),
    ],
)
def test_a_record_is_found_by_its_mailbox(text, expected):
    a_record("one", email="Box-7@northmail.example")
    a_record("two", email="Ümail@NorthMail.example")

    assert records_named(text) == expected
    assert (
        sorted(
            MonitorRecord.objects.filter(matching.condition(text, Kind.RECORDS)).values_list(
                "name", flat=True
            )
        )
        == expected
    )


def test_a_record_is_found_as_it_is_now_and_by_its_former_name():
    record = a_record("Große Runde", email="old@northmail.example")
    cause = mirror.Cause(at=minute(1))
    mirror.change_record(record, name="omega", email="new@northmail.example", frequency=5, cause=cause)

    former = matching.find("GROSSE", Kind.FORMER, Kind.RECORDS)

    assert former[Kind.RECORDS].keys == []
    assert [record.revisions.get(pk=key).name for key in former[Kind.FORMER].keys] == ["Große Runde"]
    assert records_named("omega") == records_named("new@") == ["omega"]
    assert records_named("old@") == []


def test_a_former_name_that_is_the_records_own_again_is_not_former():
    record = a_record("alpha")
    for at, name in enumerate(("beta", "alpha"), start=1):
        cause = mirror.Cause(at=minute(at))
        mirror.change_record(record, name=name, email=record.email, frequency=5, cause=cause)

    former = matching.find("a", Kind.FORMER)[Kind.FORMER].keys

    assert [record.revisions.get(pk=key).name for key in former] == ["beta"]


def test_records_that_are_gone_are_found_apart_the_latest_first():
    rows = [a_record(name) for name in ("gone-b", "gone-a", "gone-not")]
    for at, row in enumerate(rows[:2], start=1):
        mirror.end_records([(row, mirror.Cause(at=minute(at)))])

    assert records_named("gone-") == ["gone-not"]
    assert records_named("gone-", Kind.GONE) == ["gone-a", "gone-b"]


def test_a_row_written_by_plain_sql_is_found_and_one_taken_away_is_not():
    moment = connection.ops.adapt_datetimefield_value(datetime(2026, 3, 3, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO monitors_customer (username, sort_name, first_seen, record_count) VALUES (%s, %s, %s, 0)",
            [("Needle-1", "needle-1", moment), ("Needle-2", "needle-2", moment)],
        )
    assert customers_named("eedle") == ["Needle-1", "Needle-2"]

    with lifted(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitors_customer SET username = 'pin', sort_name = 'pin' WHERE username = 'Needle-1'"
        )
        cursor.execute("DELETE FROM monitors_customer WHERE username = 'Needle-2'")

    assert customers_named("eedle") == []
    assert customers_named("pin") == ["pin"]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its indexes by itself")
def test_the_index_forgets_what_a_record_is_no_longer_called():
    record = a_record("alpha")
    mirror.change_record(record, name="omega", email="", frequency=5, cause=mirror.Cause(at=minute(1)))
    mirror.end_records([(record, mirror.Cause(at=minute(2)))])

    assert [indexed(text, "monitors_recordsearch") for text in ("alp", "ome")] == [0, 0]
    assert [indexed(text, "monitors_gonesearch") for text in ("alp", "ome")] == [0, 1]


def indexed(trigram, index):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {index} WHERE {index} MATCH %s", [trigram])
        return cursor.fetchone()[0]


@pytest.fixture
def crowd():
    """1,100 customers whose names hold `crowd-`, the last of which begin with it; then one that begins with `zz`."""
    names = [f"the-crowd-{number:04}" for number in range(1090)] + [
        f"crowd-{number:02}" for number in range(10)
    ]
    mirror.customers([*names, "zz-ab"], minute(0))


def test_too_many_hits_are_cut_and_begin_with_those_that_begin_with_the_text(crowd):
    hits = matching.find("crowd-", Kind.CUSTOMERS)[Kind.CUSTOMERS]

    names = customers_named("crowd-")
    assert (hits.is_cut, len(hits.keys)) == (True, matching.MAX_HITS)
    assert names[:11] == [*(f"crowd-{number:02}" for number in range(10)), "the-crowd-0000"]
    assert not matching.find("crowd-00", Kind.CUSTOMERS)[Kind.CUSTOMERS].is_cut


def test_a_list_that_is_filtered_further_loses_no_hit(crowd):
    counts = [
        Customer.objects.filter(matching.condition(text, Kind.CUSTOMERS)).count()
        for text in ("crowd-", "th", "zz", "crowd-0001")
    ]

    assert counts == [1100, 1090, 1, 1]


def test_two_characters_find_what_begins_with_them_and_what_is_inside_the_first_thousand_names(crowd):
    assert customers_named("zz") == ["zz-ab"]
    assert customers_named("ab") == []  # inside, but beyond the first thousand names
    assert "the-crowd-0001" in customers_named("wd")
    assert "the-crowd-1089" not in customers_named("wd")


def test_the_customers_of_a_record_are_searched_among_those_on_it():
    one, two = a_record("one"), a_record("two")
    for name in ("anna", "hanna"):
        an_attachment(one, name)
    an_attachment(two, "susanna")

    results = records.attachments(one, query="ANNA", sort="customer")

    assert [row.username for row in results.rows] == ["anna", "hanna"]


def test_the_customers_of_a_large_record_are_searched_by_the_index(crowd):
    one = a_record("one")
    for name in ("crowd-01", "the-crowd-0001", "the-crowd-0002"):
        an_attachment(one, name)
    one.customer_count = matching.MAX_HITS + 1

    for text, expected in (
        ("0001", ["the-crowd-0001"]),
        ("cr", ["crowd-01", "the-crowd-0001", "the-crowd-0002"]),
    ):
        results = records.attachments(one, query=text, sort="customer")
        assert [row.username for row in results.rows] == expected


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite's own index needs no extension")
def test_without_the_right_to_create_the_extension_a_plain_scan_answers(named):
    migration = import_module("monitors.migrations.0018_name_search")

    def refuse(execute, sql, *rest):
        if "EXTENSION" in sql:
            raise DatabaseError("permission denied to create extension")
        return execute(sql, *rest)

    with connection.cursor() as cursor:
        for index in migration.INDEXES:
            cursor.execute(f"DROP INDEX {index}")
    with connection.execute_wrapper(refuse):
        migration._index_trigrams(connection)

    assert customers_named("straße") == ["STRASSE", "Straße 7"]


@pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="PostgreSQL's index finds the rare trigrams by itself"
)
def test_who_types_on_asks_only_for_the_trigrams_that_came_since(named, monkeypatch):
    monkeypatch.setattr(trigrams, "_remembered", trigrams._Remembered())
    seconds = iter((100, 101, 102, 103, 159, 161))
    monkeypatch.setattr(trigrams, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    probed = []
    for text in ("snake", "snake", "snakec", "nake", "snake", "snake"):
        with CaptureQueriesContext(connection) as queries:
            assert customers_named(text) == [name for name in ("snake_case", "snakecase") if text in name]
        probed.append("".join(query["sql"] for query in queries if "OFFSET" in query["sql"]).count("MATCH"))

    assert probed == [3, 0, 1, 0, 0, 3]
