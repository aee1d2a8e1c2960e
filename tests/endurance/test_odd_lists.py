"""docs/upstream.md, "Lists with odd content", through the whole desk: the mirror, the anomalies, the pages.

Nothing here depends on the database: what is expected is the same on SQLite and on PostgreSQL.
"""

import json
from typing import Any

import pytest
from django.urls import reverse

from monitors.models import (
    AuditEvent,
    Customer,
    Mirror,
    MonitorRecord,
    Refresh,
    RefreshAnomaly,
    RefreshOutcome,
    Role,
)
from monitors.sandbox.server import SandboxServer
from monitors.services.lists import refresh
from monitors.services.log import verify
from tests.endurance.truth import counted, mirrored

pytestmark = pytest.mark.django_db
GOOD = {"name": "good", "email": "a@b.example", "frequency": "10", "users": ["ann"]}
READ = ("good", "a@b.example", 10, ("ann",))
RTL, ZERO_WIDTH = "\u202eodd\u202c", "o\u200bdd"


def row(**fields: object) -> dict[str, object]:
    return {"name": "odd", "email": "o@b.example", "frequency": "5", "users": []} | fields


def without(field: str) -> dict[str, object]:
    return {name: value for name, value in row().items() if name != field}


def read(
    name: str = "odd", email: str = "o@b.example", frequency: int | None = 5, users: tuple[str, ...] = ()
):
    return (name, email, frequency, users)


# What stands between a good first row and a good last one: what the mirror shows of it, and the anomalies.
ODD: dict[str, tuple[list[Any], list[Any], list[tuple[str, str]]]] = {
    "not a record": ([None, 7, "odd", ["odd"]], [], [("not_a_record", "")] * 4),
    "no name": ([without("name"), row(name=None), row(name=""), row(name=12)], [], [("no_name", "")] * 4),
    "255 characters": ([row(name="n" * 255)], [read("n" * 255)], []),
    "255 emoji": ([row(name="🦊" * 255)], [read("🦊" * 255)], []),
    "255 that grow when folded": ([row(name="ß" * 255)], [read("ß" * 255)], []),
    "256 characters": ([row(name="n" * 256)], [], [("name_too_long", "")]),
    "NUL": ([row(name="o\0dd")], [], [("unstorable_name", "")]),
    "half a pair": ([row(name="o\ud83ddd")], [], [("unstorable_name", "")]),
    "control": ([row(name="o\x07\ndd")], [read("o\x07\ndd")], [("invisible_characters", "o\x07\ndd")]),
    "right to left": ([row(name=RTL)], [read(RTL)], [("invisible_characters", RTL)]),
    "zero width": ([row(name=ZERO_WIDTH)], [read(ZERO_WIDTH)], [("invisible_characters", ZERO_WIDTH)]),
    "case": ([row(name="Odd"), row(name="ODD"), row()], [read("Odd"), read("ODD"), read()], []),
    "Unicode form": (
        [row(name="caf\u00e9"), row(name="cafe\u0301")],
        [read("caf\u00e9"), read("cafe\u0301")],
        [],
    ),
    "spaces around": ([row(name=" odd"), row(name="odd "), row()], [read(" odd"), read("odd "), read()], []),
    "name again": ([row(), row(frequency="99", users=["eve"])], [read()], [("duplicate_name", "odd")]),
    "no mailbox": ([without("email")], [read(email="")], [("bad_email", "odd")]),
    "mailbox null": ([row(email=None)], [read(email="")], [("bad_email", "odd")]),
    "mailbox with NUL": ([row(email="a\0@b.example")], [read(email="")], [("bad_email", "odd")]),
    "mailbox of 255": ([row(email="x" * 255)], [read(email="")], [("bad_email", "odd")]),
    "no address": ([row(email="not an address")], [read(email="not an address")], []),
    "largest frequency": ([row(frequency=str(2**63 - 1))], [read(frequency=2**63 - 1)], []),
    "frequency with spaces": ([row(frequency=" 7 ")], [read(frequency=7)], [("normalised_frequency", "odd")]),
    **{
        f"frequency {value!r}": ([row(frequency=value)], [read(frequency=None)], [("bad_frequency", "odd")])
        for value in (
            "0",
            "-1",
            "1e3",
            "10.5",
            True,
            "true",
            "1_000",
            "٧",
            str(2**63),
            2**63,
            None,
            "",
            [5],
            10.5,
        )
    },
    "no frequency": ([without("frequency")], [read(frequency=None)], [("bad_frequency", "odd")]),
    "users null": ([row(users=None)], [read()], [("bad_users", "odd")]),
    "no users": ([without("users")], [read()], [("bad_users", "odd")]),
    "users a text": ([row(users="bob")], [read(users=("bob",))], [("normalised_users", "odd")]),
    "users an object": (
        [row(users={"0": "bob", "2": "carl"})],
        [read(users=("bob", "carl"))],
        [("normalised_users", "odd")],
    ),
    "users another object": ([row(users={"bob": 1})], [read()], [("bad_users", "odd")]),
    "a number for a user": ([row(users=[17])], [read(users=("17",))], [("normalised_users", "odd")]),
    "bad users": (
        [row(users=["bob", "", None, "b\0b", "b\ud800b", "u" * 256, ["x"]])],
        [read(users=("bob",))],
        [("bad_user", "odd")] * 6,
    ),
    "a user twice": ([row(users=["bob", "bob"])], [read(users=("bob",))], [("duplicate_user", "odd")]),
    "a user on two records": ([row(users=["ann"])], [read(users=("ann",))], []),
    "users that differ in case": ([row(users=["bob", "BOB"])], [read(users=("BOB", "bob"))], []),
    "users that differ in form": (
        [row(users=["jos\u00e9", "jose\u0301"])],
        [read(users=("jose\u0301", "jos\u00e9"))],
        [],
    ),
    "255 emoji for a user": ([row(users=["🦊" * 255])], [read(users=("🦊" * 255,))], []),
    "a field nobody knows": (
        [row(id=7), row(name="two", id=8)],
        [read(), read("two")],
        [("extra_field", "")],
    ),
}


