"""Owner, description and tags are given with a new record, and it has them as soon as it is there."""

import pytest

from monitors.models import AuditEvent, Kind, MonitorRecord, Operation, Plan, RecordDetails, RecordTag, State
from monitors.services import clock, details, records
from monitors.services.errors import Invalid
from monitors.services.plans import undo
from monitors.services.submission import Submission
from monitors.wording.events import event_sentence
from tests.services.plans import run
from tests.views.pages import text, value_of

pytestmark = pytest.mark.django_db

NEW = {"name": "vip-watch", "email": "vip@northmail.example", "frequency": "20"}
OURS = {"owner": "account_managers", "description": "VIPs in the EU", "tags": "EU, vip"}


@pytest.fixture
def by(manager):
    return Submission(actor=manager, reason="T-1")


def create(client, query="", **values):
    return client.post(f"/records/new/{query}", NEW | OURS | values, follow=True)


def wait_for(operation):
    """Until nothing of its call can still be under way, and a list may judge it."""
    Operation.objects.filter(pk=operation.pk).update(deadline_at=clock.now())


def ours_of(record):
    row = RecordDetails.objects.get(record=record)
    return row.owner and row.owner.username, row.description, row.tags


def test_a_new_record_has_them_once_sendgrid_has_accepted_it(ana, desk, record_named):
    page = create(ana, reason="T-1")

    record = record_named("vip-watch")
    assert ours_of(record) == ("account_managers", "VIPs in the EU", ["eu", "vip"])
    assert set(RecordTag.objects.filter(record=record).values_list("tag", flat=True)) == {"eu", "vip"}
    assert "VIPs in the EU" in text(page)
    event = AuditEvent.objects.get(kind=Kind.DETAILS)
    assert (event.actor_username, event.reason, event.record_id) == ("account_managers", "T-1", record.pk)
    assert str(event_sentence(event)).startswith("vip-watch: owner account_managers instead of nobody")


def test_nothing_of_it_is_sent(ana, desk):
    create(ana)

    (call,) = [call for call in desk.calls if call.task == "create"]
    assert call.parameters.keys() - {"api_user", "task", "method"} == {"name", "email", "frequency"}


def test_a_record_that_only_a_list_shows_gets_them_from_the_operation_that_it_shows(ana, desk, load):
    desk.fault("close_before_answer", task="create", applied=True)
    create(ana)
    operation = Operation.objects.get()
    assert (operation.state, RecordDetails.objects.exists()) == (State.UNKNOWN, False)
    asked = "At this desk owner account_managers · tags eu, vip · “VIPs in the EU”"
    assert asked in text(ana.get(f"/operations/{operation.pk}/"))
    wait_for(operation)

    load()

    operation.refresh_from_db()
    assert operation.state == State.CONFIRMED
    assert ours_of(operation.record or MonitorRecord.objects.get(name="vip-watch"))[2] == ["eu", "vip"]


def test_what_was_refused_has_none_and_the_form_shows_them_again(ana, desk):
    desk.fault("e1", task="create", times=1)
    create(ana)

    again = ana.get(f"/records/new/?again={Operation.objects.get().pk}")

    assert not RecordDetails.objects.exists()
    assert value_of(again, "tags") == "eu, vip"
    assert "VIPs in the EU" in text(again)
    create(ana, query=f"?again={Operation.objects.get().pk}")
    assert RecordDetails.objects.get().tags == ["eu", "vip"]


def test_an_owner_who_left_before_the_record_came_is_not_its_owner(by, desk, load, manager):
    desk.fault("close_before_answer", task="create", applied=True)
    new = {"name": "vip-watch", "email": "vip@northmail.example", "frequency": 20}
    wait_for(
        records.create(submission=by, **new, ours=details.Wanted(owner="account_managers", tags=("eu",)))
    )
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)

    load()

    assert ours_of(MonitorRecord.objects.get(name="vip-watch")) == (None, "", ["eu"])


def test_an_owner_nobody_knows_is_refused_before_anything_is_sent(by, desk):
    with pytest.raises(Invalid) as refused:
        records.create(
            submission=by,
            name="x",
            email="x@y.example",
            frequency=1,
            ours=details.Wanted(owner="nobody-here"),
        )

    assert refused.value.field == "owner"
    assert not Operation.objects.exists()


def test_a_copy_begins_with_them(ana, by, desk, record_named):
    record = record_named("abuse-desk")
    details.save(submission=by, record=record, wanted=details.Wanted(description="Abuse", tags=("eu",)))

    page = ana.get(f"/records/new/?from={record.pk}")

    assert value_of(page, "tags") == "eu"
    assert "Abuse" in text(page)


def test_a_copy_with_its_customers_has_them_once_the_plan_has_run(ana, desk, manager, record_named):
    record = record_named("abuse-desk")
    preview = create(ana, query=f"?from={record.pk}", with_customers="on")
    assert "1 in 20 to vip@northmail.example · owner account_managers · tags eu, vip" in text(preview)

    run(Plan.objects.get(), manager)

    assert ours_of(record_named("vip-watch"))[1:] == ("VIPs in the EU", ["eu", "vip"])


def test_a_deleted_record_is_created_again_with_them(by, desk, manager, record_named):
    record = record_named("billing-watch")
    details.save(submission=by, record=record, wanted=details.Wanted(tags=("eu",)))
    delete = records.delete(submission=by, record=record)

    run(undo.of_operation(submission=by, operation=delete), manager)

    again = MonitorRecord.objects.get(name="billing-watch", gone_at=None)
    assert again != record
    assert ours_of(again) == (None, "", ["eu"])
