"""A page that stays where it is gets the pieces that changed, and asks after all its operations at once."""

from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Attachment, Mirror, Operation, Plan, Role, State
from tests.tampering import lifted
from tests.views.pages import attributes, pieces, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(desk):
    """Somebody else sends; what is asked for stays queued."""
    Mirror.objects.update(worker_seen_at=timezone.now())


@pytest.fixture
def record(desk, record_named):
    return record_named("abuse-desk")


def on(record, **values):
    return {"on": f"record-{record.pk}", "token": str(uuid4()), **values}


def append(client, record, user, **values):
    return client.post(f"/records/{record.pk}/append/", on(record, user=user, **values))


def ask(client, record, *operations, **values):
    ids = ",".join(f"{operation.pk}.queued-open" for operation in operations)
    return client.get("/operations/states/", {"ids": ids, "on": f"record-{record.pk}", **values})


@pytest.mark.usefixtures("worker")
def test_an_append_is_answered_with_its_row_notice_history_and_words_alone(ana, record):
    answer = append(ana, record, "initech", reason="ESC-1")

    operation = Operation.objects.get()
    found = pieces(answer)
    assert answer.status_code == 200
    assert found["afterbegin:#rows"].startswith("initech not confirmed yet 3 days once confirmed Sending")
    assert "Sending · Append initech to abuse-desk" in found["innerHTML:#notices"]
    assert "ESC-1" in found["afterbegin:#history .line"]
    assert found["innerHTML:#said"] == "Sending: Append initech to abuse-desk."
    assert "<html" not in answer.content.decode()
    assert attributes(answer, "data-unless") == [
        f"#o{operation.pk}",
        f"#history li[data-operation='{operation.pk}']",
    ]


@pytest.mark.usefixtures("desk")
def test_what_is_sent_while_the_person_waits_comes_in_whole(ana, record):
    answer = append(ana, record, "initech")

    found = pieces(answer)
    assert found["afterbegin:#rows"].startswith("initech just now · Account_Managers until")
    assert "Customers 3" in found["outerHTML:#facts"]


@pytest.mark.usefixtures("worker")
def test_who_is_elsewhere_is_asked_about_below_the_field(ana, record, record_named):
    other = record_named("billing-watch")

    answer = append(ana, other, "acme", reason="ESC-2", until="4h")

    assert answer.status_code == 422
    assert list(pieces(answer)) == ["afterbegin:#problems"]
    assert "acme is on abuse-desk. Nothing has been sent yet." in pieces(answer)["afterbegin:#problems"]
    body = answer.content.decode()
    for name, value in (("user", "acme"), ("reason", "ESC-2"), ("until", "4h")):
        assert f'name="{name}" value="{value}"' in body
    assert not Operation.objects.exists()

    assert append(ana, other, "acme", elsewhere="too").status_code == 200


@pytest.mark.usefixtures("worker")
def test_who_is_there_already_is_said_so_and_nothing_else_is_sent_back(ana, record):
    answer = append(ana, record, "acme")

    assert answer.status_code == 422
    assert "acme is already on abuse-desk." in pieces(answer)["afterbegin:#problems"]


def test_a_detach_takes_its_reason_and_its_row_says_that_it_is_leaving(ana, worker, record):
    acme = Attachment.objects.get(customer__username="acme")
    form = ana.get(f"/records/{record.pk}/detach/", {"user": "acme", "on": f"record-{record.pk}"})
    assert attributes(form, "name") == ["csrfmiddlewaretoken", "user", "name", "token", "reason"]

    answer = ana.post(f"/records/{record.pk}/detach/", on(record, user="acme", reason="ESC-3"))

    assert "Sending" in pieces(answer)[f"outerHTML:#a{acme.pk}"]
    assert "ESC-3" in pieces(answer)["innerHTML:#notices"]


def test_what_has_left_goes_from_the_page(ana, worker, record):
    acme = Attachment.objects.get(customer__username="acme")
    ana.post(f"/records/{record.pk}/detach/", on(record, user="acme"))
    operation = Operation.objects.get()
    with lifted():
        Operation.objects.update(state=State.ACCEPTED, words=["success"])
    with lifted():
        Attachment.objects.filter(pk=acme.pk).update(detached_at=timezone.now(), ended_by=operation)

    found = pieces(ask(ana, record, operation))

    assert f"delete:#a{acme.pk}" in found
    assert found["innerHTML:#said"] == "Accepted, confirming: Detached acme from abuse-desk."


def test_one_request_asks_after_all_and_tells_only_what_changed(ana, worker, record):
    for user in ("initech", "umbrella"):
        append(ana, record, user)
    first, second = Operation.objects.order_by("started_at")
    assert ask(ana, record, first, second).status_code == 204
    with lifted():
        Operation.objects.filter(pk=second.pk).update(state=State.REFUSED, settled_at=timezone.now())

    answer = ask(ana, record, first, second, notice=f"{first.pk}.queued-open")

    found = pieces(answer)
    assert found[f"outerHTML:a.chip[data-operation='{second.pk}']"] == "Refused"
    assert not any(str(first.pk) in place for place in found)
    assert found[f"outerHTML:#o{second.pk}"].startswith("umbrella not done")
    assert "Refused · Append umbrella" in found["innerHTML:#notices"], (
        "what failed is told before what did not"
    )
    assert "HX-Trigger" not in answer.headers, "the page need not be fetched anew"


