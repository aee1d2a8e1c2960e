"""Rows of many kinds by one statement are what each queryset alone would find, in its order."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Count, Q

from monitors.models import Attachment, AuditEvent, Customer, MonitorRecord, Operation, Plan, together

pytestmark = pytest.mark.django_db


def read(*querysets):
    return list(together.named(dict(enumerate(querysets))).values())


@pytest.fixture
def rows(upstream, load, ana, record_named):
    """Querysets of every type of column that the tables have."""
    customers = ("acme", "umbrella", "globex")
    records = [("zeta", "z@northmail.example", 1, customers), ("eta", "e@e.example", 7, ())]
    upstream.store.seed(records=records, customers=["initech"])
    load()
    ana.post(f"/records/{record_named('eta').pk}/append/", {"user": "initech", "reason": "ESC-1"})
    load()
    lasting = Attachment.objects.lasting()
    return [
        MonitorRecord.objects.select_related("changed_by").order_by("sort_name"),
        Operation.objects.select_related("settled_by", "shown_by").order_by("-started_at")[:10],
        AuditEvent.objects.order_by("-number")[:5],
        Plan.objects.all(),
        lasting.select_related("record", "customer", "owner").order_by("-sort_name", "pk"),
        lasting.order_by().values("customer").annotate(n=Count("pk")).values_list("n", flat=True),
        Customer.objects.filter(pk__in=lasting.order_by("pk").values("customer")[:2]).order_by("-pk"),
    ]


def test_each_has_its_own_rows_by_one_query(rows, django_assert_num_queries):
    alone = [list(each) for each in rows]

    with django_assert_num_queries(1):
        found = read(*(each.all() for each in rows))

    assert found[:5] == alone[:5]
    assert found[6] == alone[6]
    assert sorted(found[5]) == sorted(alone[5]) == [1, 1, 1, 1]
    assert [len(each) for each in found] == [2, 1, 5, 0, 4, 4, 2]


def test_every_field_is_as_if_it_had_been_read_alone(rows, django_assert_num_queries):
    found = read(*(each.all() for each in rows))

    for alone, each in zip(rows, found, strict=True):
        for one, other in zip(alone, each, strict=True):
            if not isinstance(one, int):
                fields = [field.attname for field in one._meta.concrete_fields]
                assert {n: repr(getattr(other, n)) for n in fields} == {
                    n: repr(getattr(one, n)) for n in fields
                }
    with django_assert_num_queries(0):
        assert {row.record.name for row in found[4]} == {"zeta", "eta"}


def test_what_can_find_nothing_is_not_asked(rows, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert read(Plan.objects.none(), Customer.objects.filter(pk__in=[])) == [[], []]
    with django_assert_num_queries(1):
        assert [len(each) for each in read(Plan.objects.none(), rows[0])] == [0, 2]


def test_what_is_not_asked_for_is_empty():
    assert together.named({"plans": None, "records": MonitorRecord.objects.all()}) == {
        "plans": [],
        "records": [],
    }


def test_a_statement_put_together_once_takes_other_values(rows, django_assert_num_queries):
    keys = [each.pk for each in MonitorRecord.objects.order_by("sort_name")]
    first = Operation.objects.get()

    def records(key):
        return MonitorRecord.objects.filter(pk=key)

    def customers(key, name):
        return Customer.objects.filter(Q(pk=key) | Q(username=name)).order_by("pk")

    def operations(uuid, until):
        return Operation.objects.filter(pk=uuid, started_at__lt=until)

    later = first.started_at + timedelta(days=1)
    acme, umbrella = (Customer.objects.get(username=name).pk for name in ("acme", "umbrella"))
    for record, customer, name, uuid, until in (
        (keys[0], acme, "globex", first.pk, later),
        (keys[1], umbrella, "acme", uuid4(), later),
        (keys[1], umbrella, "nobody", first.pk, first.started_at),
    ):
        asked = [
            together.Asked("records", records, (record,)),
            together.Asked("customers", customers, (customer, name)),
            together.Asked("operations", operations, (uuid, until)),
        ]
        with django_assert_num_queries(1):
            found = together.prepared_named(asked)
        assert found == {each.name: list(each.build(*each.values)) for each in asked}
    assert [len(each) for each in found.values()] == [1, 1, 0]
