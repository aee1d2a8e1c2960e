"""The five forms that change something, from the browser to the sandbox and back to the page."""

import re
from uuid import uuid4

import pytest

from monitors.models import Attachment, Customer, MonitorRecord, Operation, Role, State
from tests.views.pages import attributes, text, value_of

pytestmark = pytest.mark.django_db

NEW = {"name": "new-senders", "email": "new@northmail.example", "frequency": "50"}


def tasks_sent(desk):
    return [call.task for call in desk.calls if call.task != "list"]


def test_create_goes_to_the_record_and_tells_the_true_state(ana, desk, record_named):
    response = ana.post("/records/new/", NEW | {"reason": "TICKET-7"}, follow=True)

    record = record_named("new-senders")
    assert response.redirect_chain[0][0].startswith(f"/records/{record.pk}/?operation=")
    page = text(response)
    assert "Accepted, confirming · Created new-senders, 1 in 50 to new@northmail.example" in page
    assert "SendGrid said “success”. The next list will show whether it took effect." in page
    assert "TICKET-7" in page
    assert ("new-senders", "new@northmail.example", 50, ()) in desk.store.snapshot()


def test_who_is_still_on_a_record_is_named_where_it_cannot_be_deleted_yet(ana, desk, record_named):
    page = text(ana.get(f"/records/{record_named('abuse-desk').pk}/delete/"))

    assert "2 customers are still on abuse-desk" in page
    assert "acme globex Detach 2 customers, then delete…" in page


def test_bad_input_is_told_at_the_field_kept_and_not_sent(ana, desk):
    response = ana.post("/records/new/", NEW | {"frequency": "0", "email": "nobody"})

    page = text(response)
    assert response.status_code == 422
    assert "Nothing was sent" in page
    assert "Ensure this value is greater than or equal to 1." in page
    assert "Enter a valid email address." in page
    assert {"#id_email", "#id_frequency"} <= set(attributes(response, "href"))
    assert value_of(response, "name") == "new-senders"
    assert tasks_sent(desk) == []


def test_what_the_mirror_already_knows_is_told_without_a_call(ana, desk):
    response = ana.post("/records/new/", NEW | {"name": "abuse-desk"})

    assert "There is already a record of this name in the list." in text(response)
    assert tasks_sent(desk) == []


def test_a_refusal_shows_the_upstreams_own_words_and_keeps_the_input(ana, desk, record_named):
    record = record_named("abuse-desk")
    data = {"user": "nobody-we-know", "reason": "TICKET-1", "token": str(uuid4())}

    response = ana.post(f"/records/{record.pk}/append/", data)

    assert response.status_code == 422
    assert "SendGrid refused this User not found Nothing was changed. SendGrid has no customer" in text(
        response
    )
    assert value_of(response, "user") == "nobody-we-know"
    assert value_of(response, "reason") == "TICKET-1"
    assert value_of(response, "token") not in {"", data["token"]}


def test_refused_credentials_are_told_as_the_desks_not_the_persons(ana, desk, record_named):
    desk.fault("e6", task="append")

    response = ana.post(f"/records/{record_named('abuse-desk').pk}/append/", {"user": "initech"})

    assert "Nothing was changed. SendGrid refused the desk's own user and key, not you." in text(response)
    assert "An administrator must check them." in text(response)


def test_what_was_not_sent_says_so_and_may_be_tried_again(ana, desk, settings):
    desk.close()

    response = ana.post("/records/new/", NEW)

    page = text(response)
    assert response.status_code == 422
    assert "Nothing was sent" in page
    assert "You can safely try again." in page
    assert Operation.objects.get().state == State.NOT_SENT


@pytest.mark.parametrize("is_applied", [True, False])
def test_a_lost_answer_is_shown_as_unknown(ana, desk, record_named, is_applied):
    record = record_named("billing-watch")
    desk.fault("close_before_answer", task="append", applied=is_applied)

    response = ana.post(f"/records/{record.pk}/append/", {"user": "initech"}, follow=True)

    page = text(response)
    assert "Unknown, checking · Append initech to billing-watch" in page
    assert "This may or may not have been done. A list requested after" in page
    assert "Check from" in page
    assert "initech not confirmed yet 3 days once confirmed Unknown, checking" in page


def test_while_one_is_unknown_the_same_thing_waits_for_it(ana, desk, record_named):
    record = record_named("billing-watch")
    desk.fault("close_before_answer", task="append")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech"})

    response = ana.post(f"/records/{record.pk}/append/", {"user": "initech"})

    assert response.status_code == 422
    assert (
        "Another operation on this record or customer is still open: Append initech to billing-watch"
        in text(response)
    )
    assert tasks_sent(desk) == ["append"]


