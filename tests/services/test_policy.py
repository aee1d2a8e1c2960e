"""Rules of ours on top of the API's: where samples may go, and what needs a reason."""

import pytest

from monitors.models import MonitorRecord, Operation
from monitors.services import attachments, policy, records
from monitors.services.errors import Invalid
from monitors.services.submission import Submission


@pytest.fixture
def _northmail_alone(settings):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example", "audit.example"]


@pytest.mark.usefixtures("_northmail_alone")
@pytest.mark.parametrize(
    ("email", "is_allowed"),
    [
        ("a@northmail.example", True),
        ("a@audit.example", True),
        ("a@NorthMail.Example", True),
        ('"a@other"@northmail.example', True),
        ("a@other.example", False),
        ("a@eu.northmail.example", False),
        ("a@northmail.example.evil", False),
        ("a@northmail.example@other.example", False),
        ("", False),
    ],
)
def test_samples_go_to_the_allowed_domains_alone(email, is_allowed):
    assert policy.is_allowed(email) is is_allowed


def test_samples_go_anywhere_where_no_domain_is_named(settings):
    settings.MONITOR_EMAIL_DOMAINS = []

    assert policy.is_allowed("a@other.example")


@pytest.mark.usefixtures("_northmail_alone")
def test_a_mailbox_that_is_not_allowed_is_refused_with_the_domains_that_are():
    with pytest.raises(Invalid) as refused:
        policy.check_mailbox("a@other.example", field="new_email")

    assert refused.value.field == "new_email"
    assert refused.value.message == "Samples may only go to mailboxes at northmail.example, audit.example."


@pytest.mark.django_db
@pytest.mark.usefixtures("_northmail_alone")
def test_no_task_sends_samples_to_a_mailbox_that_is_not_allowed(upstream, load, manager):
    upstream.store.create(name="one", email="a@northmail.example", frequency=5)
    load()
    record, submission = MonitorRecord.objects.get(), Submission(actor=manager)

    with pytest.raises(Invalid) as created:
        records.create(submission=submission, name="two", email="a@other.example", frequency=1)
    with pytest.raises(Invalid) as edited:
        records.edit(submission=submission, record=record, new_email="a@other.example")

    assert (created.value.field, edited.value.field) == ("email", "new_email")
    assert not Operation.objects.exists()
    records.edit(submission=submission, record=record, new_frequency=9)
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_task_that_needs_a_reason_is_refused_without_one(settings, reason):
    settings.REQUIRE_REASON = frozenset({"append"})

    with pytest.raises(Invalid) as refused:
        policy.check_reason(reason, task="append")

    assert (refused.value.field, refused.value.message) == ("reason", "Enter a reason or ticket.")
    policy.check_reason("T-1", task="append")
    policy.check_reason("", task="detach")


@pytest.mark.django_db
def test_a_write_without_its_reason_is_not_sent(upstream, load, manager, settings):
    settings.REQUIRE_REASON = frozenset({"detach"})
    upstream.store.seed(records=[("one", "a@northmail.example", 5, ["acme"])])
    load()
    record = MonitorRecord.objects.get()

    with pytest.raises(Invalid, match="reason or ticket"):
        attachments.detach(submission=Submission(actor=manager), record=record, user="acme")

    assert not Operation.objects.exists()
    assert [call.task for call in upstream.calls] == ["list"]
