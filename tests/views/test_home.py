"""What needs somebody: each kind with its next step, a number in the bar, calm when there is nothing."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import (
    Attachment,
    AuditEvent,
    Change,
    Mirror,
    MonitorRecord,
    Operation,
    Plan,
    Refresh,
    Role,
    State,
    Visit,
)
from monitors.models.operation import NEEDS_SOMEBODY
from monitors.selectors import needs
from monitors.views.home import landing
from tests.services.plans import drawn
from tests.tampering import lifted
from tests.unguarded import free_operations
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def any_state(db):
    free_operations()


def append(client, record, user, **fields):
    path = f"/records/{record.pk}/append/"
    client.post(path, {"user": user, "reason": "ESC-1", "token": str(uuid4())} | fields)
    return Operation.objects.latest("started_at")


@pytest.fixture
def record(desk, record_named):
    return record_named("billing-watch")


def badge(page):
    source = page.content.decode().partition('class="badge">')[2]
    return source.partition("<")[0].strip()


def needing(page):
    return attributes(page, "data-need")


def test_nothing_to_do_is_one_calm_sentence_in_few_queries(ana, desk):
    ana.get("/home/")

    with CaptureQueriesContext(connection) as queries:
        page = ana.get("/home/")

    assert "Nothing needs you" in text(page)
    assert "All is as you left it" in text(page)
    assert attributes(page, "data-empty") == ["calm"]
    assert needing(page) == []
    assert badge(page) == ""
    assert len(queries) <= 6


@pytest.mark.parametrize("state", NEEDS_SOMEBODY)
def test_an_operation_that_came_to_nothing_or_is_unknown_needs_its_author_alone(ana, as_role, record, state):
    operation = append(ana, record, "initech")
    with lifted():
        Operation.objects.update(state=state, settled_at=None if state == State.UNKNOWN else timezone.now())

    page, others = ana.get("/home/"), as_role(Role.SUPPORT).get("/home/")

    assert "operations" in needing(page)
    assert str(operation.pk) in attributes(page, "data-operation")
    assert badge(page) == "1"
    assert "Append initech to billing-watch" in text(page)
    assert str(operation.pk) not in attributes(others, "data-operation")
    assert badge(others) == ""


@pytest.mark.parametrize("state", sorted(set(State) - set(NEEDS_SOMEBODY)))
def test_an_operation_that_only_takes_its_time_needs_nobody(ana, record, state):
    append(ana, record, "initech")
    with lifted():
        Operation.objects.update(state=state, settled_at=None)

    assert "operations" not in needing(ana.get("/home/"))


def test_a_failed_one_is_tried_again_or_dismissed(ana, record):
    operation = append(ana, record, "nobody such")
    with lifted():
        Operation.objects.update(state=State.REFUSED, words=["User not found"], settled_at=None)

    page = ana.get("/home/")
    ana.post(f"/operations/{operation.pk}/dismiss/", {"next": "/home/"})

    assert "SendGrid said “User not found”" in text(page)
    assert f"/records/{record.pk}/append/?again={operation.pk}" in attributes(page, "href")
    assert badge(ana.get("/home/")) == ""


def test_what_a_plan_did_is_the_plans_to_tell(ana, manager, record):
    plan = drawn(manager, "globex", record="billing-watch")
    operation = append(ana, record, "initech")
    with lifted():
        Operation.objects.filter(pk=operation.pk).update(
            state=State.REFUSED, change=Change.objects.filter(plan=plan).first()
        )

    assert "operations" not in needing(ana.get("/home/"))


def test_what_ends_today_stands_there_until_it_is_over(ana, record, stopped_clock):
    append(ana, record, "initech", until="1w")
    row = Attachment.objects.get(customer__username="initech")
    ends = {
        "tomorrow": stopped_clock + timedelta(days=2),
        "today": stopped_clock.replace(hour=23, minute=59),
        "overdue": stopped_clock - timedelta(hours=1),
    }

    shown = {}
    for name, moment in ends.items():
        Attachment.objects.filter(pk=row.pk).update(expires_at=moment)
        shown[name] = "ending" in needing(ana.get("/home/"))

    assert shown == {"tomorrow": False, "today": True, "overdue": True}
    assert f"/ends/extend/?attachment={row.pk}&next=/home/" in attributes(ana.get("/home/"), "href")


def test_a_customer_without_an_end_or_a_reason_is_shown_and_not_counted(ana, record):
    append(ana, record, "initech", until="none", reason="")

    page = ana.get("/home/")

    assert needing(page) == ["undecided"]
    assert "no end, no reason" in text(page)
    assert "Nothing needs you" not in text(page)
    assert badge(page) == ""


def test_plans_that_wait_and_plans_that_failed(ana, manager, desk):
    waiting, failed = (drawn(manager, name, record="billing-watch") for name in ("globex", "initech"))
    Plan.objects.filter(pk=failed.pk).update(state="done", ended_at=timezone.now())
    Change.objects.filter(plan=failed).update(state="refused")

    page = ana.get("/home/")
    assert attributes(page, "data-plan") == [str(waiting.pk), str(failed.pk)]
    assert badge(page) == "1"

    ana.post(f"/plans/{failed.pk}/dismiss/")
    ana.post(f"/plans/{waiting.pk}/cancel/")
    assert "plans" not in needing(ana.get("/home/"))


def test_a_held_list_needs_whoever_may_decide_on_it(as_role, desk):
    held = Refresh.objects.create(
        asked_at=timezone.now(), outcome="held", records=5, removed_records=1, removed_attachments=400
    )
    Mirror.objects.update(held=held)

    administrator, manager = (as_role(role).get("/home/") for role in (Role.ADMINISTRATORS, Role.SUPPORT))

    assert "held" in needing(administrator)
    assert badge(administrator) == "1"
    assert f"/upstream/lists/{held.pk}/" in attributes(administrator, "href")
    assert "held" not in needing(manager)
    assert badge(manager) == ""


def test_changes_outside_are_new_until_they_are_marked_as_seen(ana, as_role, desk, load, record):
    colleague = as_role(Role.SUPPORT)
    desk.store.append(name="billing-watch", user="umbrella")
    load()
    page = ana.get("/home/")
    number = AuditEvent.objects.filter(source="outside").latest("number").number

    assert "umbrella appeared on billing-watch" in text(page)
    assert badge(page) == ""

    ana.post("/home/seen/", {"number": str(number)})

    assert "outside" not in needing(ana.get("/home/"))
    assert "outside" in needing(colleague.get("/home/"))


def test_what_happened_before_the_first_visit_is_nothing_new(desk, load, as_role):
    desk.store.append(name="billing-watch", user="umbrella")
    load()

    assert "outside" not in needing(as_role(Role.AUDITORS).get("/home/"))


def test_nobody_marks_as_seen_what_has_not_happened(ana, manager, desk):
    ana.post("/home/seen/", {"number": "999999"})
    ana.post("/home/seen/", {"number": "nonsense"})

    assert Visit.objects.get(person=manager).seen_number <= AuditEvent.objects.latest("number").number


def test_a_visit_remembers_the_one_before(manager, desk):
    for _ in range(2):
        Client().force_login(manager)

    visit = Visit.objects.get()
    assert visit.before_at is not None
    assert visit.before_at <= visit.began_at


def test_a_look_writes_nothing(ana, record):
    append(ana, record, "initech", until="today")
    with CaptureQueriesContext(connection) as queries:
        ana.get("/home/")

    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_a_full_page_takes_no_more_queries_however_much_there_is(ana, manager, desk, load, record):
    for name in ("initech", "umbrella"):
        append(ana, record, name, until="today", reason="")
        drawn(manager, "globex", record="abuse-desk")
    with lifted():
        Operation.objects.update(state=State.REFUSED)
    desk.store.append(name="abuse-desk", user="umbrella")
    load()

    with CaptureQueriesContext(connection) as queries:
        page = ana.get("/home/")

    assert needing(page) == ["operations", "ending", "plans", "undecided", "outside"]
    assert len(queries) <= 6, "\n".join(query["sql"] for query in queries)


def test_an_administrators_takes_six_too(ben, desk, record, django_assert_max_num_queries):
    append(ben, record, "initech", until="today", reason="")
    append(ben, record, "umbrella")
    with lifted():
        Operation.objects.update(state=State.REFUSED)
        Attachment.objects.filter(customer__username="initech").update(
            expires_at=timezone.now() - timedelta(hours=1)
        )
    ben.get("/home/")

    with django_assert_max_num_queries(6):
        page = ben.get("/home/")

    assert {"operations", "overdue", "undecided"} <= set(needing(page))


def test_the_number_in_the_bar_counts_what_the_page_shows(ana, manager, record):
    for name in ("initech", "umbrella"):
        append(ana, record, name, until="today")
    with lifted():
        Operation.objects.filter(username="initech").update(state=State.REFUSED)
    drawn(manager, "globex", record="abuse-desk")

    counted = ana.get("/home/").context["frame"].needs

    now = timezone.now()
    assert counted.operations == len(needs.operations(manager)) == 1
    assert counted.ends == len(needs.ending(manager, now)) == 2
    assert counted.plans == len(needs.waiting_plans(manager)) == 1


def test_the_number_follows_while_the_page_is_open(ana, record):
    asking = next(each for each in attributes(ana.get("/"), "hx-get") if "part=frame" in each)
    append(ana, record, "initech")
    with lifted():
        Operation.objects.update(state=State.REFUSED)

    answer = ana.get(asking)

    assert answer.status_code == 200
    assert badge(answer) == "1"
    assert 'id="needing" hx-swap-oob="true"' in answer.content.decode()


def test_signing_in_leads_to_what_needs_somebody(client, manager, record):
    manager.set_password("correct horse")
    manager.save()

    def sign_in():
        fields = {"username": manager.username, "password": "correct horse"}
        return client.post("/accounts/login/", fields).headers["Location"]

    assert sign_in() == "/"
    append(client, record, "initech")
    with lifted():
        Operation.objects.update(state=State.REFUSED)
    assert sign_in() == landing(manager) == "/home/"


@pytest.mark.parametrize("role", Role)
def test_every_role_has_its_page(as_role, desk, role, person, settings):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    Mirror.objects.update(worker_seen_at=timezone.now())
    person(Role.SUPPORT)
    page = as_role(role).get("/home/")

    assert page.status_code == 200
    assert ("Who is monitored" in text(page)) == (role in {Role.AUDITORS, Role.ADMINISTRATORS})
    assert ("My operations" in text(page)) == (role is not Role.AUDITORS)


def test_before_the_first_list_it_says_so(ana):
    page = ana.get("/home/")

    assert attributes(page, "data-empty") == ["never"]


def test_no_record_at_all_is_calm_too(ana, upstream, load):
    load()

    assert MonitorRecord.objects.count() == 0
    assert attributes(ana.get("/home/"), "data-empty") == ["calm"]
