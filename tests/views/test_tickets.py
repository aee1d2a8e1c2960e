"""The tickets that reasons name: what was done for each, and where it is told in full."""

import pytest
from django.http import HttpResponse

from monitors.models import Operation, Role, State
from tests.views.pages import attributes, text

pytestmark = pytest.mark.django_db
PAGE = "/operations/tickets/"


@pytest.fixture
def append(ana, desk, record_named):
    def append(user, reason, record="billing-watch"):
        ana.post(f"/records/{record_named(record).pk}/append/", {"user": user, "reason": reason})
        return Operation.objects.latest("started_at")

    return append


def row_of(client, ticket):
    page = client.get(PAGE).content.decode()
    return text(HttpResponse(page.partition(f'data-ticket="{ticket}">')[2].partition("</tr>")[0]))


def test_operations_are_gathered_by_the_ticket_that_their_reason_names(ana, append):
    append("initech", "ESC-7 spam wave")
    append("umbrella", "again for ESC-7")
    append("somebody-new", "ESC-8", record="abuse-desk")

    page = ana.get(PAGE)

    assert attributes(page, "data-ticket") == ["ESC-8", "ESC-7"]
    assert "2" in row_of(ana, "ESC-7")
    assert "umbrella, initech billing-watch Account_Managers" in row_of(ana, "ESC-7")


def test_a_ticket_leads_to_its_operations(ana, append):
    first, second = append("initech", "ESC-7 spam wave"), append("umbrella", "ESC-7")
    append("globex", "ESC-8")

    (link,) = [each for each in attributes(ana.get(PAGE), "href") if each.endswith("q=ESC-7")]

    assert set(attributes(ana.get(link), "data-operation")) == {str(first.pk), str(second.pk)}


def test_what_is_open_or_failed_is_counted(ana, append, desk):
    append("initech", "ESC-1")
    assert "1 open" in row_of(ana, "ESC-1")
    desk.fault("e1", task="append", times=1)
    append("umbrella", "ESC-2")
    assert "1 failed" in row_of(ana, "ESC-2")
    Operation.objects.filter(reason="ESC-1").update(state=State.CONFIRMED, settled_at="2026-01-01T00:00Z")
    assert "Done" in row_of(ana, "ESC-1")


def test_many_names_are_the_newest_few_and_how_many_more(ana, append, desk):
    for user in ("initech", "umbrella", "nobody-1", "nobody-2", "nobody-3"):
        append(user, "ESC-7")

    assert "nobody-3, nobody-2, nobody-1 and 2 more" in row_of(ana, "ESC-7")


def test_a_reason_without_a_ticket_is_in_no_row(ana, append):
    append("initech", "because")

    page = ana.get(PAGE)

    assert attributes(page, "data-ticket") == []
    assert "No ticket yet" in text(page)


def test_the_page_takes_six_queries_however_many_there_are(append, as_role, django_assert_max_num_queries):
    for number in range(8):
        append("initech" if number % 2 else "umbrella", f"ESC-{number}")
    auditor = as_role(Role.AUDITORS)
    with django_assert_max_num_queries(6):
        auditor.get(PAGE)


def test_the_list_of_operations_leads_there(ana, desk):
    assert PAGE in attributes(ana.get("/operations/"), "href")
