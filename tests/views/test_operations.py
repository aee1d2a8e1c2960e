"""The list of operations, and what one's own page offers: a title, its story, another try where that is safe."""

from datetime import timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import UNDER_WAY, Kind, MonitorRecord, Operation, Refresh, Role, State
from monitors.services.log import audit
from tests.tampering import lifted
from tests.unguarded import free_operations
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def any_state(db):
    free_operations()


@pytest.fixture
def record(db):
    now = timezone.now()
    return MonitorRecord.objects.create(
        name="billing-watch", sort_name="billing-watch", first_seen=now, changed_at=now, frequency=1
    )


@pytest.fixture
def operation(manager, record):
    """Make an append in a state, as the services leave it, with its event."""

    def make(state=State.CONFIRMED, user="acme", **columns):
        now = timezone.now()
        values = {
            "task": "append",
            "parameters": {"name": record.name, "user": user},
            "actor": manager,
            "actor_name": "Ana K.",
            "record": record,
            "record_name": record.name,
            "username": user,
            "state": state,
            "started_at": now,
            "deadline_at": now + timedelta(seconds=60),
            "settled_at": None if state in UNDER_WAY else now,
            "words": ["success"] if state in (State.CONFIRMED, State.CONTRADICTED) else [],
        }
        made = Operation.objects.create(**values | columns)
        audit.write(audit.Event(kind=Kind.STARTED, **audit.by(made.actor), **audit.about(made)))
        return made

    return make


def rows(response):
    return [UUID(key) for key in attributes(response, "data-operation")]


def test_each_group_holds_its_own_the_newest_first(ana, operation, support):
    now = timezone.now()
    done = operation(started_at=now - timedelta(days=3))
    refused = operation(State.REFUSED, started_at=now - timedelta(days=2))
    others = operation(State.NOT_APPLIED, actor=support, started_at=now - timedelta(days=2, minutes=1))
    waiting = operation(State.UNKNOWN)

    def shown(group):
        return rows(ana.get("/operations/", {"filter": group}))

    assert shown("") == shown("mine") == [waiting.pk, refused.pk, done.pk]
    assert shown("open") == [waiting.pk]
    assert shown("failed") == [refused.pk, others.pk]
    assert shown("today") == [waiting.pk]
    assert shown("all") == [waiting.pk, refused.pk, others.pk, done.pk]


def test_whoever_cannot_ask_for_any_sees_all_of_them(as_role, operation):
    shown = operation()

    assert rows(as_role(Role.AUDITORS).get("/operations/")) == [shown.pk]


def test_each_has_a_title_of_its_own_in_the_list_and_as_its_page(ana, operation):
    shown = operation(user="alder.pets")

    listed, page = ana.get("/operations/"), ana.get(f"/operations/{shown.pk}/")

    assert "Append alder.pets to billing-watch" in text(listed)
    assert "<title>Append alder.pets to billing-watch · Monitor Desk</title>" in page.content.decode()
    assert "<h1>Append <b><bdi>alder.pets</bdi></b> to" in page.content.decode()


def test_operations_are_found_by_ticket_by_name_and_by_id(ana, operation):
    wanted = operation(user="globex", reason="ESC-4502, asked by phone")
    operation(user="initech", reason="ESC-4503")

    for typed in ("ESC-4502", "esc-4502", "globex"):
        assert rows(ana.get("/operations/", {"q": typed})) == [wanted.pk], typed
    assert ana.get("/operations/", {"q": str(wanted.pk)}).headers["Location"] == f"/operations/{wanted.pk}/"
    assert "No matching operations" in text(ana.get("/operations/", {"q": "ESC-9"}))


def test_a_search_keeps_its_group(ana, operation):
    operation(reason="ESC-1234")
    failed = operation(State.REFUSED, reason="ESC-1234")

    assert rows(ana.get("/operations/", {"q": "ESC-1234", "filter": "failed"})) == [failed.pk]


def test_too_few_characters_are_said_to_be_too_few(ana, operation):
    shown = operation()

    response = ana.get("/operations/", {"q": "ab"})

    assert "Enter at least 3 characters" in text(response)
    assert rows(response) == [shown.pk]


