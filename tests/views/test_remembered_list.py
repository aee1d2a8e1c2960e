"""The list that tests of pages copy is the one that would be fetched."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitors.models import Customer, Mirror, Refresh, RefreshOutcome
from monitors.services import clock
from monitors.services.lists import refresh
from monitors.services.log import history, verify
from tests import remembered_list
from tests.remembered_list import every_table, remembered_of

ROWS = [("abuse-desk", "abuse@northmail.example", 100, ("acme", "globex")), ("empty", "a@b.example", 5, ())]
pytestmark = pytest.mark.django_db


@pytest.fixture
def full(upstream):
    upstream.store.seed(records=ROWS, customers=["initech"])
    return upstream


@pytest.fixture
def fetched(full, monkeypatch):
    """All tables as a list left them that another test fetched."""
    monkeypatch.setattr(remembered_list, "_remembered", {})
    with transaction.atomic():
        remembered_list.load(full, fetch)
        rows = everything()
        transaction.set_rollback(True)
    return rows


def fetch():
    assert refresh.run(source="command") is not None


def fail():
    pytest.fail("fetched")


def everything():
    return {table.name: list(table.rows().values()) for table in every_table()}


def test_copy_is_what_the_list_left_in_every_table(full, fetched):
    with clock.reading(lambda: remembered_of(full).fetched_at):
        remembered_list.load(full, fail)

    assert everything() == fetched


@pytest.mark.usefixtures("fetched")
def test_copy_is_of_the_moment_at_which_it_is_made(full):
    now = timezone.now() + timedelta(days=3)
    with clock.reading(lambda: now):
        remembered_list.load(full, fail)

    since_the_list = [now - Refresh.objects.get().asked_at, now - Mirror.objects.get().whole_asked_at]
    assert all(timedelta(0) < age < timedelta(minutes=1) for age in since_the_list)
    assert Mirror.objects.get().due_at - Refresh.objects.get().asked_at == timedelta(minutes=5)


@pytest.mark.usefixtures("fetched")
def test_next_list_finds_nothing_new_and_the_proofs_hold(full):
    User.objects.create(username="somebody")  # noted in the log before the list
    remembered_list.load(full, fail)

    assert refresh.run(source="command").outcome == RefreshOutcome.UNCHANGED
    assert (verify.chain().problem, history.verify().problem) == ("", "")
    assert [call.task for call in full.calls[-2:]] == ["list", "list"]


@pytest.mark.usefixtures("fetched")
def test_what_a_list_could_meet_has_it_fetched_in_earnest(full):
    for meet in (
        lambda: Customer.objects.create(username="acme", first_seen=timezone.now()),
        lambda: Mirror.objects.update(failures=1),
        lambda: full.store.register(["acme"]) or full.store.append(user="initech", name="empty"),
        fetch,
    ):
        with transaction.atomic():
            meet()
            with pytest.raises(pytest.fail.Exception, match="fetched"):
                remembered_list.load(full, fail)
            transaction.set_rollback(True)


@pytest.mark.usefixtures("fetched")
def test_other_settings_have_it_fetched_in_earnest(full, settings):
    settings.REFRESH_SECONDS = 7

    with pytest.raises(pytest.fail.Exception, match="fetched"):
        remembered_list.load(full, fail)