@pytest.fixture
def serve(upstream: SandboxServer):
    """Have these rows, or these bytes, for a list until further notice, and fetch it."""

    def fetch(rows: list[Any] | bytes) -> Refresh:
        upstream.clear()
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        upstream.fault("raw", task="list", times=0, body=body)
        done = refresh.run(source="command", is_probe=True)
        assert done is not None
        return done

    return fetch


def anomalies_of(done: Refresh) -> list[tuple[str, str]]:
    return list(RefreshAnomaly.objects.filter(refresh=done).order_by("pk").values_list("kind", "record"))


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("is_first_list", [True, False], ids=["first list", "later list"])
def test_odd_row_falls_under_its_rule_and_the_rest_stands(serve, case, is_first_list):
    rows, expected, anomalies = ODD[case]
    if not is_first_list:
        serve([GOOD])

    done = serve([GOOD, *rows, GOOD | {"name": "last"}])

    assert done.outcome == RefreshOutcome.APPLIED
    assert mirrored() == sorted([READ, *expected, ("last", *READ[1:])])
    assert counted() == []
    assert anomalies_of(done) == anomalies
    assert (done.anomalies, done.records) == (len(anomalies), len(expected) + 2)
    assert AuditEvent.objects.filter(refresh_id=done.pk, kind="list.anomalies").exists() == (
        bool(anomalies) and not is_first_list
    )
    assert verify.chain().problem == ""


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("case", ODD)
def test_same_odd_row_again_changes_nothing(serve, case):
    rows, _, anomalies = ODD[case]
    serve([GOOD, *rows])
    history = Mirror.objects.get().asked_at
    # Other bytes that say the same: the copy is compared row by row.
    again = serve(json.dumps([GOOD, *rows], indent=1).encode())

    assert (again.outcome, again.differences) == (RefreshOutcome.UNCHANGED, 0)
    assert anomalies_of(again) == anomalies
    assert Mirror.objects.get().asked_at > history


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("users", [None, {}, True, {"bob": 1}])
def test_customers_of_a_record_stay_where_its_users_cannot_be_read(serve, users):
    serve([GOOD, row(users=["bob", "carl"])])

    serve([GOOD | {"users": []}, row(users=users, frequency="6")])

    assert mirrored() == [("good", "a@b.example", 10, ()), read(frequency=6, users=("bob", "carl"))]