def test_what_somebody_else_failed_at_changes_its_chip_and_no_notice(ana, as_role, worker, record):
    append(ana, record, "initech")
    sam = as_role(Role.SUPPORT)
    append(sam, record, "umbrella")
    own, other = Operation.objects.order_by("started_at")
    with lifted():
        Operation.objects.filter(pk=other.pk).update(state=State.REFUSED, settled_at=timezone.now())

    found = pieces(ask(ana, record, own, other, notice=f"{own.pk}.queued-open"))

    assert found[f"outerHTML:a.chip[data-operation='{other.pk}']"] == "Refused"
    assert "innerHTML:#notices" not in found
    assert "Refused" in pieces(ask(sam, record, own, other))["innerHTML:#notices"]


@pytest.mark.parametrize("count", [1, 20])
def test_asking_takes_few_queries_however_many_are_under_way(
    ana, worker, record, count, django_assert_num_queries
):
    for number in range(count):
        append(ana, record, f"customer-{number}")
    operations = list(Operation.objects.all())
    with django_assert_num_queries(3):
        assert ask(ana, record, *operations).status_code == 204
    with lifted():
        Operation.objects.update(state=State.REFUSED, settled_at=timezone.now())

    with CaptureQueriesContext(connection) as queries:
        assert ask(ana, record, *operations).status_code == 200

    sql = [query["sql"] for query in queries]
    assert len(sql) <= 8, "\n".join(sql)
    assert not any(each.startswith(("INSERT", "UPDATE", "DELETE")) for each in sql)


@pytest.mark.usefixtures("desk")
def test_a_page_without_a_place_is_told_to_fetch_itself_anew(ana, worker, record):
    append(ana, record, "initech")
    operation = Operation.objects.get()
    with lifted():
        Operation.objects.update(state=State.REFUSED, settled_at=timezone.now())

    answer = ana.get("/operations/states/", {"ids": f"{operation.pk}.queued-open"})

    assert answer.headers["HX-Trigger"] == '{"settled": {}}'


@pytest.mark.parametrize(
    "query",
    ["", "ids=x", "ids=,,.", f"ids={UUID(int=7)}.queued-open&notice=x.y", "undoing=x", "on=record-99"],
)
def test_an_odd_question_is_no_error(ana, desk, query):
    assert ana.get(f"/operations/states/?{query}").status_code == 204


def test_one_more_end_is_told_in_the_row_and_the_reason_is_asked_for_there(ana, worker, record):
    acme = Attachment.objects.get(customer__username="acme")
    form = ana.get("/ends/extend/", {"attachment": acme.pk, "on": f"record-{record.pk}"})
    assert "Extend 1 customer" in text(form)
    assert "<html" not in form.content.decode()

    without = ana.post("/ends/extend/", on(record, attachment=acme.pk, until="4h"))
    answer = ana.post("/ends/extend/", on(record, attachment=acme.pk, until="4h", reason="ESC-4"))

    assert without.status_code == 422
    assert "This field is required." in text(without)
    assert "until" in pieces(answer)[f"outerHTML:#a{acme.pk}"]
    assert pieces(answer)["innerHTML:#said"] == "acme on abuse-desk: given another end."


def test_what_is_kept_goes_from_the_review(ana, worker, record):
    acme = Attachment.objects.get(customer__username="acme")

    answer = ana.post("/ends/keep/", {"on": "review", "attachment": acme.pk, "reason": "still needed"})

    assert f"delete:tr[data-attachment='{acme.pk}']" in pieces(answer)


def test_taking_back_one_thing_is_done_at_once_and_the_page_learns_what_has_begun(ana, desk, record):
    ana.post(f"/records/{record.pk}/detach/", on(record, user="acme"))
    detach = Operation.objects.get()

    answer = ana.post(f"/operations/{detach.pk}/undo/", on(record))

    plan = Plan.objects.get()
    assert attributes(answer, "data-undoing") == [str(plan.pk)]
    begun = pieces(ask(ana, record, undoing=str(plan.pk)))
    assert "Appended acme to abuse-desk" in begun["innerHTML:#notices"]
    assert begun["afterbegin:#rows"].startswith("acme")


def test_taking_back_where_the_world_has_moved_on_says_why(ana, desk, record):
    ana.post(f"/records/{record.pk}/detach/", on(record, user="acme"))
    detach = Operation.objects.get()
    append(ana, record, "acme")

    answer = ana.post(f"/operations/{detach.pk}/undo/", on(record))

    assert "acme" in pieces(answer)["innerHTML:#notices"]
    assert not Plan.objects.exclude(state="draft").exists()


def test_on_a_customers_page_the_row_is_the_records(ana, desk, record_named):
    billing = record_named("billing-watch")
    acme = Attachment.objects.get(customer__username="globex").customer
    place = f"customer-{acme.pk}"

    answer = ana.post(
        f"/customers/{acme.pk}/append/", {"on": place, "name": "billing-watch", "elsewhere": "too"}
    )

    found = pieces(answer)
    assert found["afterbegin:#rows"].startswith(
        "billing-watch 1 in 1,000 to billing@northmail.example just now"
    )
    assert found["outerHTML:#now"].startswith("On 2 records now")
    detached = ana.post(f"/records/{billing.pk}/detach/", {"on": place, "user": "globex"})
    assert any(where.startswith("delete:#a") for where in pieces(detached))
    assert pieces(detached)["outerHTML:#now"].startswith("On 1 record now")
