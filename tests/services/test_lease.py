"""One refresh at a time across all processes, by a lease that ends by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitors.models import Mirror, Refresh, RefreshOutcome
from monitors.services import clock
from monitors.services.lists import lease, refresh
from tests.services.rows import minute

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_minute(settings):
    """For a new lease and for a renewed one, however long a call may take."""
    settings.SENDGRID_DEADLINE = 60
    settings.PACE = replace(settings.PACE, lease=timedelta(minutes=1))


def at(number):
    return clock.reading(lambda: minute(number))


def until():
    return Mirror.objects.get().lease_until


def test_a_second_refresh_gets_no_lease_while_the_first_one_runs():
    with at(0):
        assert lease.take()
        assert until() == minute(1)

    with at(1):
        assert lease.take() is None


def test_a_lease_that_has_run_out_is_free_for_somebody_else():
    with at(0):
        first = lease.take()

    with at(1.1):
        second = lease.take()

    assert second not in (None, first)
    assert Mirror.objects.get().lease_holder == second


def test_a_lease_is_renewed_with_each_transaction():
    with at(0):
        holder = lease.take()

    with at(0.5):
        lease.renew(holder)

    assert until() == minute(1.5)


def test_a_holder_that_has_lost_its_lease_writes_nothing_more():
    with at(0):
        first = lease.take()
    with at(3):
        second = lease.take()
        with pytest.raises(lease.Lost):
            lease.renew(first)

    assert Mirror.objects.get().lease_holder == second


def test_a_lease_is_given_back_by_its_holder_alone():
    with at(0):
        first = lease.take()
    with at(3):
        second = lease.take()

    lease.give_back(first)
    assert (Mirror.objects.get().lease_holder, until()) == (second, minute(4))

    lease.give_back(second)
    assert (Mirror.objects.get().lease_holder, until()) == ("", None)


def test_a_refresh_that_loses_its_lease_is_broken_off_and_the_next_one_heals_it(upstream, load):
    upstream.store.seed(records=[("one", "a@northmail.example", 5, ["acme"])])

    def fetch(gateway):
        Mirror.objects.update(lease_holder="somebody else")
        return gateway.list_records()

    broken_off = refresh.run(source="command", fetch=fetch)
    assert broken_off.outcome == RefreshOutcome.BROKEN_OFF
    assert Refresh.objects.get().outcome == RefreshOutcome.BROKEN_OFF
    assert Mirror.objects.get().asked_at is None
    assert refresh.run(source="command") is None

    Mirror.objects.update(lease_until=None)
    assert load().asked_at is not None


def test_the_lease_is_given_back_when_the_upstream_fails(upstream, load):
    upstream.fault("html_200", task="list")

    refresh.run(source="command")

    assert until() is None


def test_a_refresh_whose_process_died_is_said_to_be_broken_off(upstream, load):
    died = Refresh.objects.create(asked_at=minute(0))

    load()

    died.refresh_from_db()
    assert died.outcome == RefreshOutcome.BROKEN_OFF
