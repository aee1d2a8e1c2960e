"""What triggers count of sample rates is what the records say, whatever is written and in whatever order."""

import pytest
from django.db import transaction
from django.db.models import Count, F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitors.models import MonitorRecord, SampleRate
from tests.services.rows import a_record, minute

pytestmark = pytest.mark.django_db

place = st.integers(0, 9)
frequency = st.one_of(st.none(), st.sampled_from([1, 2, 1000]))
create = st.tuples(st.just("create"), frequency, st.integers(0, 3))
change = st.tuples(st.just("change"), place, frequency)
fill = st.tuples(st.just("fill"), place, st.integers(0, 3))
end = st.tuples(st.just("end"), place)
come_back = st.tuples(st.just("come_back"), place)
remove = st.tuples(st.just("remove"), place)
all_at_once = st.tuples(st.just("all_at_once"), frequency)


class Records:
    def __init__(self):
        self.number = 0

    def create(self, frequency, customers):
        self.number += 1
        record = a_record(f"record-{self.number}")
        MonitorRecord.objects.filter(pk=record.pk).update(frequency=frequency, customer_count=customers)

    def _one(self, place):
        keys = list(MonitorRecord.objects.order_by("pk").values_list("pk", flat=True))
        return MonitorRecord.objects.filter(pk__in=keys[place : place + 1])

    def change(self, place, frequency):
        self._one(place).update(frequency=frequency)

    def fill(self, place, customers):
        self._one(place).update(customer_count=customers)

    def end(self, place):
        self._one(place).update(gone_at=minute(0))

    def come_back(self, place):
        self._one(place).update(gone_at=None)

    def remove(self, place):
        self._one(place).delete()

    def all_at_once(self, frequency):
        MonitorRecord.objects.update(frequency=frequency, customer_count=F("customer_count") + 1)


def counted():
    rows = MonitorRecord.objects.living().filter(customer_count__gt=0).order_by()
    groups = rows.values_list("sort_frequency").annotate(Sum("customer_count"), Count("pk"))
    return {rate: tuple(counts) for rate, *counts in groups}


def kept():
    return {row.frequency: (row.customers, row.records) for row in SampleRate.objects.exclude(records=0)}


@given(st.lists(st.one_of(create, create, change, fill, end, come_back, remove, all_at_once), max_size=25))
@settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_kept_of_sample_rates_is_what_the_records_say(steps):
    with transaction.atomic():
        records = Records()
        for name, *details in steps:
            getattr(records, name)(*details)
            assert kept() == counted(), (name, details)
            assert not SampleRate.objects.filter(records=0).exclude(customers=0).exists()
        transaction.set_rollback(True)
