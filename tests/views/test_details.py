"""Owner, description and tags of a record: the desk's own, found by, told in the log, and never sent."""

import pytest

from monitors.models import (
    AuditEvent,
    Kind,
    MonitorRecord,
    Operation,
    RecordDetails,
    RecordTag,
    Role,
    SavedFilter,
)
from monitors.services import details
from monitors.services.errors import Denied, Invalid
from monitors.services.submission import Submission
from monitors.wording.events import event_sentence
from tests.views.pages import attributes, text, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk, record_named):
    return record_named("abuse-desk")


@pytest.fixture
def save(record, manager):
    def save(reason="", of=record, **wanted):
        submission = Submission(actor=manager, reason=reason)
        return details.save(submission=submission, record=of, wanted=details.Wanted(**wanted))

    return save


def post(client, record, **values):
    return client.post(f"/records/{record.pk}/edit/", values, follow=True)


def test_what_is_the_desks_own_is_saved_without_a_call(ana, record, desk):
    page = post(ana, record, owner="account_managers", description="Abuse in the EU", tags="EU, vip,  eu")

    assert "Saved. Nothing was sent to SendGrid." in text(page)
    row = RecordDetails.objects.get()
    assert (row.owner.username, row.description, row.tags) == (
        "account_managers",
        "Abuse in the EU",
        ["eu", "vip"],
    )
    assert not Operation.objects.exists()
    shown = text(page)
    assert "Owner Account_Managers" in shown
    assert "Tags eu, vip" in shown
    assert "Abuse in the EU" in shown


def test_the_form_shows_what_is_there_and_takes_it_away_again(ana, record, save):
    save(owner="account_managers", description="x", tags=("eu",))
    page = ana.get(f"/records/{record.pk}/edit/")
    assert value_of(page, "tags") == "eu"

    shown = {
        f"initial-{name}": value
        for name, value in (("owner", "account_managers"), ("description", "x"), ("tags", "eu"))
    }
    post(ana, record, owner="", description="", tags="", **shown)

    row = RecordDetails.objects.get()
    assert (row.owner, row.description, row.tags) == (None, "", [])
    assert not RecordTag.objects.exists()


def test_with_a_change_of_the_record_both_are_done(ana, record, desk):
    page = post(ana, record, new_frequency="7", tags="eu")

    assert MonitorRecord.objects.get(pk=record.pk).frequency == 7
    assert RecordDetails.objects.get().tags == ["eu"]
    assert "1 in 7" in text(page)


def test_what_is_not_good_is_said_in_the_form_and_nothing_is_sent(ana, record):
    page = post(ana, record, new_frequency="7", tags=",".join(f"t{n}" for n in range(21)))

    assert "A record has at most 20 tags." in text(page)
    assert MonitorRecord.objects.get(pk=record.pk).frequency == 100
    assert not RecordDetails.objects.exists()
    assert "A tag has at most 40 characters." in text(post(ana, record, tags="x" * 41))


def test_before_and_after_stand_in_the_log_and_in_the_history(ana, record, save):
    save(owner="account_managers", tags=("eu",), reason="T-1")
    assert not save(owner="account_managers", tags=("EU ",))
    save(owner="")

    first, second = AuditEvent.objects.filter(kind=Kind.DETAILS).order_by("number")
    assert (
        str(event_sentence(first))
        == "abuse-desk: owner account_managers instead of nobody, tags eu instead of none"
    )
    assert str(event_sentence(second)) == "abuse-desk: owner nobody instead of account_managers"
    assert (first.reason, first.record_id) == ("T-1", record.pk)
    assert "owner nobody instead of account_managers" in text(ana.get(f"/records/{record.pk}/"))


def test_only_who_may_edit_a_record_may_change_them(record, support):
    with pytest.raises(Denied):
        details.save(submission=Submission(actor=support), record=record, wanted=details.Wanted(tags=("x",)))


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"owner": "nobody-here"}, "owner"),
        ({"description": "x" * 1001}, "description"),
        ({"tags": ("x" * 41,)}, "tags"),
        ({"tags": tuple(map(str, range(21)))}, "tags"),
    ],
)
def test_the_service_refuses_what_the_form_would(save, wanted, field):
    with pytest.raises(Invalid) as refused:
        save(**wanted)
    assert refused.value.field == field


