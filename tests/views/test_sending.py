"""A write does not wait in the browser: the page shows its state, what it waits for, and how to try it again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Failure, Mirror, MonitorRecord, Operation, State, Throttle
from monitors.services.senders import Dispatcher
from tests.tampering import lifted
from tests.views.pages import attributes, notice_of, pieces, text, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(desk):
    """A worker that is alive; it sends when it is told to."""
    Mirror.objects.update(worker_seen_at=timezone.now())
    Throttle.objects.update(allowance=100, refilled_at=timezone.now())

    def send():
        dispatcher = Dispatcher(1)
        dispatcher.turn()
        while not dispatcher.is_idle:
            while (claimed := dispatcher.next_one()) is not None:
                dispatcher.send_one(claimed)
            dispatcher.turn()

    return send


@pytest.fixture
def record(desk):
    return MonitorRecord.objects.get(name="billing-watch")


def append(client, record, user, **more):
    return client.post(
        f"/records/{record.pk}/append/",
        {"user": user, "reason": "T-1", "elsewhere": "too"} | more,
        follow=True,
    )


def test_the_page_after_an_append_shows_the_row_and_that_it_is_being_sent(ana, desk, worker, record):
    called = len(desk.calls)

    page = append(ana, record, "acme")

    assert page.status_code == 200
    assert "Sending · Append acme to billing-watch It will be sent in a moment." in text(page)
    assert "acme not confirmed yet 3 days once confirmed Sending" in text(page)
    assert "Look again" in text(page)
    assert len(desk.calls) == called


def test_the_notice_goes_on_to_what_sendgrid_said(ana, worker, record):
    append(ana, record, "acme")
    operation = Operation.objects.get()
    assert text(notice_of(ana, operation)).startswith("Sending")

    worker()

    assert text(notice_of(ana, operation)).startswith("Accepted, confirming · Appended acme to billing-watch")


def test_a_second_action_says_what_it_waits_for_and_a_page_learns_when_that_changes(ana, worker, record):
    append(ana, record, "acme")
    page = ana.post(f"/records/{record.pk}/edit/", edit(record, frequency="7"), follow=True)

    assert "It waits until this is done: Append acme to billing-watch." in text(page)
    first, second = Operation.objects.order_by("started_at")
    poll = f"/operations/states/?notice={second.pk}.{attributes(page, 'data-notice')[0]}"
    assert ana.get(poll).status_code == 204
    with lifted():
        Operation.objects.filter(pk=first.pk).update(state=State.ACCEPTED, ended_at=timezone.now())
    assert "Waits for" not in pieces(ana.get(poll))["innerHTML:#notices"]
    assert second.state == State.QUEUED


def edit(record, frequency):
    return {"new_name": record.name, "new_email": record.email, "new_frequency": frequency, "reason": "T-2"}


def test_one_that_is_overdue_is_never_said_to_be_under_way_for_ever(ana, worker, record):
    append(ana, record, "acme")
    operation = Operation.objects.get()
    with lifted():
        Operation.objects.update(send_by=timezone.now() - timedelta(seconds=1))

    assert "the desk could not send it in time" in text(ana.get(f"/operations/{operation.pk}/"))


# What came to nothing, once more


def test_a_refusal_reaches_the_person_on_the_page_with_a_way_to_the_filled_form(ana, worker, record):
    append(ana, record, "nobody-we-know")
    worker()

    operation = Operation.objects.get()
    notice = notice_of(ana, operation)
    form = ana.get(f"/records/{record.pk}/append/?again={operation.pk}")

    assert "Refused · Append nobody-we-know to billing-watch" in text(notice)
    assert f"/records/{record.pk}/append/?again={operation.pk}" in attributes(notice, "href")
    assert form.status_code == 200
    assert "SendGrid refused this User not found" in text(form)
    assert (value_of(form, "user"), value_of(form, "reason")) == ("nobody-we-know", "T-1")
    assert value_of(form, "token") not in ("", str(operation.token))


def test_an_edit_once_more_sends_what_was_wanted_and_no_more(ana, desk, worker, record):
    desk.fault("e1", task="edit")
    ana.post(f"/records/{record.pk}/edit/", edit(record, frequency="7"))
    worker()
    form = ana.get(f"/records/{record.pk}/edit/?again={Operation.objects.get().pk}")

    assert value_of(form, "new_frequency") == "7"
    names = ("name", "new_name", "new_email", "new_frequency", "reason", "token")
    before = {f"initial-{name}": value_of(form, f"initial-{name}") for name in names[1:4]}
    assert before["initial-new_frequency"] == "1000"
    ana.post(f"/records/{record.pk}/edit/", before | {name: value_of(form, name) for name in names})

    again = Operation.objects.latest("started_at")
    assert again.parameters == {"name": "billing-watch", "new_frequency": "7"}


@pytest.mark.parametrize("task", ["create", "delete", "detach"])
def test_the_other_forms_come_back_filled_in_too(ana, desk, worker, record, task):
    desk.fault("e1", task=task)
    abuse = MonitorRecord.objects.get(name="abuse-desk")
    path, fields, shown = {
        "create": (
            "/records/new/",
            {"name": "six", "email": "six@northmail.example", "frequency": "6"},
            ("email", "six@northmail.example"),
        ),
        "delete": (
            f"/records/{record.pk}/delete/",
            {"name": "billing-watch"},
            ("name", "billing-watch"),
        ),
        "detach": (f"/records/{abuse.pk}/detach/", {"user": "acme"}, ("user", "acme")),
    }[task]
    ana.post(path, fields)
    worker()
    operation = Operation.objects.get()

    links = attributes(notice_of(ana, operation), "href")
    form = ana.get(next(address for address in links if "again=" in address))

    assert value_of(form, shown[0]) == shown[1]
    assert "SendGrid refused this" in text(form)


def test_a_form_is_not_filled_in_for_what_was_done(ana, worker, record):
    append(ana, record, "acme")
    worker()

    form = ana.get(f"/records/{record.pk}/append/?again={Operation.objects.get().pk}")

    assert value_of(form, "user") == ""


# Said before it is sent


def ago(**span):
    return timezone.now() - timedelta(**span)


TROUBLE = {
    "no list for minutes": (
        {"failing_since": {"minutes": 4}, "failure_kind": Failure.SILENT},
        {},
        "SendGrid has not answered for 4 min. Send it anyway?",
    ),
    "credentials refused": (
        {"failing_since": {"seconds": 3}, "failure_kind": Failure.CREDENTIALS},
        {},
        "SendGrid has refused the desk's own user and key since",
    ),
    "a pause": ({}, {"paused_until": {"seconds": -30}}, "SendGrid asked for a pause until"),
    "a broken circuit": (
        {},
        {"failures": 6, "broken_until": {"seconds": -30}},
        "SendGrid did not answer 6 times in a row. Send it anyway?",
    ),
}


def set_up(mirror, throttle):
    for model, columns in ((Mirror, mirror), (Throttle, throttle)):
        values = {name: ago(**value) if isinstance(value, dict) else value for name, value in columns.items()}
        if values:
            model.objects.update(**values)


@pytest.mark.parametrize("case", TROUBLE.values(), ids=TROUBLE)
def test_what_would_probably_not_get_through_is_said_before_it_is_sent(ana, worker, record, case):
    set_up(*case[:2])

    answer = append(ana, record, "acme")

    assert answer.status_code == 422
    assert "Nothing has been sent yet" in text(answer)
    assert case[2] in text(answer)
    assert (value_of(answer, "user"), value_of(answer, "reason")) == ("acme", "T-1")
    assert not Operation.objects.exists()


@pytest.mark.parametrize("case", TROUBLE.values(), ids=TROUBLE)
def test_it_is_sent_anyway_when_somebody_says_so(ana, worker, record, case):
    set_up(*case[:2])

    append(ana, record, "acme", anyway="yes")

    operation = Operation.objects.get()
    assert (operation.state, operation.is_insisted) == (State.QUEUED, True)


def test_one_list_that_did_not_come_is_no_trouble_yet(ana, worker, record):
    Mirror.objects.update(failing_since=ago(seconds=30), failure_kind=Failure.SILENT)

    append(ana, record, "acme")

    assert Operation.objects.get().state == State.QUEUED


@pytest.mark.parametrize("path", ["detach", "edit", "delete"])
def test_every_form_says_it_first(ana, worker, path):
    Throttle.objects.update(failures=6, broken_until=ago(seconds=-30))
    of = MonitorRecord.objects.get(name="billing-watch" if path == "delete" else "abuse-desk")
    fields = {"user": "acme", "name": "billing-watch"} if path != "edit" else edit(of, frequency="7")
    fields = fields if path != "detach" else {"user": "acme"}

    answer = ana.post(f"/records/{of.pk}/{path}/", fields)

    assert "Send anyway" in text(answer)


def test_without_a_worker_the_pages_say_that_it_may_take_a_moment(ana, desk):
    assert "which may take a moment" in text(ana.get("/"))
