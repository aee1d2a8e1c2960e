"""A form that was opened before the record changed says what changed and by whom, and asks again."""

from uuid import uuid4

import pytest

from monitors.models import MonitorRecord, Operation, Role
from tests.views.pages import attributes, text, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk, record_named):
    return record_named("billing-watch")


def fields(page, **changed):
    names = ("name", "new_name", "new_email", "new_frequency", "seen", "token")
    sent = {name: value_of(page, name) for name in names}
    shown = {f"initial-{name}": value_of(page, f"initial-{name}") for name in names[1:4]}
    return sent | shown | changed


def edit(client, record, **changed):
    """Open the form, and send it with these fields at once."""
    return send(client, record, client.get(f"/records/{record.pk}/edit/"), **changed)


def send(client, record, page, **changed):
    return client.post(f"/records/{record.pk}/edit/", fields(page, **changed))


@pytest.fixture
def ben(as_role):
    return as_role(Role.ADMINISTRATORS)


def test_an_edit_shows_what_somebody_else_changed_and_keeps_what_was_typed(ana, ben, record, load):
    opened = ana.get(f"/records/{record.pk}/edit/")
    edit(ben, record, new_frequency="50")
    load()

    answer = send(ana, record, opened, new_email="other@northmail.example", reason="ESC-1")

    assert answer.status_code == 422
    assert attributes(answer, "data-raced") == [""] or "data-raced" in answer.content.decode()
    assert "sample from 1 in 1,000 to 1 in 50 · just now · Administrators" in text(answer)
    assert "Nothing was sent." in text(answer)
    assert value_of(answer, "new_email") == "other@northmail.example"
    assert value_of(answer, "new_frequency") == value_of(answer, "initial-new_frequency") == "50"
    assert value_of(answer, "reason") == "ESC-1"
    assert Operation.objects.count() == 1

    again = send(ana, record, answer, reason="ESC-1")

    assert again.status_code == 302
    sent = Operation.objects.latest("started_at")
    assert sent.parameters == {"name": "billing-watch", "new_email": "other@northmail.example"}


def test_a_rename_by_somebody_else_is_a_change_too(ana, ben, record, load):
    opened = ana.get(f"/records/{record.pk}/edit/")
    edit(ben, record, new_name="billing-eu")
    load()

    answer = send(ana, record, opened, new_frequency="7")

    assert "name from billing-watch to billing-eu · just now · Administrators" in text(answer)
    assert send(ana, record, answer).status_code == 302
    assert Operation.objects.latest("started_at").parameters == {"name": "billing-eu", "new_frequency": "7"}


def test_a_change_outside_says_that_nobody_here_did_it(ana, desk, record, load):
    opened = ana.get(f"/records/{record.pk}/edit/")
    desk.store.edit(name="billing-watch", new_frequency=9)
    load()

    answer = send(ana, record, opened, new_frequency="7")

    assert "sample from 1 in 1,000 to 1 in 9 · just now · outside the desk" in text(answer)


def test_a_rename_outside_leads_to_the_form_of_the_record_under_its_new_name(ana, desk, load, record_named):
    record = record_named("abuse-desk")
    opened = ana.get(f"/records/{record.pk}/edit/")
    desk.store.edit(name="abuse-desk", new_name="abuse-eu")
    load()
    renamed = MonitorRecord.objects.named("abuse-eu")

    answer = send(ana, record, opened, new_frequency="7")

    assert "name from abuse-desk to abuse-eu · just now · outside the desk" in text(answer)
    assert f"/records/{renamed.pk}/edit/" in attributes(answer, "action")
    assert send(ana, renamed, answer).status_code == 302
    assert Operation.objects.get().parameters == {"name": "abuse-eu", "new_frequency": "7"}


def test_each_of_several_changes_is_named(ana, ben, record, load):
    opened = ana.get(f"/records/{record.pk}/edit/")
    edit(ben, record, new_frequency="50")
    load()
    edit(ben, record, new_name="billing-eu")
    load()

    answer = text(send(ana, record, opened, new_frequency="7"))

    assert answer.index("sample from 1 in 1,000 to 1 in 50") < answer.index(
        "name from billing-watch to billing-eu"
    )


def test_what_was_changed_back_is_no_race(ana, ben, record, load):
    opened = ana.get(f"/records/{record.pk}/edit/")
    for frequency in ("50", "1000"):
        edit(ben, record, new_frequency=frequency)
        load()

    assert send(ana, record, opened, new_frequency="7").status_code == 302


def test_a_delete_asks_for_the_name_again(ana, ben, record, load):
    path = f"/records/{record.pk}/delete/"
    opened = ana.get(path)
    edit(ben, record, new_name="billing-eu")
    load()
    sent = {
        "name": "billing-watch",
        "seen": value_of(opened, "seen"),
        "token": str(uuid4()),
        "reason": "ESC-2",
    }

    answer = ana.post(path, sent)

    assert answer.status_code == 422
    assert "name from billing-watch to billing-eu · just now · Administrators" in text(answer)
    assert "This field is required" not in text(answer)
    assert (value_of(answer, "name"), value_of(answer, "reason")) == ("", "ESC-2")
    assert not Operation.objects.filter(task="delete").exists()

    again = sent | {"name": "billing-eu", "seen": value_of(answer, "seen")}
    assert ana.post(path, again).status_code == 302
    assert Operation.objects.get(task="delete").record_name == "billing-eu"


@pytest.mark.parametrize("page", ["edit", "delete"])
def test_a_record_that_is_gone_is_said_so(ana, desk, record, load, page):
    opened = ana.get(f"/records/{record.pk}/{page}/")
    desk.store.delete(name="billing-watch")
    load()

    answer = ana.post(f"/records/{record.pk}/{page}/", {"seen": value_of(opened, "seen")}, follow=True)

    assert "Nothing was sent: billing-watch is no longer in SendGrid's list." in text(answer)
    assert not Operation.objects.exists()


@pytest.mark.parametrize("seen", ["", "x", "99999999", "-1"])
def test_whoever_does_not_say_what_they_saw_is_taken_at_their_word(ana, record, seen):
    answer = ana.post(f"/records/{record.pk}/edit/", {"new_frequency": "7", "seen": seen})

    assert answer.status_code == (302 if seen != "x" else 422)
