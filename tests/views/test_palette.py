"""What the palette offers, in which order and to whom; the search page lists the same."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Attachment, Operation, Role
from tests.services.plans import drawn
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db

ROWS = [
    ("alder", "first@northmail.example", 100, ("alder-hotels", "globex")),
    ("alder-watch", "second@northmail.example", 1000, ()),
    ("the-alder", "alder@partner.example", 7, ()),
]


@pytest.fixture
def alders(upstream, load):
    upstream.store.seed(records=ROWS, customers=["alder", "initech"])
    load()
    return upstream


def offer(client, typed, **values):
    return client.get("/search/options/", {"q": typed, **values})


def groups(answer):
    return [name.removeprefix("group-") for name in attributes(answer, "aria-labelledby")]


def test_what_is_called_just_so_comes_first_then_what_begins_so_then_what_holds_it(ana, alders):
    answer = offer(ana, "Alder")

    assert groups(answer)[:3] == ["records", "customers", "actions"]
    records = [
        rank for rank, name in zip(attributes(answer, "data-rank"), attributes(answer, "id"), strict=False)
    ]
    assert records[:3] == ["0", "1", "2"]
    assert "the-<mark>alder</mark>" in answer.content.decode()


def test_a_customer_comes_with_where_it_is_and_what_can_be_done(ana, alders):
    answer = offer(ana, "alder-ho")

    said = text(answer)
    assert "on alder Pages" in said
    assert "Attach alder-hotels to… Detach alder-hotels from alder…" in said
    assert attributes(answer, "data-attach") == ["alder-hotels"]


def test_a_customer_comes_with_until_when_it_is_where_it_is(ana, alders):
    end = (timezone.now() + timedelta(days=30)).replace(hour=18, minute=0)
    Attachment.objects.filter(customer__username="alder-hotels").update(expires_at=end)

    assert f"on alder until {end.day} {end:%b}" in text(offer(ana, "alder-ho"))
    assert "18:00 UTC" in text(offer(ana, "alder-ho"))
    Attachment.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert "on alder Pages" in text(offer(ana, "alder-ho"))


def test_somebody_nobody_knows_can_be_attached_too_but_is_offered_last(ana, alders):
    answer = offer(ana, "watc")

    assert groups(answer) == ["records", "actions"]
    assert attributes(answer, "data-attach") == ["watc"]


@pytest.mark.parametrize(("role", "is_offered"), [(Role.SUPPORT, True), (Role.AUDITORS, False)])
def test_only_whoever_may_is_offered_to_attach(as_role, alders, role, is_offered):
    answer = offer(as_role(role), "alder-ho")

    assert bool(attributes(answer, "data-attach")) is is_offered
    assert ("/records/new/" in attributes(offer(as_role(role), "new"), "data-href")) is False


def test_to_attach_somebody_it_asks_where_to(ana, alders, record_named):
    answer = offer(ana, "alder", attach="initech")

    assert groups(answer) == ["targets"]
    assert attributes(answer, "data-post")[0] == f"/records/{record_named('alder').pk}/append/"
    assert "alder 1 in 100 to first@northmail.example" in text(answer)
    assert len(attributes(offer(ana, "", attach="initech"), "data-post")) == 3


def test_where_a_reason_is_needed_the_form_asks_for_it(ana, alders, record_named, settings):
    settings.REQUIRE_REASON = frozenset({"append"})

    answer = offer(ana, "alder-w", attach="a&b")

    (address,) = attributes(answer, "data-href")
    assert address == f"/records/{record_named('alder-watch').pk}/append/?user=a%26b"
    assert 'value="a&amp;b"' in ana.get(address).content.decode()


def test_operations_are_found_by_ticket_and_by_the_beginning_of_their_number(ana, alders, record_named):
    path = f"/records/{record_named('alder-watch').pk}/append/"
    ana.post(path, {"user": "initech", "reason": "for ESC-4471"})
    operation = Operation.objects.get()

    for typed in ("esc-44", "4471", str(operation.pk)[:8], str(operation.pk)):
        answer = offer(ana, typed)

        assert f"/operations/{operation.pk}/" in attributes(answer, "data-href"), typed
        assert "Appended initech to alder-watch" in text(answer)
    assert "operations" not in groups(offer(ana, "initech")), (
        "a name finds customers, not all that they were in"
    )


def test_plans_and_mailboxes_and_former_names_are_found(ana, manager, alders, load, record_named):
    plan = drawn(manager, "initech", record="alder")
    plan.reason = "Quarterly review"
    plan.save()
    ana.post(f"/records/{record_named('alder-watch').pk}/edit/", {"new_name": "birch"})
    load()

    assert f"/plans/{plan.pk}/" in attributes(offer(ana, "quarterly"), "data-href")
    assert "/mailboxes/alder@partner.example/" in attributes(offer(ana, "alder@partner"), "data-href")
    assert "alder-watch now birch" in text(offer(ana, "alder-watch"))


def test_nothing_typed_offers_pages_by_right(as_role, alders):
    assert "/audit/" in attributes(offer(as_role(Role.AUDITORS), ""), "data-href")
    assert "/audit/" not in attributes(offer(as_role(Role.SUPPORT), ""), "data-href")
    assert "/records/new/" in attributes(offer(as_role(Role.ACCOUNT_MANAGERS), ""), "data-href")


def test_what_strangers_chose_is_never_markup(ana, upstream, load):
    upstream.store.seed(records=[("<b>x</b>", "a@northmail.example", 1, ())])
    load()

    body = offer(ana, "<b>x").content.decode()

    assert "<bdi><mark>&lt;b&gt;x</mark>&lt;/b&gt;</bdi>" in body
    assert "<b>x" not in body


def test_nothing_found_says_so(as_role, alders):
    assert "Nothing is called “zzz”." in text(offer(as_role(Role.AUDITORS), "zzz"))


@pytest.fixture
def everything(ana, manager, alders, load, record_named):
    """Of each kind something that holds `lder-1`, or the ticket in it."""
    alders.store.seed(records=[("old-alder-1", "b@northmail.example", 1, ())])
    ana.post("/records/new/", {"name": "alder-1", "email": "alder-1@northmail.example", "frequency": "1"})
    load()
    record = record_named("alder-1")
    ana.post(f"/records/{record.pk}/append/", {"user": "initech", "reason": "for alder-1"})
    ana.post(f"/records/{record_named('alder-watch').pk}/edit/", {"new_name": "birch"})
    load()
    plan = drawn(manager, "globex", record="alder")
    plan.reason = "Alder-1 again"
    plan.save()


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("typed", ["alder", "alder-1", "al", "ALDER-1@northmail", "zzz", "Ä1x", "deadbeef"])
def test_an_answer_takes_six_queries(ana, django_assert_max_num_queries, typed):
    for path in ("/search/", "/search/options/"):
        ana.get(path, {"q": typed})
        with django_assert_max_num_queries(6):
            assert ana.get(path, {"q": typed}).status_code == 200


@pytest.mark.usefixtures("everything")
def test_the_search_page_has_each_kind_in_its_order(ana):
    page = ana.get("/search/", {"q": "alder"})

    assert attributes(page, "data-customer") == ["alder-hotels"]
    shown = [attributes(page, name) for name in ("data-record-id", "data-renamed")]
    assert [len(each) for each in shown] == [4, 1]
    assert "on alder" in text(offer(ana, "alder-ho"))
    assert "Alder-1 again" in text(ana.get("/search/", {"q": "lder-1"}))
    assert "Appended initech to alder-1" in text(ana.get("/search/", {"q": "alder-1"}))


def test_the_search_page_lists_the_same(ana, alders, record_named):
    path = f"/records/{record_named('alder-watch').pk}/append/"
    ana.post(path, {"user": "initech", "reason": "ESC-4471"})

    page = text(ana.get("/search/?q=ESC-4471"))
    assert "Operations by number or ticket" in page
    assert "Appended initech to alder-watch" in page
    assert "Attach alder-hotels to…" in text(ana.get("/search/?q=alder-ho"))


def test_the_only_thing_that_is_called_just_so_opens(ana, alders):
    assert ana.get("/search/?q=globex").status_code == 302
    assert ana.get("/search/?q=alder").status_code == 200, "there are others that begin so"
    assert ana.get("/search/?q=glob").status_code == 200
