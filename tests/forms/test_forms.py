"""What the forms take, what they keep out, and what they leave exactly as it is."""

from uuid import UUID

import pytest
from django.http import QueryDict

from monitors.forms import AppendForm, CreateForm, DeleteForm, DetachForm, EditForm
from monitors.models import Customer, MonitorRecord, Operation, State

GOOD = {"name": "abuse-desk", "email": "a@northmail.example", "frequency": "100"}


def record(**fields):
    return MonitorRecord(**{"name": "abuse-desk", "email": "a@northmail.example", "frequency": 100} | fields)


def errors(form):
    return {field: list(messages) for field, messages in form.errors.items()}


@pytest.mark.parametrize("character", ["\x00", "\x07", "\n", "\u2028", "\x85"])
def test_a_control_character_is_kept_out_of_a_name(character):
    assert "name" in CreateForm(GOOD | {"name": f"abuse{character}desk"}).errors


@pytest.mark.parametrize("name", [" abuse", "abuse ", "\u00a0abuse"])
def test_outer_space_is_never_cut_off_in_silence(name):
    assert errors(CreateForm(GOOD | {"name": name})) == {
        "name": ["The name begins or ends with a space. Remove it."]
    }


def test_a_hostile_but_legal_name_is_taken_as_it_is():
    form = CreateForm(GOOD | {"name": "<b>\u202egpj.exe & 'x' \"y\""})

    assert form.is_valid()
    assert form.values()["name"] == "<b>\u202egpj.exe & 'x' \"y\""


def test_a_mailbox_outside_the_allowed_domains_is_told_at_its_field(settings):
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]

    assert errors(CreateForm(GOOD | {"email": "a@elsewhere.example"})) == {
        "email": ["Samples may only go to mailboxes at northmail.example."]
    }
    assert CreateForm(GOOD | {"email": "a@NORTHMAIL.example"}).is_valid()


def test_a_form_without_a_token_is_good_too():
    form = CreateForm(GOOD)

    assert form.is_valid()
    assert form.cleaned_data["token"] is None


def test_each_showing_of_a_form_has_its_own_token():
    assert CreateForm()["token"].value() != CreateForm()["token"].value()


def test_after_a_refusal_the_form_keeps_what_was_typed_under_a_new_token():
    data = QueryDict(mutable=True)
    data.update(GOOD | {"token": "7b1e0f0e-0000-4000-8000-000000000000"})
    form = CreateForm(data)
    assert form.is_valid()

    form.show_outcome(Operation(state=State.REFUSED))

    assert form["name"].value() == "abuse-desk"
    assert UUID(form["token"].value()) != UUID("7b1e0f0e-0000-4000-8000-000000000000")


def test_edit_sends_only_what_differs_from_what_the_page_showed():
    # Somebody else has set 50 since; the person saw 100 and changed only the mailbox.
    shown = {
        "initial-new_name": "abuse-desk",
        "initial-new_email": "a@northmail.example",
        "initial-new_frequency": "100",
    }
    posted = {"new_name": "abuse-desk", "new_email": "b@northmail.example", "new_frequency": "100"}
    form = EditForm(shown | posted, record=record(frequency=50))

    assert form.is_valid()
    assert form.changes() == {"new_name": None, "new_email": "b@northmail.example", "new_frequency": None}
    assert form.as_call() == {"name": "abuse-desk", "new_email": "b@northmail.example"}


def test_edit_without_the_hidden_fields_compares_with_the_record():
    form = EditForm({"new_frequency": "10", "new_name": "abuse-desk"}, record=record())

    assert form.is_valid()
    assert form.changes() == {"new_name": None, "new_email": None, "new_frequency": 10}


def test_an_empty_field_of_edit_stays_as_it_is():
    form = EditForm({"new_name": "", "new_email": "", "new_frequency": ""}, record=record())

    assert form.is_valid()
    assert set(form.changes().values()) == {None}


def test_edit_of_a_record_with_odd_spaces_does_not_rename_it():
    odd = record(name=" two  spaces ")
    form = EditForm({"new_name": " two  spaces ", "new_frequency": "10"}, record=odd)

    assert form.is_valid()
    assert form.changes()["new_name"] is None


def test_edit_notices_that_the_record_was_renamed_meanwhile():
    form = EditForm({"name": "old-name", "new_frequency": "10"}, record=record(name="new-name"))

    assert errors(form) == {"__all__": ["This record is now called new-name. Reload the page."]}


@pytest.mark.parametrize("typed", ["abuse-desk", " abuse-desk "])
def test_delete_is_confirmed_by_the_name(typed):
    assert DeleteForm({"name": typed}, record=record()).is_valid()


@pytest.mark.parametrize("typed", ["", "abuse", "Abuse-Desk"])
def test_delete_is_not_confirmed_by_anything_else(typed):
    assert "name" in DeleteForm({"name": typed}, record=record()).errors


def test_a_name_that_cannot_be_typed_is_confirmed_as_the_page_shows_it():
    form = DeleteForm({"name": "pay‹U+202E›lap"}, record=record(name="pay\u202elap"))

    assert form.is_valid()
    assert form.cleaned_data["name"] == "pay\u202elap"


def test_append_on_a_record_needs_only_the_customer():
    form = AppendForm({"user": "acme"}, record=record())

    assert form.is_valid()
    assert form.cleaned_data["name"] == "abuse-desk"


def test_append_for_a_customer_needs_only_the_record():
    form = AppendForm({"name": "abuse-desk"}, customer=Customer(username="acme"))

    assert form.is_valid()
    assert form.cleaned_data["user"] == "acme"
    assert "user" in AppendForm({"name": "abuse-desk"}).errors


def test_detach_shows_the_call_without_a_name_where_none_is_meant():
    assert DetachForm({"user": "acme"}).as_call() == {"user": "acme"}
    assert DetachForm({"user": "acme", "name": "abuse"}).as_call() == {"user": "acme", "name": "abuse"}


def test_a_customers_name_is_not_stripped():
    form = DetachForm({"user": " acme ", "name": "abuse"})

    assert form.is_valid()
    assert form.cleaned_data["user"] == " acme "


def test_a_reason_is_needed_for_the_tasks_that_are_set_so(settings):
    settings.REQUIRE_REASON = frozenset({"create"})

    assert errors(CreateForm(GOOD | {"reason": " "})) == {"reason": ["Enter a reason or ticket."]}
    assert CreateForm(GOOD | {"reason": "TICKET-1"}).is_valid()
    assert CreateForm().fields["reason"].help_text == "Kept in the history. Required here."
    assert AppendForm({"user": "acme"}, record=record()).is_valid()


def test_where_the_customer_is_known_the_cursor_stands_in_the_reason():
    def focused(form):
        return [name for name in form.fields if "autofocus" in form[name].as_widget()]

    assert focused(DetachForm(record=record())) == ["user"]
    assert focused(DetachForm(record=record(), initial={"user": "acme"})) == ["reason"]
    assert focused(DetachForm(customer=Customer(username="acme"))) == ["reason"]


@pytest.mark.parametrize(("name", "typed"), [("two  spaces", "two ␣spaces"), ("a\u202eb", "a‹U+202E›b")])
def test_delete_is_confirmed_by_the_name_as_the_page_shows_it(name, typed):
    assert DeleteForm({"name": typed}, record=record(name=name)).is_valid()
