"""A page stays where it is: what is done comes in by itself, in few bytes, and the hands stay where they were."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Response, expect

from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

MAX_APPEND, MAX_CONFIRMATION = 4_000, 6_000  # bytes over the wire
Weights = dict[str, list[int]]


@contextmanager
def weighed(desk: Desk) -> Iterator[Weights]:
    """How many bytes each answer takes, by its address; what is typed ahead and the bar's own asking are apart."""
    weights: Weights = {}

    def weigh(response: Response) -> None:
        path = response.url.removeprefix(desk.url.rstrip("/")).partition("?")[0]
        if not path.startswith("/static/") and "/suggest/" not in path and path != "/upstream/":
            weights.setdefault(path, []).append(response.request.sizes()["responseBodySize"])

    desk.page.on("response", weigh)
    yield weights
    desk.page.remove_listener("response", weigh)


def said(desk: Desk) -> str:
    return desk.page.locator("#said").inner_text()


def expect_settled(desk: Desk) -> None:
    expect(desk.page.locator("a.chip[data-open]")).to_have_count(0)


def test_an_append_is_one_small_request_and_what_confirms_it_is_small_too(
    sam: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    username = customer()
    sam.open_record(record.name)
    sam.page.evaluate("document.body.dataset.same = 'page'")
    field = sam.field("user")

    with weighed(sam) as weights:
        field.fill(username)
        field.press("Enter")
        sam.expect_notice("Confirmed", f"Appended {username} to {record.name}")
        expect_settled(sam)

    (append,) = [path for path in weights if path.endswith("/append/")]
    assert len(weights[append]) == 1
    assert 0 < weights[append][0] < MAX_APPEND
    assert weights.keys() == {append, "/operations/states/"}
    assert sum(weights["/operations/states/"]) < MAX_CONFIRMATION
    expect(sam.row(username)).to_contain_text("just now · Sam")
    expect(sam.page.locator("#facts")).to_contain_text(["Customers", "3"][1])
    expect(sam.history).to_contain_text(f"Appended {username}")
    expect(field).to_have_value("")
    expect(field).to_be_focused()
    assert said(sam) == f"Confirmed: Appended {username} to {record.name}."
    assert sam.page.evaluate("document.body.dataset.same") == "page"


def test_twenty_customers_are_typed_one_after_the_other(
    sam: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    usernames = [customer() for _ in range(20)]
    sam.open_record(record.name)
    sam.field("user").focus()

    with weighed(sam) as weights:
        for username in usernames:  # nothing is waited for
            sam.page.keyboard.type(username)
            sam.page.keyboard.press("Enter")
        for username in usernames:
            expect(sam.row(username)).to_be_visible()
        expect_settled(sam)

    assert [len(each) for path, each in weights.items() if path.endswith("/append/")] == [20]
    expect(sam.page.locator("#rows tr")).to_have_count(22)
    expect(sam.page.locator("#problems form")).to_have_count(0)
    expect(sam.page.locator("#facts")).to_contain_text("22")


def test_twenty_pasted_customers_are_appended_after_one_preview(
    ana: Desk, record: Stocked, customer: Callable[[], str]
) -> None:
    usernames = [customer() for _ in range(20)]
    ana.open_record(record.name)
    ana.field("user").focus()
    ana.field("user").evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        "\n".join(usernames),
    )

    ana.press("Send as they are")  # nobody has ever seen them on a record
    ana.press("Append 20 customers")

    expect(ana.page.locator("tr[data-state=done]")).to_have_count(20)


def test_somebody_on_another_record_is_asked_about_beside_the_field(
    sam: Desk, record: Stocked, stock
) -> None:
    other = next(stock)
    sam.open_record(record.name)
    sam.append(other.users[0])

    question = sam.page.locator("#problems form")
    expect(question).to_contain_text(f"{other.users[0]} is on {other.name}. Nothing has been sent yet.")
    expect(question.get_by_role("alert")).to_be_visible()
    expect(sam.field("user")).to_be_focused()
    expect(sam.field("user")).to_have_value("")

    question.get_by_role("button", name="Append too").click()

    sam.expect_notice(f"Appended {other.users[0]} to {record.name}")
    expect(question).to_have_count(0)


def test_what_is_refused_at_once_gives_the_name_back(sam: Desk, record: Stocked) -> None:
    sam.open_record(record.name)
    sam.append(record.users[0])

    expect(sam.page.locator("#problems")).to_contain_text(f"{record.users[0]} is already on {record.name}.")
    expect(sam.field("user")).to_have_value(record.users[0])
    sam.page.get_by_role("button", name="Dismiss").click()
    expect(sam.page.locator("#problems form")).to_have_count(0)
    expect(sam.field("user")).to_be_focused()


def test_a_detach_and_its_undo_keep_the_search_and_go_on_to_the_next_row(
    sam: Desk, record: Stocked, withheld: SandboxServer
) -> None:
    first, second = record.users
    sam.open_record(record.name)
    sam.open(f"{sam.page.url.removeprefix(sam.url.rstrip('/'))}?q={record.name}&sort=-customer")

    sam.row(second).get_by_role("button", name="Detach").press("Enter")

    expect(sam.row(first)).to_be_focused()
    expect(sam.row(second)).to_have_count(0)
    expect(sam.row(first)).to_be_focused()
    sam.expect_notice("Accepted, confirming", f"Detached {second} from {record.name}")
    assert "sort=-customer" in sam.page.url
    assert f"q={record.name}" in sam.page.url

    sam.press("Undo")
    sam.expect_notice("Accepted, confirming", f"Appended {second} to {record.name}")
    expect(sam.row(second)).to_contain_text("interrupted for under a minute")
    assert "sort=-customer" in sam.page.url
    withheld.clear()


def test_a_detach_takes_its_reason_in_the_row(sam: Desk, record: Stocked) -> None:
    first, second = record.users
    sam.open_record(record.name)
    opener = sam.row(first).get_by_role("link", name="with a reason")

    opener.click()
    reason = sam.page.locator(".here").get_by_label("Reason or ticket")
    expect(reason).to_be_focused()
    reason.press("Escape")
    expect(opener).to_be_focused()
    opener.press("Enter")
    reason.fill("ESC-31")
    reason.press("Enter")

    sam.expect_notice(f"Detached {first} from {record.name}", "ESC-31")
    expect(sam.row(first)).to_have_count(0)
    expect(sam.row(second)).to_be_focused()


def test_another_end_is_chosen_in_the_row(sam: Desk, record: Stocked) -> None:
    first, second = record.users
    sam.open_record(record.name)

    sam.row(first).get_by_role("link", name="Extend").click()
    form = sam.page.locator(".here")
    form.get_by_role("radio", name="4 hours").check()
    form.get_by_label("Reason or ticket").fill("ESC-32")
    form.get_by_label("Reason or ticket").press("Enter")

    expect(sam.row(first)).to_contain_text("in 4 h")
    expect(sam.row(second)).to_be_focused()
    assert said(sam) == f"{first} on {record.name}: given another end."


def test_on_a_customers_page_it_is_the_same(sam: Desk, record: Stocked, customer: Callable[[], str]) -> None:
    username = record.users[0]
    sam.open_customer(username)
    sam.detach(username)
    expect(sam.page.locator("#now")).to_contain_text("Not monitored now")
    expect(sam.page.locator("[data-empty=none]")).to_be_visible()

    with weighed(sam) as weights:
        sam.field("name").fill(record.name)
        sam.field("name").press("Enter")
        expect(sam.page.locator("#now")).to_contain_text("On 1 record now")

    assert [path for path in weights if path.startswith("/customers/")] == [
        path for path in weights if path.endswith("/append/")
    ]
    expect(sam.field("name")).to_be_focused()
    expect(sam.page.locator("[data-empty=none]")).to_be_hidden()


def test_what_is_kept_leaves_the_review(sam: Desk, record: Stocked) -> None:
    sam.open("/review/?owner=nobody")
    line = sam.page.locator("#sheet tr[data-attachment]").first
    key = line.get_attribute("data-attachment")
    line.get_by_role("checkbox").check()

    sam.press("Keep")
    form = sam.page.locator(".here")
    form.get_by_label("Reason or ticket, needed").fill("ESC-33")
    form.get_by_role("button", name="Keep 1 customer").click()

    expect(sam.page.locator(f"tr[data-attachment='{key}']")).to_have_count(0)
    expect(sam.page.locator("[data-banner=message]")).to_contain_text("kept")
    assert "owner=nobody" in sam.page.url


def test_one_request_asks_after_everything_that_is_under_way(
    sit_down: SitDown, record: Stocked, customer: Callable[[], str], withheld: SandboxServer
) -> None:
    sam = sit_down("sam")
    sam.open_record(record.name)
    for username in (customer(), customer(), customer()):
        sam.append(username)
        sam.expect_notice(f"Appended {username}")
    asked: list[str] = []
    sam.page.on(
        "request", lambda request: asked.append(request.url) if "/operations/" in request.url else None
    )

    sam.page.reload()
    expect(sam.page.locator("#rows a.chip[data-open]")).to_have_count(3)
    sam.page.wait_for_timeout(2_500)

    assert 1 <= len(asked) <= 3, "it backs off"
    assert all(url.count("accepted-open") == 3 + 1 for url in asked), "three chips and the notice at once"
    withheld.clear()
