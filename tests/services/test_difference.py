"""What a list shows that the mirror does not."""

from dataclasses import replace

import pytest

from monitors.models import MonitorRecord
from monitors.services.lists import difference
from monitors.services.lists.difference import Difference, Placement, content_hash
from tests.services.rows import EMAIL, OTHER_EMAIL, a_listing, a_record, an_attachment, listed, minute

pytestmark = pytest.mark.django_db


@pytest.fixture
def one():
    """Record one with acme and globex on it."""
    record = a_record()
    an_attachment(record, "acme")
    an_attachment(record, "globex")
    return record


def between(*records):
    return difference.between(a_listing(*records))


def test_a_list_that_shows_the_mirror_has_no_difference(one):
    found = between(listed("one", "globex", "acme"))

    assert len(found) == 0
    assert found.compared_records == [listed("one", "globex", "acme")]


def test_a_record_whose_hash_is_known_is_not_even_compared(one):
    record = listed("one", "acme")  # not what the mirror shows: only the hash is looked at
    MonitorRecord.objects.update(content_hash=content_hash(record))

    assert between(record) == Difference()


def test_a_new_record_comes_with_its_customers(one):
    new = listed("two", "initech", "acme")

    found = between(listed("one", "acme", "globex"), new, listed("three", is_readable=False))

    assert found.new_records == [new, listed("three", is_readable=False)]
    assert found.new_placements == [Placement("two", "initech"), Placement("two", "acme")]
    assert found.compared_records[1:] == found.new_records
    assert len(found) == 4


@pytest.mark.parametrize("columns", [{"email": OTHER_EMAIL}, {"frequency": 6}, {"frequency": None}])
def test_a_record_with_other_fields_is_changed(one, columns):
    record = listed("one", "acme", "globex", **columns)

    found = between(record)

    assert (found.changed_records, len(found)) == ([record], 1)


def test_customers_who_came_and_went_are_found_on_their_record(one):
    found = between(listed("one", "initech", "acme", "umbrella"))

    assert found.new_placements == [Placement("one", "initech"), Placement("one", "umbrella")]
    assert found.ended_placements == [Placement("one", "globex")]
    assert (found.changed_records, len(found)) == ([], 3)


def test_a_record_whose_customers_cannot_be_read_keeps_them(one):
    found = between(listed("one", frequency=6, is_readable=False))

    assert (found.new_placements, found.ended_placements) == ([], [])
    assert len(found.changed_records) == 1


def test_a_record_that_is_not_listed_is_missing_and_so_are_its_customers(one):
    a_record("two")

    found = between()

    assert sorted(found.missing_names) == ["one", "two"]
    assert found.ended_placements == [Placement("one", "acme"), Placement("one", "globex")]
    assert len(found) == 4


def test_a_record_that_is_gone_already_is_not_missing_and_not_compared(one):
    one.gone_at = minute(0)
    one.save()

    assert between() == Difference()
    assert between(listed("one")).new_records == [listed("one")]


def test_customers_are_compared_in_small_portions_too(settings):
    settings.PACE = replace(settings.PACE, transaction_rows=2)
    for n in range(5):
        an_attachment(a_record(f"record {n}"), f"customer {n}")

    found = between(*(listed(f"record {n}") for n in range(5)))

    assert found.ended_placements == [Placement(f"record {n}", f"customer {n}") for n in range(5)]


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (2, [2]), (3, [2, 1]), (4, [2, 2])])
def test_portions_are_at_most_as_large_as_a_transaction_may_be(settings, count, sizes):
    settings.PACE = replace(settings.PACE, transaction_rows=2)

    portions = list(difference.chunks(list(range(count))))

    assert [len(portion) for portion in portions] == sizes
    assert [item for portion in portions for item in portion] == list(range(count))


def test_a_hash_depends_on_every_field_and_not_on_the_order_of_the_customers():
    record = listed("one", "acme", "globex")
    others = [
        replace(record, email=OTHER_EMAIL),
        replace(record, frequency=6),
        replace(record, frequency=None),
        replace(record, users=("acme",)),
        replace(record, users=()),
        replace(record, users=None),
    ]

    hashes = {content_hash(other) for other in [record, *others]}

    assert len(hashes) == 7
    assert content_hash(replace(record, users=("globex", "acme"))) == content_hash(record)


def test_a_hash_is_the_same_for_ever():
    """Else the first list after an update of the desk would compare every record."""
    record = listed("one", "ácme", email=EMAIL)

    assert content_hash(record) == "2847c787fce136ff2b72a2a0cc405fc095b6f3e916015c9464620e2a3a17f30b"