def test_an_unknown_creation_has_its_row_on_the_list(ana, desk):
    desk.fault("close_before_answer", task="create")

    response = ana.post("/records/new/", NEW, follow=True)

    assert response.redirect_chain[0][0].startswith("/?operation=")
    assert "new-senders new@northmail.example 1 in 50 – just now" in text(response)


def test_edit_sends_only_the_change(ana, desk, record_named):
    record = record_named("abuse-desk")
    page = ana.get(f"/records/{record.pk}/edit/")
    names = ("name", "new_name", "new_email", "new_frequency", "initial-new_name", "initial-new_email")
    data = {name: value_of(page, name) for name in (*names, "initial-new_frequency")}

    response = ana.post(f"/records/{record.pk}/edit/", data | {"new_frequency": "25"}, follow=True)

    assert "Changed abuse-desk: sample from 1 in 100 to 1 in 25" in text(response)
    assert Operation.objects.get().parameters == {"name": "abuse-desk", "new_frequency": "25"}


def test_edit_without_a_change_sends_nothing(ana, desk, record_named):
    response = ana.post(f"/records/{record_named('abuse-desk').pk}/edit/", {"new_frequency": "100"})

    assert response.status_code == 422
    assert "Nothing was changed, so nothing was sent." in text(response)
    assert tasks_sent(desk) == []


def test_a_renamed_record_keeps_its_address(ana, desk, record_named):
    record = record_named("abuse-desk")

    ana.post(f"/records/{record.pk}/edit/", {"new_name": "abuse-eu"})

    assert "abuse-eu" in text(ana.get(f"/records/{record.pk}/"))


def test_a_record_in_use_tells_why_it_cannot_go(ana, desk, record_named):
    record = record_named("abuse-desk")

    page = ana.get(f"/records/{record.pk}/delete/")
    posted = ana.post(f"/records/{record.pk}/delete/", {"name": "abuse-desk"})

    assert "2 customers are still on abuse-desk" in text(page)
    assert {f"/customers/{customer.pk}/" for customer in Customer.objects.filter(record_count=1)} <= set(
        attributes(page, "href")
    )
    assert "Delete this record" not in text(page)
    assert posted.status_code == 422
    assert "2 customers are still on abuse-desk. Detach first, then delete." in text(posted)
    assert tasks_sent(desk) == []


def test_delete_asks_for_the_name_and_ends_on_the_list(ana, desk, record_named):
    record = record_named("billing-watch")

    wrong = ana.post(f"/records/{record.pk}/delete/", {"name": "billing"})
    right = ana.post(f"/records/{record.pk}/delete/", {"name": "billing-watch"}, follow=True)

    assert "This is not the record's name." in text(wrong)
    assert right.redirect_chain[0][0].startswith("/?operation=")
    assert "Deleted billing-watch" in text(right)
    assert "Deleted just now by Account_Managers" in text(ana.get(f"/records/{record.pk}/"))
    assert ana.get(f"/records/{record.pk}/edit/").status_code == 302


def test_append_and_detach_on_a_records_page(as_role, desk, record_named):
    client, record = as_role(Role.SUPPORT), record_named("billing-watch")

    appended = client.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "T-1"}, follow=True)
    detached = client.post(f"/records/{record.pk}/detach/", {"user": "initech"}, follow=True)

    assert "Appended initech to billing-watch" in text(appended)
    assert attributes(appended, "data-customer") == ["initech"]
    assert "Detached initech from billing-watch" in text(detached)
    assert attributes(detached, "data-customer") == []
    assert "Undo" in text(detached)


def test_undo_of_a_detach_shows_first_what_it_would_do(as_role, desk, record_named):
    client, record = as_role(Role.SUPPORT), record_named("abuse-desk")
    detached = client.post(f"/records/{record.pk}/detach/", {"user": "acme", "reason": "T-2"}, follow=True)
    notice = detached.content.decode().partition('id="notice"')[2].partition("</section>")[0]
    operation = Operation.objects.get()
    assert f'action="/operations/{operation.pk}/undo/"' in notice

    preview = client.post(f"/operations/{operation.pk}/undo/", follow=True)

    assert "Undo: Append acme to abuse-desk" in text(preview)


def test_append_from_a_customers_page_chooses_the_record(ana, desk):
    customer = Customer.objects.get(username="acme")

    response = ana.post(
        f"/customers/{customer.pk}/append/", {"name": "billing-watch", "elsewhere": "too"}, follow=True
    )
    unknown = ana.post(f"/customers/{customer.pk}/append/", {"name": "no-such-record"})

    assert response.redirect_chain[0][0].startswith(f"/customers/{customer.pk}/?operation=")
    assert "Appended acme to billing-watch" in text(response)
    assert "SendGrid's list has no record of this name." in text(unknown)


def test_detach_from_every_record_sends_no_name(ana, desk):
    customer = Customer.objects.get(username="acme")

    page = ana.get(f"/customers/{customer.pk}/detach/")
    ana.post(f"/customers/{customer.pk}/detach/", {"every": "yes"})

    assert "Detaches acme from 1 record:" in text(page)
    assert Operation.objects.get().parameters == {"user": "acme"}
    assert not Attachment.objects.filter(customer=customer, detached_at=None).exists()