@pytest.mark.usefixtures("short_waits")
def test_mailbox_and_frequency_that_become_unreadable_are_shown_as_unknown_and_come_back(serve):
    serve([row()])
    serve([row(email=None, frequency="often")])
    assert mirrored() == [read(email="", frequency=None)]

    serve([row()])

    assert mirrored() == [read()]
    assert MonitorRecord.objects.get().revisions.count() == 3


XML_ROWS = (
    "<monitor><name>a &amp; b</name><email/><frequency> 7 </frequency><users><user>bob</user><user/></users></monitor>"
    "<monitor><name>twice</name><name>twice</name><email>e</email><frequency>5</frequency><users/></monitor>"
    "<monitor><name>mixed</name><email>e</email><frequency>5</frequency><users>y<user>x</user></users></monitor>"
    "<monitor><name>&#233;t&#233; é</name><email>e</email><frequency>5</frequency><users>ann</users></monitor>"
)


@pytest.mark.usefixtures("short_waits")
def test_odd_xml_follows_the_same_rules(serve, settings):
    settings.SENDGRID_API_FORMAT = "xml"
    body = f'<?xml version="1.0" encoding="ISO-8859-1"?><monitors>{XML_ROWS}</monitors>'.encode("latin-1")

    done = serve(body)

    assert mirrored() == sorted(
        [("a & b", "", 7, ("bob",)), ("mixed", "e", 5, ()), ("été é", "e", 5, ("ann",))]
    )
    assert anomalies_of(done) == [
        ("normalised_frequency", "a & b"),
        ("bad_user", "a & b"),
        ("no_name", ""),
        ("bad_users", "mixed"),
        ("normalised_users", "été é"),
    ]


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize(
    "rows", [[None], [[]], [{"error": "x"}], b'{"message":"success"}', b"", b"[", b'"odd"']
)
def test_list_of_no_records_changes_nothing(serve, rows):
    serve([GOOD])

    done = serve(rows)

    assert done.outcome == RefreshOutcome.UNUSABLE
    assert mirrored() == [READ]
    assert Mirror.objects.get().failure == done.note


@pytest.mark.usefixtures("short_waits")
def test_anomalies_beyond_a_thousand_are_counted_only(serve):
    done = serve([GOOD, *[row(name="")] * 1500])

    assert mirrored() == [READ]
    assert RefreshAnomaly.objects.filter(refresh=done).count() == 1000
    assert done.anomalies == 1500


@pytest.mark.slow
@pytest.mark.usefixtures("short_waits")
def test_every_page_shows_odd_content_and_auditors_see_the_anomalies(serve, client, person):
    rows = [each for case in ODD.values() for each in case[0]]
    # Each under a name of its own where it has one, so that all of them are in the mirror at once.
    named = [
        each | {"name": f"{each['name']}{n}"[:255]} if is_named(each) else each for n, each in enumerate(rows)
    ]
    serve([GOOD, *named])
    client.force_login(person(Role.ADMINISTRATORS))
    of_records = [
        reverse(page, args=[pk]) for pk in pks(MonitorRecord) for page in ("record", "edit", "delete")
    ]
    of_customers = [reverse("customer", args=[pk]) for pk in pks(Customer)]
    lists = ["/", "/customers/", "/audit/", "/upstream/", "/search/?q=odd", "/?q=%EF%BF%BD"]

    answers = {url: client.get(url) for url in [*lists, *of_records, *of_customers]}

    assert len(of_records) > 100
    assert {url: answer.status_code for url, answer in answers.items() if answer.status_code != 200} == {}


@pytest.mark.usefixtures("short_waits")
def test_auditor_sees_each_anomaly_with_its_record_and_what_was_found(serve, client, person):
    done = serve([GOOD, row(name="half read", frequency="1e3", users=["bob", "bob"])])
    client.force_login(person(Role.AUDITORS))

    page = client.get(f"/upstream/lists/{done.pk}/").content.decode()

    assert [word for word in ("half read", "1e3", "bob") if word not in page] == []


def is_named(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and value["name"].isprintable()
        and value["name"] != ""
    )


def pks(model: Any) -> list[int]:
    return list(model.objects.values_list("pk", flat=True))