def found(client, **query):
    return [
        MonitorRecord.objects.get(pk=key).name for key in attributes(client.get("/", query), "data-record-id")
    ]


def test_records_are_found_by_owner_and_by_tag(ana, record, save, record_named):
    save(owner="account_managers", tags=("eu", "vip"))
    save(of=record_named("billing-watch"), tags=("eu",))

    assert found(ana, tag="EU") == ["abuse-desk", "billing-watch"]
    assert found(ana, tag="vip") == ["abuse-desk"]
    assert found(ana, tag="eu", owner="Account_M") == ["abuse-desk"]
    assert found(ana, owner="-") == ["billing-watch"]
    assert found(ana, owner="sam") == []
    assert found(ana, tag="eu", filter="no-customers") == ["billing-watch"]


def test_the_head_and_the_chips_say_what_is_filtered(ana, save):
    save(tags=("eu",))
    page = ana.get("/", {"tag": "eu"})

    assert "1 of 2 records" in text(page)
    assert "Tag: eu" in text(page)
    assert "/?tag=eu" in attributes(page, "href")


def test_all_that_match_are_those_of_the_filter(ana, save, record_named):
    save(tags=("eu",))
    data = {"of": "records", "do": "edit", "all": "1", "tag": "eu", "q": "", "filter": ""}

    assert "1 record" in text(ana.post("/plans/select/", data))


def test_a_record_renamed_outside_keeps_them(record, save, desk, load, ana):
    save(tags=("eu",), description="x")
    desk.store.edit(name="abuse-desk", new_name="abuse-eu")
    load()
    renamed = MonitorRecord.objects.get(name="abuse-eu")

    ana.post(f"/records/{record.pk}/join/")

    assert RecordDetails.objects.get(record=renamed).tags == ["eu"]


def test_a_list_with_details_takes_six_queries(ana, save, django_assert_max_num_queries):
    save(owner="account_managers", tags=("eu",))
    SavedFilter.objects.create(
        owner_id=RecordDetails.objects.get().owner_id, page="records", name="x", query="tag=eu"
    )
    ana.get("/")  # the counts of the groups are remembered
    with django_assert_max_num_queries(6):
        page = ana.get("/", {"tag": "eu"})
    assert "Account_Managers · eu" in text(page)


def test_a_view_of_a_list_is_saved_used_and_deleted(ana, save, as_role):
    save(tags=("eu",))
    answer = ana.post("/records/views/", {"name": "Ours", "query": "tag=eu&after=7&sort=-name&x=1"})

    assert answer.headers["Location"] == "/?tag=eu&sort=-name"
    saved = SavedFilter.objects.get()
    page = ana.get("/?sort=-name&tag=eu")
    assert "/?tag=eu&sort=-name" in attributes(page, "href")
    assert f"/views/{saved.pk}/delete/" in attributes(page, "action")
    assert "/?tag=eu&sort=-name" not in attributes(ana.get("/customers/"), "href")
    ana.post(f"/views/{saved.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_a_view_of_customers_is_shared_with_the_name_of_who_saved_it(ana, desk, as_role):
    ana.post("/customers/views/", {"name": "Several", "query": "filter=several"})

    page = as_role(Role.SUPPORT).get("/customers/")
    assert "SeveralAccount_Managers" in text(page)
    assert "/customers/?filter=several" in attributes(page, "href")


def test_a_view_without_a_name_or_filter_says_why(ana, desk):
    assert "A name has 1 to 100 characters." in text(
        ana.post("/records/views/", {"name": " ", "query": "tag=eu"}, follow=True)
    )
    assert "Set a filter first" in text(ana.post("/records/views/", {"name": "x", "query": ""}, follow=True))
