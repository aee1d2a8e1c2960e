"""One message a person a day says what of theirs ends, and none leaves unless a host is set."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from monitors.models import Attachment, Reminder
from monitors.services import clock, reminders
from monitors.wording.reminders import message
from tests.services.rows import a_record, an_attachment, minute
from tests.tampering import lifted

pytestmark = pytest.mark.django_db


@pytest.fixture
def sam(support, settings):
    settings.EMAIL_HOST = "mail.example"
    User.objects.filter(pk=support.pk).update(email="sam@northmail.example")
    return User.objects.get(pk=support.pk)


@pytest.fixture
def ending(sam):
    row = an_attachment(a_record(), "acme")
    with lifted():
        Attachment.objects.filter(pk=row.pk).update(owner=sam, expires_at=minute(300), reason="ESC-1")
    return row


def send(*, at=0.0):
    with clock.reading(lambda: minute(at)):
        return reminders.send_due(message)


def test_one_message_a_day_says_what_ends(ending, mailoutbox, settings):
    settings.DESK_URL = "https://desk.example"

    assert send() == 1
    assert send(at=5) == 0

    assert [mail.to for mail in mailoutbox] == [["sam@northmail.example"]]
    assert mailoutbox[0].subject == "Monitor Desk: 1 customer ending within a day"
    assert "- acme on one, 3 Mar 2026, 17:00:00 UTC (ESC-1)" in mailoutbox[0].body
    assert "https://desk.example/review/" in mailoutbox[0].body
    assert Reminder.objects.get().sent_at == minute(0)


def test_the_next_day_is_another_day(ending, mailoutbox):
    send()
    Attachment.objects.update(expires_at=minute(300) + timedelta(days=1))

    assert send(at=24 * 60) == 1


def test_without_a_host_nothing_leaves(ending, mailoutbox, settings):
    settings.EMAIL_HOST = ""

    assert send() == 0
    assert (mailoutbox, Reminder.objects.count()) == ([], 0)


@pytest.mark.parametrize("hours", [-6, 7])
def test_nobody_is_woken_at_night(ending, mailoutbox, hours):
    assert send(at=hours * 60) == 0


@pytest.mark.parametrize(
    "columns",
    [
        {"expires_at": minute(25 * 60)},
        {"expires_at": minute(-5)},
        {"expires_at": None},
        {"owner": None},
        {"detached_at": minute(-1), "span": 1},
    ],
)
def test_only_what_is_theirs_and_ends_within_a_day_is_named(ending, mailoutbox, columns):
    with lifted():
        Attachment.objects.update(**columns)

    assert send() == 0


def test_somebody_without_an_address_is_passed_over(ending, sam, mailoutbox):
    User.objects.filter(pk=sam.pk).update(email="")

    assert send() == 0


def test_what_could_not_be_sent_is_noted_and_sent_later(ending, mailoutbox, settings):
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.services.test_reminders.Refusing"

    assert send() == 0
    assert Reminder.objects.get().problem == "no route"
    settings.EMAIL_BACKEND = backend

    assert send(at=5) == 1
    assert Reminder.objects.get().problem == ""


def test_one_that_may_have_left_is_not_sent_again(ending, sam, mailoutbox):
    Reminder.objects.create(person=sam, day=minute(0).date(), attachments=1, began_at=minute(0))

    assert send() == 0


class Refusing:
    def __init__(self, **_: object) -> None:
        pass

    def send_messages(self, _messages: object) -> int:
        raise OSError("no route")
