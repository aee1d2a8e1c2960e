"""Plans at the browser: from paste to results, without JavaScript."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from monitors.models import Change, MonitorRecord, Operation, Plan, PlanState, Role
from monitors.services.plans import tending
from tests.views.pages import attributes, text, value_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk")]


@pytest.fixture
def drawn(ana):
    """A plan of these names, as somebody pastes them; the answer is its preview."""

    def draw(*names, kind="append", record="billing-watch", **fields):
        form = {"kind": kind, "name": record, "names": "\n".join(names), "reason": "ESC-1"} | fields
        return ana.post("/plans/new/", form, follow=True)

    return draw


def plan():
    return Plan.objects.latest("created_at")


def address(end=""):
    return f"/plans/{plan().pk}/{end}"


def results(ana):
    """The rows of the file."""
    answer = ana.post(address("results.csv"))
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_pasted_names_lead_to_a_preview_of_each_change(drawn, desk):
    page = drawn("acme", "initech", "acme")

    assert attributes(page, "data-plan-state")[0] == "draft"
    assert list(zip(attributes(page, "data-customer"), attributes(page, "data-change"), strict=True)) == [
        ("initech", "2"),
        ("acme", "1"),
        ("acme", "3"),
    ]
    assert "Append 3 customers to billing-watch" in text(page)
    assert "abuse-desk 1 in 100 → billing-watch" in text(page)
    assert not Operation.objects.exists()


def test_from_paste_to_results(ana, drawn):
    page = drawn("globex", kind="move")
    run = ana.post(address("run/"), {"digest": value_of(page, "digest")})
    tending.tend()

    assert run.headers["Location"] == address()
    page = ana.get(address())
    assert "1 of 1 sent" in text(page)
    assert "Appended · the next list says whether a detach is needed" in text(page)


def test_an_old_preview_runs_nothing_and_shows_the_new_one(ana, drawn):
    page = drawn("globex", "acme", kind="move")
    old = value_of(page, "digest")
    ana.post(address("edit/"), {"do": "leave-out", "change": "1"})

    answer = ana.post(address("run/"), {"digest": old})

    assert answer.status_code == 422
    assert "This plan has changed since you opened it" in text(answer)
    assert value_of(answer, "digest") == plan().digest != old
    assert plan().state == PlanState.DRAFT


def test_somebody_on_another_record_must_be_decided_before_it_runs(ana, drawn):
    page = drawn("globex")
    assert attributes(page, "data-banner")[-1] == "elsewhere"

    refused = ana.post(address("run/"), {"digest": value_of(page, "digest")})
    assert refused.status_code == 422
    assert "Say first whether to append them too or to move them" in text(refused)

    ana.post(address("edit/"), {"do": "elsewhere", "elsewhere": "move"})
    assert plan().changes.get().kind == "move"


def test_a_draft_with_nothing_to_do_has_no_button_and_says_why_and_what_now(ana, drawn):
    page = drawn("acme", "acme", record="abuse-desk")

    assert "Nothing to send: 1 already so, 1 twice in the list. Discard the plan." in text(page)
    assert "the same as an earlier row" in text(page)
    assert "not monitored" not in text(page)
    assert address("run/") not in attributes(page, "action")
    assert address("cancel/") in attributes(page, "action")


def test_a_draft_of_unknown_names_says_what_makes_it_go_on(ana, drawn):
    page = drawn("nobody-such", "acme", record="abuse-desk")
    assert "1 unknown customer. Correct the unknown names, send them as they are, or discard" in text(page)

    ana.post(address("edit/"), {"do": "insist"})

    assert "Append 1 customer" in text(ana.get(address()))
    assert address("run/") in attributes(ana.get(address()), "action")


def test_what_was_left_out_can_be_taken_in_again(ana, drawn):
    drawn("initech")
    ana.post(address("edit/"), {"do": "leave-out", "change": "1"})

    page = text(ana.get(address()))

    assert "Nothing to send: 1 left out. Take in what was left out, or discard the plan." in page


def test_a_misspelt_name_is_offered_the_right_one(ana, drawn):
    page = drawn("globax")
    assert "Did you mean globex (on abuse-desk)?" in text(page)

    ana.post(address("edit/"), {"do": "correct", "change": "1", "username": "globex"})
    assert Change.objects.get().effect == "moves"


def test_a_customer_never_seen_is_sent_when_somebody_says_so(ana, drawn):
    drawn("umbrella", "initech")

    ana.post(address("edit/"), {"do": "insist"})

    assert plan().outline["sent"] == 2


def test_reason_and_end_can_be_changed_before_it_runs(ana, drawn):
    drawn("acme")

    ana.post(address("edit/"), {"do": "change", "reason": "ESC-2", "until": "3d"})

    assert (plan().reason, plan().until) == ("ESC-2", "3d")
    assert "for 3 days" in text(ana.get(address()))


def test_a_file_is_read_and_its_lines_are_named(ana):
    content = "customer;record;reason\nacme;billing-watch;Für später\nglobex;nowhere;\n".encode("cp1252")
    form = {"kind": "move", "file": SimpleUploadedFile("names.csv", content)}

    page = ana.post("/plans/new/", form, follow=True)

    assert "SendGrid's list has no record of this name." in text(page)
    assert "line 3" in text(page)
    assert "Für später" in text(page)


def test_a_file_that_cannot_be_read_comes_back_with_the_reason(ana):
    form = {"kind": "append", "name": "billing-watch", "file": SimpleUploadedFile("x.csv", b"\x00\x01")}

    answer = ana.post("/plans/new/", form)

    assert answer.status_code == 422
    assert "This is not a CSV or XLSX file" in text(answer)


def test_names_or_a_file_are_needed_and_not_both(ana):
    nothing = ana.post("/plans/new/", {"kind": "append", "name": "billing-watch"})
    file = SimpleUploadedFile("names.csv", b"acme")
    both = ana.post("/plans/new/", {"kind": "append", "name": "billing-watch", "names": "acme", "file": file})

    assert "Paste names or choose a file." in text(nothing)
    assert "Paste names or choose a file, not both." in text(both)


def test_too_many_changes_for_a_role_are_refused_in_the_form(as_role):
    sam = as_role(Role.SUPPORT)
    names = "\n".join(f"customer-{number}" for number in range(26))

    answer = sam.post("/plans/new/", {"kind": "append", "name": "billing-watch", "names": names})

    assert answer.status_code == 422
    assert "Your role may put 25 changes into one plan, and these are 26." in text(answer)


def test_a_plan_can_begin_later(ana, drawn):
    page = drawn("globex", kind="move")
    later = timezone.localtime() + timedelta(days=1)
    form = {"digest": value_of(page, "digest"), "starts_at": f"{later:%Y-%m-%dT%H:%M}"}

    ana.post(address("run/"), form)

    assert plan().state == PlanState.SCHEDULED
    page = text(ana.get("/plans/?filter=scheduled"))
    assert "Move globex to billing-watch" in page


@pytest.mark.parametrize("moment", ["", "yesterday", "2020-01-01T08:00"])
def test_a_moment_that_is_none_or_over_is_refused(ana, drawn, moment):
    page = drawn("globex", kind="move")

    answer = ana.post(address("run/"), {"digest": value_of(page, "digest"), "starts_at": moment})

    assert answer.status_code == 422
    assert plan().state == PlanState.DRAFT


def test_pause_go_on_and_cancel_from_the_page(ana, drawn):
    page = drawn("acme", "globex", kind="move")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})

    ana.post(address("pause/"))
    assert "Paused by Account_Managers." in text(ana.get(address()))
    ana.post(address("resume/"))
    assert plan().state == PlanState.RUNNING
    ana.post(address("cancel/"))
    assert plan().state == PlanState.CANCELLED


def test_without_a_worker_a_press_sends_the_next_ones(ana, drawn, desk):
    page = drawn("acme", "globex", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    assert "No worker is running" in text(ana.get(address()))

    ana.post(address("resume/"), {"here": "1"})

    assert plan().state == PlanState.DONE
    assert [call.parameters["task"] for call in desk.calls[-2:]] == ["detach", "detach"]


def test_what_failed_is_tried_again_one_by_one_or_all(ana, drawn, desk):
    desk.fault("e1", task="detach", times=2)
    page = drawn("acme", "globex", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    tending.tend()
    assert "Retry failed (2)" in text(ana.get(address()))

    ana.post(address("retry/"), {"change": "1"})
    tending.tend()
    assert set(Change.objects.values_list("number", "state")) == {(1, "done"), (2, "refused")}


def test_what_a_list_contradicts_is_failed_on_every_page_and_in_the_file(ana, drawn, desk, load):
    desk.fault("lie", task="detach")
    page = drawn("acme", "globex", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    tending.tend()
    assert "Undo all (2)" in text(ana.get(address()))
    assert "failed" not in text(ana.get("/plans/"))

    load()

    page = text(ana.get(address()))
    assert "1 done" in page
    assert "1 failed" in page
    assert "Retry failed (1)" in page
    assert "Undo all (1)" in page
    assert "Not shown by a list SendGrid said success, but its list does not show it." in page
    assert "1 failed" in text(ana.get("/plans/"))
    assert [(row["customer"], row["result"]) for row in results(ana)] == [
        ("acme", "Not shown by a list"),
        ("globex", "Done"),
    ]


def test_a_plan_is_taken_back_by_another_with_its_preview(ana, drawn):
    page = drawn("acme", "globex", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    tending.tend()
    first = plan()

    page = ana.post(address("undo/"), follow=True)

    assert "Undo: Append 2 customers to abuse-desk" in text(page)
    assert plan().undoes == first
    assert "Taken back by" in text(ana.get(f"/plans/{first.pk}/"))


def test_an_operation_is_taken_back_from_its_page(ana, record_named):
    record = record_named("abuse-desk")
    ana.post(f"/records/{record.pk}/detach/", {"user": "acme"})
    operation = Operation.objects.get()
    assert f"/operations/{operation.pk}/undo/" in attributes(
        ana.get(f"/operations/{operation.pk}/"), "action"
    )

    page = ana.post(f"/operations/{operation.pk}/undo/", follow=True)

    assert "Undo: Append acme to abuse-desk" in text(page)


def test_what_cannot_be_taken_back_says_why(ana, record_named):
    record = record_named("abuse-desk")
    ana.post(f"/records/{record.pk}/detach/", {"user": "acme"})
    operation = Operation.objects.get()
    ana.post(f"/records/{record.pk}/append/", {"user": "acme"})

    page = ana.post(f"/operations/{operation.pk}/undo/", follow=True)

    assert "acme: already so" in text(page)


def test_results_are_a_file_in_the_order_of_the_plan(ana, drawn):
    page = drawn("acme", "nobody", "globex", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    tending.tend()

    rows = results(ana)

    assert [(row["customer"], row["result"]) for row in rows] == [
        ("acme", "Done"),
        ("nobody", "Left out"),
        ("globex", "Done"),
    ]
    assert rows[0]["SendGrid's words"] == "success"


def test_an_open_page_is_told_only_what_is_new(ana, drawn):
    page = drawn("acme", kind="detach", record="abuse-desk")
    ana.post(address("run/"), {"digest": value_of(page, "digest")})
    (polled,) = [url for url in attributes(ana.get(address()), "hx-get") if url.startswith("?version")]

    assert ana.get(address() + polled, headers={"HX-Request": "true"}).status_code == 204
    tending.tend()
    assert ana.get(address() + polled, headers={"HX-Request": "true"}).status_code == 200


def test_a_large_group_shows_its_first_rows_and_the_rest_page_by_page(ana, drawn):
    drawn(*(f"customer-{number:03}" for number in range(120)))

    page = ana.get(address())
    assert "Show 110 more" in text(page)
    alone = ana.get(address() + "?group=unknown-customer&page=2")
    assert "51–100 of 120" in text(alone)


def test_auditors_see_plans_and_press_nothing(as_role, drawn):
    drawn("acme")

    page = as_role(Role.AUDITORS).get(address())

    assert page.status_code == 200
    assert not re.search(r"/(run|edit|cancel)/", " ".join(attributes(page, "action")))


def test_the_previews_queries_do_not_grow(ana, drawn, django_assert_max_num_queries):
    drawn(*(f"customer-{number:03}" for number in range(60)), "acme", "globex")

    with django_assert_max_num_queries(24):
        ana.get(address())


# Selections


def select(client, **posted):
    return client.post("/plans/select/", posted, follow=True)


def test_ticked_customers_of_a_record_are_detached_by_a_plan(ana, record_named):
    key = record_named("abuse-desk").pk
    page = ana.get(f"/records/{key}/")
    assert attributes(page, "value").count("acme") >= 1

    page = select(ana, do="detach", of="record", record=key, pick=["acme", "globex"])

    assert "Detach 2 customers from abuse-desk" in text(page)
    assert [change.record_id for change in plan().changes.all()] == [key, key]


def test_all_that_match_are_taken_with_the_search(ana, record_named):
    key = record_named("abuse-desk").pk

    select(ana, do="detach", of="record", record=key, all="1", q="glo")

    assert [change.username for change in plan().changes.all()] == ["globex"]


def test_a_move_of_many_asks_where_to(ana, record_named):
    key = record_named("abuse-desk").pk
    page = select(ana, do="move", of="record", record=key, pick=["acme", "globex"])
    assert "Move 2 customers from abuse-desk" in text(page)
    assert attributes(page, "value").count("acme") == 1

    answers = {"ask": "answered", "name": "billing-watch", "reason": "ESC-1"}
    select(ana, do="move", of="record", record=key, pick=["acme", "globex"], **answers)

    assert {change.kind for change in plan().changes.all()} == {"move"}
    assert {change.from_record_id for change in plan().changes.all()} == {key}


def test_many_customers_are_appended_from_the_list(ana):
    answers = {"ask": "answered", "name": "billing-watch"}

    select(ana, do="append", of="customers", pick=["acme", "globex"], **answers)

    assert plan().outline["kinds"] == {"append": 2}


def test_many_records_get_another_mailbox(ana):
    keys = list(MonitorRecord.objects.values_list("pk", flat=True))
    asked = select(ana, do="edit", of="records", pick=keys)
    assert "Edit 2 records" in text(asked)

    page = select(ana, do="edit", of="records", pick=keys, ask="answered", new_email="new@northmail.example")

    assert "mailbox abuse@northmail.example → new@northmail.example" in text(page)


def test_support_edits_no_records(as_role):
    answer = as_role(Role.SUPPORT).post(
        "/plans/select/",
        {"do": "edit", "of": "records", "all": "1", "ask": "answered", "new_frequency": "7"},
    )

    assert answer.status_code == 403


def test_a_record_with_customers_offers_to_detach_them_and_delete_it(ana, record_named):
    key = record_named("abuse-desk").pk
    page = ana.get(f"/records/{key}/delete/")
    assert "Detach 2 customers, then delete…" in text(page)

    page = select(ana, do="delete-with-customers", of="record", record=key)

    assert "Detach 2 customers, then delete abuse-desk" in text(page)


@pytest.mark.parametrize(
    "posted", [{}, {"do": "detach"}, {"do": "sing", "pick": "acme"}, {"do": "move", "pick": "x"}]
)
def test_a_selection_of_nothing_says_so(ana, posted):
    assert "Select at least one row first." in text(select(ana, of="record", record="x", **posted))


def test_many_names_in_the_append_field_are_a_plan(ana, record_named):
    key = record_named("billing-watch").pk
    form = {"names": "acme\nglobex", "reason": "ESC-1", "until": "3d", "elsewhere": "move"}

    page = ana.post(f"/records/{key}/append/", form, follow=True)

    assert "Move 2 customers to billing-watch for 3 days" in text(page)
    assert not Operation.objects.exists()


def test_a_selection_is_given_another_end_without_a_plan(ana, record_named):
    key = record_named("abuse-desk").pk

    page = select(ana, do="extend", of="record", record=key, pick=["acme", "globex"])

    assert page.request["PATH_INFO"] == "/ends/extend/"
    assert len([name for name in attributes(page, "name") if name == "attachment"]) == 2
    assert not Plan.objects.exists()
