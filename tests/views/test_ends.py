"""For a while, at the browser: how long is chosen, shown, changed for many at once, and reviewed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, AuditEvent, MonitorRecord, Operation, Role, Source, State
from monitors.services import attachments, clock, expiry
from monitors.services.submission import Submission
from tests.services.rows import an_attachment
from tests.views.pages import attributes, notice_of, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing(desk, record_named):
    return record_named("billing-watch")


def post(client, record, **fields):
    return client.post(f"/records/{record.pk}/append/", {"user": "initech"} | fields, follow=True)


def attachment(user="initech"):
    return Attachment.objects.filter(customer__username=user).latest("pk")


def test_an_append_takes_how_long(ana, billing):
    page = post(ana, billing, until="4h")

    left = attachment().expires_at - timezone.now()
    assert timedelta(hours=3.9) < left <= timedelta(hours=4)
    assert "· in 4 h" in text(page)


def test_what_is_not_said_is_the_default(ana, billing, settings):
    settings.DEFAULT_UNTIL = {"": "1w"}

    page = ana.get(f"/records/{billing.pk}/append/").content.decode()
    post(ana, billing)

    assert 'value="1w" checked' in " ".join(page.split())
    assert attachment().expires_at > timezone.now() + timedelta(days=5)


def test_no_end_is_chosen_by_a_word(ana, billing):
    page = post(ana, billing, until="none")

    assert (attachment().is_endless, attachment().expires_at) == (True, None)
    assert "Account_Managers no end Extend…" in text(page)


def test_a_date_of_ones_own(ana, billing):
    post(ana, billing, until="at", until_at="2036-01-02T09:30")

    assert f"{attachment().expires_at:%Y-%m-%d %H:%M}" == "2036-01-02 09:30"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"until": "at", "until_at": ""}, "Choose the date and time."),
        ({"until": "soon"}, "“soon” is not an end. Write 4h, today"),
        ({"until": "2020-01-01"}, "This time has already passed."),
    ],
)
def test_what_is_no_end_keeps_the_form_and_sends_nothing(ana, billing, fields, words):
    response = post(ana, billing, **fields)

    assert response.status_code == 422
    assert words in text(response)
    assert not Operation.objects.exists()


@pytest.mark.parametrize("until", ["4h", "none", "2036-01-02T09:30:00+00:00"])
def test_what_is_tried_again_keeps_its_end(ana, billing, desk, until):
    desk.fault("e1", task="append", times=1)
    post(ana, billing, until=until)

    again = ana.get(f"/records/{billing.pk}/append/?again={Operation.objects.get().pk}")

    page = " ".join(again.content.decode().split())
    chosen = until if len(until) < 5 else "at"
    assert f'value="{chosen}" checked' in page
    assert ('value="2036-01-02T09:30"' in page) == (chosen == "at")


def test_a_role_that_may_not_choose_no_end_is_not_offered_it(ana, billing, settings):
    settings.LONGEST_UNTIL = {"": "1w"}

    assert "No end" not in text(ana.get(f"/records/{billing.pk}/append/"))
    assert "Your role may choose an end up to" in text(post(ana, billing, until="none"))


def test_somebody_elsewhere_is_asked_about_first(ana, billing):
    response = post(ana, billing, user="acme", reason="ESC-1", until="4h")

    page = text(response)
    assert response.status_code == 422
    assert "acme is on abuse-desk . Nothing has been sent yet." in page.replace("abuse-desk.", "abuse-desk .")
    assert "Move from abuse-desk" in page
    assert "Append too" in page
    assert 'value="ESC-1"' in response.content.decode()
    assert 'value="4h" checked' in " ".join(response.content.decode().split())
    assert not Operation.objects.exists()


def test_append_too_is_told_as_it_is(ana, billing, load, record_named):
    page = post(ana, billing, user="acme", elsewhere="too")
    assert "It was on abuse-desk. The next list will tell whether SendGrid took it off there." in text(page)

    load()

    operation = Operation.objects.get()
    notice = text(notice_of(ana, operation))
    assert "It left abuse-desk." in notice
    old, new = record_named("abuse-desk"), record_named("billing-watch")
    assert "acme left for billing-watch" in text(ana.get(f"/records/{old.pk}/"))
    assert "Came from abuse-desk" in text(ana.get(f"/records/{new.pk}/"))
    customer = text(ana.get(f"/customers/{operation.customer_id}/"))
    assert "Came from abuse-desk" in customer
    assert "left for billing-watch, Account_Managers" in customer


def test_a_move_from_the_button(ana, billing, load, record_named):
    old = record_named("abuse-desk")

    post(ana, billing, user="acme", move_from=str(old.pk))
    load()

    assert Operation.objects.get().before["moving_from"] == "abuse-desk"
    assert attachment("acme").record == billing


def test_a_script_names_the_choice_as_a_parameter(ana, billing):
    post(ana, billing, user="acme", elsewhere="move")

    assert Operation.objects.get().before["moving_from"] == "abuse-desk"


def test_a_change_outside_from_one_record_to_another_names_both(ana, desk, load, record_named):
    desk.store.append(user="acme", name="billing-watch")
    load()

    old = text(ana.get(f"/records/{record_named('abuse-desk').pk}/"))
    new = text(ana.get(f"/records/{record_named('billing-watch').pk}/"))

    assert "acme left abuse-desk for billing-watch" in old
    assert "acme came from abuse-desk to billing-watch" in new


def test_many_are_extended_by_one_plain_form(ana, desk):
    keys = [str(row.pk) for row in Attachment.objects.order_by("sort_name")]

    form = ana.get("/ends/extend/", {"attachment": keys, "next": "/customers/"})
    done = ana.post(
        "/ends/extend/",
        {"attachment": keys, "until": "1w", "reason": "ESC-9", "next": "/customers/"},
        follow=True,
    )

    assert "Extend 2 customers" in text(form)
    assert done.redirect_chain == [("/customers/", 302)]
    assert "2 customers: given another end." in text(done)
    assert AuditEvent.objects.filter(kind="attachment.end_set").count() == 2


def test_an_extension_without_a_reason_comes_back(ana, desk):
    key = str(Attachment.objects.first().pk)

    response = ana.post("/ends/extend/", {"attachment": key, "until": "1w"})

    assert response.status_code == 422
    assert not AuditEvent.objects.filter(kind="attachment.end_set").exists()


def test_the_history_names_an_extension_and_who_and_why(ana, desk):
    row = Attachment.objects.get(customer__username="acme")
    ana.post("/ends/extend/", {"attachment": str(row.pk), "until": "none", "reason": "ESC-9"})

    page = text(ana.get(f"/customers/{row.customer_id}/"))

    assert "End of acme on abuse-desk: no end instead of no end set" in page
    assert "Account_Managers · ESC-9" in page


def test_let_end_now_is_an_expiry_and_says_who_set_it(ana, desk):
    row = Attachment.objects.get(customer__username="acme")
    ana.post("/ends/now/", {"attachment": str(row.pk)})

    page = text(ana.get(f"/customers/{row.customer_id}/"))

    assert Operation.objects.get().source == Source.EXPIRY
    assert "acme on abuse-desk expired" in page
    assert "as set by Account_Managers" in page
    assert "expired, as set by Account_Managers" in page


def test_nobody_chosen_is_said(ana, desk):
    assert "No customers selected" in text(ana.get("/ends/extend/"))


def test_an_end_that_could_not_be_carried_out_stays_in_sight(ana, desk, billing, manager):
    attachments.append(submission=Submission(actor=manager), record=billing, user="initech", until="4h")
    desk.fault("e1", task="detach", times=1)
    Attachment.objects.filter(customer__username="initech").update(
        expires_at=timezone.now() - timedelta(minutes=5)
    )
    expiry.run_due()

    page = ana.get("/review/")

    assert Operation.objects.get(source=Source.EXPIRY).state == State.REFUSED
    assert "Past their end, and still monitored" in text(page)
    assert "next try" in text(page)
    assert "refused" in attributes(page, "data-state")
    assert "end came" in text(ana.get(f"/records/{billing.pk}/"))


def test_the_record_is_filtered_by_ends(ana, billing, manager):
    by = Submission(actor=manager, reason="ESC-1")
    with clock.reading(timezone.now):
        attachments.append(submission=by, record=billing, user="initech", until="today")
        attachments.append(
            submission=Submission(actor=manager), record=billing, user="umbrella", until="none"
        )

    def shown(name):
        return attributes(ana.get(f"/records/{billing.pk}/?filter={name}"), "data-customer")

    assert shown("today") == shown("week") == ["initech"]
    assert shown("none") == shown("no-reason") == ["umbrella"]
    assert shown("") == ["initech", "umbrella"]


@pytest.mark.usefixtures("desk")
def test_a_filter_of_a_record_leads_to_the_beginning_of_what_it_leaves(ana):
    record = MonitorRecord.objects.filter(customer_count__gt=0).earliest("pk")
    page = ana.get(f"/records/{record.pk}/", {"q": "a", "after": 1, "from": 51, "operation": "x"})

    filters = [href for href in attributes(page, "href") if "filter=" in href]
    assert filters == [f"?q=a&filter={name}" for name in ("today", "week", "none", "no-reason")]


def test_monitored_shows_and_filters_ends_and_exports_them(as_role, billing, manager):
    attachments.append(
        submission=Submission(actor=manager), record=billing, user="initech", until="2036-01-02T09:30"
    )
    ben = as_role(Role.ADMINISTRATORS)

    assert "ongoing until 2 Jan 2036, 09:30" in text(ben.get("/monitored/"))
    assert attributes(ben.get("/monitored/?ends=none"), "data-customer") == ["acme", "globex"]
    csv = b"".join(ben.post("/monitored/export.csv")).decode()
    assert csv.splitlines()[0].endswith('"Ended how","Set to end"')
    assert "2036-01-02T09:30:00+00:00" in csv


def test_review_goes_by_owner_the_longest_undecided_first(ana, billing, manager):
    by = Submission(actor=manager)
    attachments.append(submission=by, record=billing, user="initech", until="1w")
    attachments.append(submission=by, record=billing, user="umbrella", until="none")

    mine = ana.get("/review/")
    outside = ana.get("/review/?owner=nobody")

    assert attributes(mine, "data-customer") == ["initech", "umbrella"]
    assert "no end, no reason" in text(mine)
    assert attributes(outside, "data-customer") == ["acme", "globex"]


def test_who_is_kept_leaves_the_review_until_it_is_time_again(ana, desk):
    keys = [str(row.pk) for row in Attachment.objects.all()]
    ana.post("/ends/keep/", {"attachment": keys, "reason": "Contract"})
    assert attributes(ana.get("/review/?owner=nobody"), "data-customer") == []

    Attachment.objects.update(kept_at=timezone.now() - timedelta(days=91))

    page = ana.get("/review/?owner=nobody")
    assert attributes(page, "data-customer") == ["acme", "globex"]
    assert "last decided" in text(page)


def test_a_long_review_goes_on_where_the_page_ended(ana, billing):
    names = [f"c{number:03}" for number in range(60)]
    for name in names:
        an_attachment(billing, name)

    first = ana.get("/review/?owner=nobody")
    after = next(link for link in attributes(first, "href") if "after=" in link)
    second = ana.get(f"/review/{after}")

    seen = attributes(first, "data-customer") + attributes(second, "data-customer")
    assert len(attributes(first, "data-customer")) == 50
    assert sorted(seen) == sorted({*names, "acme", "globex"})


def test_what_ends_within_a_day_stands_on_its_owners_review(ana, billing, manager, as_role):
    by = Submission(actor=manager, reason="ESC-1")
    attachments.append(submission=by, record=billing, user="initech", until="4h")

    assert "Yours, ending within a day" in text(ana.get("/review/"))
    assert "Of yours" not in text(as_role(Role.SUPPORT).get("/review/"))


def test_auditors_look_and_decide_nothing(as_role, desk):
    page = as_role(Role.AUDITORS).get("/review/?owner=nobody").content.decode()

    assert "acme" in page
    assert 'name="attachment"' not in page