@pytest.mark.parametrize("posted", [{}, {"user": "acme"}, {"name": ""}, {"every": "no"}])
def test_detach_from_every_record_needs_its_own_word(ana, desk, posted):
    customer = Customer.objects.get(username="acme")

    response = ana.post(f"/customers/{customer.pk}/detach/", posted)

    assert response.status_code == 422
    assert "Nothing was detached: the form did not say from which record." in text(response)
    assert 'name="every" value="yes"' in response.content.decode()
    assert tasks_sent(desk) == []


def test_detach_from_every_record_takes_no_other_customer_than_its_pages(ana, desk):
    customer = Customer.objects.get(username="acme")

    page = ana.get(f"/customers/{customer.pk}/detach/")
    response = ana.post(f"/customers/{customer.pk}/detach/", {"user": "globex"})

    assert 'type="hidden" name="user" value="acme"' in page.content.decode()
    assert response.status_code == 422
    assert "This page is only for acme, but the form names another customer." in text(response)
    assert tasks_sent(desk) == []


def test_a_row_on_the_customers_page_goes_back_there(ana, desk, record_named):
    customer = Customer.objects.get(username="acme")
    data = {"user": "acme", "next": f"/customers/{customer.pk}/"}

    response = ana.post(f"/records/{record_named('abuse-desk').pk}/detach/", data)

    assert response.headers["Location"].startswith(f"/customers/{customer.pk}/?operation=")


def test_where_a_detach_needs_a_reason_its_row_leads_to_the_form(ana, desk, record_named, settings):
    settings.REQUIRE_REASON = frozenset({"detach"})
    customer, record = Customer.objects.get(username="acme"), record_named("abuse-desk")
    link = f"/records/{record.pk}/detach/?user=acme&next=%2Fcustomers%2F{customer.pk}%2F"

    back = f"/customers/{customer.pk}/"

    row, form = ana.get(back), ana.get(link)
    given = {"user": value_of(form, "user"), "next": back}
    without = ana.post(f"/records/{record.pk}/detach/", given)
    done = ana.post(f"/records/{record.pk}/detach/", given | {"reason": "over"})

    assert link in attributes(row, "href")
    assert all(f'name="next" value="{back}"' in page.content.decode() for page in (form, without))
    assert "Enter a reason or ticket." in text(without)
    assert tasks_sent(desk) == ["detach"]
    assert done.headers["Location"].startswith(f"{back}?operation=")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_next_leads_nowhere_else(ana, desk, record_named, target):
    record = record_named("abuse-desk")

    response = ana.post(f"/records/{record.pk}/detach/", {"user": "acme", "next": target})

    assert response.headers["Location"].startswith(f"/records/{record.pk}/?operation=")


def test_a_double_click_is_one_operation_and_one_call(ana, desk):
    data = NEW | {"token": str(uuid4())}

    first = ana.post("/records/new/", data)
    second = ana.post("/records/new/", data)

    assert first.headers["Location"] == second.headers["Location"]
    assert tasks_sent(desk) == ["create"]


def test_a_form_without_a_token_works(ana, desk):
    ana.post("/records/new/", NEW)

    assert MonitorRecord.objects.filter(name="new-senders").exists()


@pytest.mark.parametrize(
    "path", ["/records/new/", "/records/{}/edit/", "/records/{}/append/", "/records/{}/detach/"]
)
def test_each_form_shows_its_call_with_the_key_hidden(ana, desk, record_named, path, settings):
    settings.SENDGRID_API_KEY = "a-very-distinctive-key"

    page = ana.get(path.format(record_named("abuse-desk").pk))

    assert "curl " in text(page)
    assert "a-very-distinctive-key" not in page.content.decode()


def test_the_call_follows_what_is_typed(ana, desk):
    typed = {
        "name": "abuse-desk",
        "new_name": "abuse-desk",
        "initial-new_name": "abuse-desk",
        "new_frequency": "7",
    }

    call = ana.get("/api-call/edit/", typed).content.decode()

    assert "new_frequency=7" in call
    assert "new_name" not in call
    assert not call.startswith("\n")


def test_in_a_row_above_a_table_the_needed_reason_is_marked_in_its_field(ana, desk, settings, record_named):
    settings.REQUIRE_REASON = frozenset({"append"})
    path = f"/records/{record_named('abuse-desk').pk}/"

    reason = re.search(r'<input[^>]*name="reason"[^>]*>', ana.get(path).content.decode())

    assert reason
    assert 'placeholder="Reason, needed"' in reason[0]
    assert 'aria-label="Reason or ticket, needed"' in reason[0]
    assert "required" in reason[0].split()