def test_the_pages_of_a_long_list_hold_each_operation_once(ana, operation):
    now = timezone.now()
    # Many of one moment: a plan's are queued together.
    made = [operation(started_at=now - timedelta(seconds=number // 40)).pk for number in range(120)]

    shown, address = [], "/operations/"
    while address:
        page = ana.get(address)
        shown += rows(page)
        address = next_page(page)
    assert len(shown) == 120
    assert set(shown) == set(made)


def next_page(page):
    following = unescape(page.content.decode()).partition('rel="next" href="')[2].partition('"')[0]
    return f"/operations/{following}" if following else ""


@pytest.mark.parametrize("asked", [{}, {"filter": "failed"}, {"q": "billing-watch"}, {"page": "last"}])
def test_any_page_takes_six_queries(ana, operation, django_assert_max_num_queries, asked):
    for number in range(60):
        operation(State.REFUSED if number % 2 else State.CONFIRMED)

    with django_assert_max_num_queries(6):
        assert rows(ana.get("/operations/", asked))


def test_more_than_a_thousand_are_not_counted(ana, operation, monkeypatch):
    monkeypatch.setattr("monitors.selectors.operation_lists.MAX_COUNTED", 2)
    for _ in range(3):
        operation()

    page = text(ana.get("/operations/"))

    assert "Mine 1,000+" in page
    assert "Failed 0" in page


@pytest.mark.parametrize("state", list(State))
def test_another_try_is_offered_where_nothing_of_the_first_can_still_happen(ana, operation, state):
    refresh = Refresh.objects.create(asked_at=timezone.now())
    shown = operation(state, settled_by=refresh)
    is_safe = state in {State.REFUSED, State.NOT_SENT, State.NOT_APPLIED, State.CONTRADICTED}

    for path in (f"/operations/{shown.pk}/", "/operations/"):
        offered = f"/append/?again={shown.pk}" in "".join(attributes(ana.get(path), "href"))
        assert offered == is_safe, path


def test_what_a_list_shows_after_all_is_not_tried_again(ana, operation):
    shown = operation(State.REFUSED, shown_by=Refresh.objects.create(asked_at=timezone.now()))

    assert "again=" not in ana.get(f"/operations/{shown.pk}/").content.decode()


@pytest.mark.parametrize(
    ("role", "task", "is_offered"),
    [
        (Role.AUDITORS, "append", False),
        (Role.SUPPORT, "append", True),
        (Role.SUPPORT, "delete", False),
        (Role.ACCOUNT_MANAGERS, "delete", True),
    ],
)
def test_another_try_is_offered_to_those_who_may(as_role, operation, role, task, is_offered):
    shown = operation(State.REFUSED, task=task)

    for path in (f"/operations/{shown.pk}/", "/operations/?filter=all"):
        assert ("again=" in as_role(role).get(path).content.decode()) == is_offered, path


def test_one_that_did_not_take_effect_comes_back_filled_in_and_then_needs_nobody(ana, desk, record_named):
    record = record_named("billing-watch")
    desk.fault("close_before_answer", task="append")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "ESC-7"})
    first = Operation.objects.get()
    with lifted():
        Operation.objects.update(state=State.NOT_APPLIED, settled_at=timezone.now())

    form = ana.get(f"/records/{record.pk}/append/?again={first.pk}")
    ana.post(
        f"/records/{record.pk}/append/?again={first.pk}",
        {"user": "initech", "reason": "ESC-7", "token": str(uuid4())},
    )

    assert 'value="ESC-7"' in form.content.decode()
    first.refresh_from_db()
    assert first.dismissed_at is not None
    assert Operation.objects.exclude(pk=first.pk).get().dismissed_at is None


def test_what_failed_is_dismissed_by_whoever_asked_for_it_alone(ana, as_role, operation):
    failed, unknown = operation(State.REFUSED), operation(State.UNKNOWN)

    as_role(Role.SUPPORT).post(f"/operations/{failed.pk}/dismiss/")
    failed.refresh_from_db()
    assert failed.dismissed_at is None

    ana.post(f"/operations/{failed.pk}/dismiss/")
    ana.post(f"/operations/{unknown.pk}/dismiss/")

    failed.refresh_from_db()
    unknown.refresh_from_db()
    assert failed.dismissed_at is not None
    assert unknown.dismissed_at is None


def test_a_list_with_something_open_asks_again_and_gets_nothing_while_nothing_changed(ana, operation):
    shown = operation(State.PENDING)
    asking = attributes(ana.get("/operations/"), "hx-get")
    address = next(each for each in asking if each.startswith("/operations/"))

    assert ana.get(address).status_code == 204
    with lifted():
        Operation.objects.filter(pk=shown.pk).update(state=State.CONFIRMED, settled_at=timezone.now())
    assert ana.get(address).status_code == 200


def test_a_page_names_the_others_on_its_customer_and_of_its_ticket(ana, desk, record_named):
    for name, reason in (("billing-watch", "ESC-7 first"), ("abuse-desk", "ESC-7 second")):
        ana.post(
            f"/records/{record_named(name).pk}/append/",
            {"user": "umbrella", "reason": reason, "elsewhere": "too", "token": str(uuid4())},
        )
    first, second = Operation.objects.order_by("started_at")

    page = ana.get(f"/operations/{first.pk}/")

    assert attributes(page, "data-neighbour") == [str(second.pk)]
    assert "/operations/?filter=all&q=ESC-7" in attributes(page, "href")


def test_a_page_takes_as_many_queries_whatever_happened(ana, operation):
    shown = [operation() for _ in range(8)]
    with CaptureQueriesContext(connection) as queries:
        ana.get(f"/operations/{shown[0].pk}/")

    assert len(queries) <= 6
