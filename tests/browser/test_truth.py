"""What the page says when the upstream answers badly, and how it finds the truth without a reload."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from monitors.sandbox.calls import Call
from monitors.sandbox.server import SandboxServer
from tests.browser.conftest import Stocked
from tests.browser.desk import Desk
from tests.product import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SEND_TWICE = """form => Promise.all(
    [1, 2].map(() => fetch(location.href, {method: "POST", body: new FormData(form)}))
)"""
PRESS_AND_LOOK = """button => {
    setTimeout(() => {
        button.click();
        sessionStorage.button = button.getAttribute("aria-busy") + " " + button.innerText.trim();
    });
}"""


def test_a_lost_answer_is_unknown_and_then_the_truth_done_or_not(
    sam: Desk, record: Stocked, sandbox: SandboxServer, customer: Callable[[], str]
) -> None:
    done, not_done = customer(), customer()
    sam.open_record(record.name)
    other = sam.new_tab(sam.page.url)

    for desk, username, is_applied in ((sam, done, True), (other, not_done, False)):
        sandbox.fault("close_before_answer", task="append", applied=is_applied)
        desk.append(username)
        desk.expect_notice("Unknown, checking", f"Append {username} to {record.name}", "may or may not")
        expect(desk.row(username)).to_contain_text("not confirmed yet")
        expect(desk.row(username).locator("[data-state=unknown]")).to_be_visible()
        expect(desk.page.get_by_role("button", name="Check in")).to_be_disabled()

    other.expect_notice("Not shown by a list", f"Append {not_done} to {record.name}", "try again")
    expect(other.row(not_done)).to_have_count(0)
    sam.open_record(record.name)
    expect(sam.row(done)).to_contain_text("Sam Rivera")
    expect(sam.row(done).locator("[data-state=unknown]")).to_have_count(0)


def test_a_success_that_was_a_lie_is_told(sam: Desk, record: Stocked, withheld: SandboxServer) -> None:
    username = record.users[0]
    withheld.fault("lie", task="detach")
    sam.open_record(record.name)

    sam.detach(username)
    sam.expect_notice("Accepted, confirming", f"Detached {username} from {record.name}")
    expect(sam.row(username)).to_have_count(0)
    withheld.clear()

    sam.expect_notice("Contradicted by a list", f"Detach {username} from {record.name}")
    expect(sam.row(username)).to_be_visible()


def test_a_refusal_stands_on_top_in_its_own_words_and_keeps_what_was_typed(
    ana: Desk, record: Stocked
) -> None:
    ana.open("/records/new/")
    typed = {"name": "unheard-of", "email": "a@northmail.example", "frequency": "12", "reason": "ONB-9"}
    ana.fill(typed | {"name": "abuse-desk-eu"})
    ana.press("Create record")
    expect(ana.summary).to_contain_text("Nothing was sent")
    expect(ana.field("reason")).to_have_value("ONB-9")

    ana.open_record(record.name)
    ana.fill({"user": "nobody-of-ours", "reason": "ESC-3"})
    ana.page.keyboard.press("Escape")
    ana.press("Append")

    ana.expect_notice("Refused", "User not found", "Nothing was changed")
    ana.press("Try again")
    expect(ana.summary).to_contain_text("SendGrid refused this")
    expect(ana.summary.locator("blockquote")).to_have_text("User not found")
    expect(ana.field("user")).to_have_value("nobody-of-ours")
    expect(ana.field("reason")).to_have_value("ESC-3")
    ana.summary.get_by_role("link", name="Operation").click()
    ana.expect_notice("Refused", "User not found", "Nothing was changed")


def test_bad_input_is_told_at_the_field_and_nothing_is_sent(ana: Desk, sandbox: SandboxServer) -> None:
    before = len(writes(sandbox))
    ana.open("/records/new/")
    ana.page.locator("main form").evaluate("form => form.noValidate = true")
    ana.fill({"name": "x" * 256, "email": "no address", "frequency": "0"})

    ana.press("Create record")

    expect(ana.summary).to_contain_text("Nothing was sent")
    for field in ("name", "email", "frequency"):
        expect(ana.field(field)).to_have_attribute("aria-invalid", "true")
    expect(ana.field("email")).to_have_value("no address")
    ana.summary.get_by_role("link", name="Sample").click()
    expect(ana.field("frequency")).to_be_focused()
    assert len(writes(sandbox)) == before


def test_a_double_click_and_a_reload_make_one_call(ana: Desk, sandbox: SandboxServer) -> None:
    sandbox.fault("delay", task="create", applied=True, seconds=0.5)
    ana.open("/records/new/")
    ana.fill({"name": "clicked-twice", "email": "twice@northmail.example", "frequency": "3"})
    posted = ana.posts()

    # Chromium itself drops the second click; others do not.
    ana.page.locator("main form").evaluate(SEND_TWICE)
    ana.press("Create record")
    ana.expect_notice("Created clicked-twice")
    ana.page.reload()
    ana.expect_notice("Created clicked-twice")

    assert len(posted) == 3
    assert [call.task for call in writes(sandbox) if call.parameters["name"] == "clicked-twice"] == ["create"]


def test_a_refused_append_is_one_call_however_often_its_page_is_read(
    sam: Desk, record: Stocked, sandbox: SandboxServer
) -> None:
    sam.open_record(record.name)
    posted = sam.posts()
    sam.append("reloaded-nobody")
    sam.expect_notice("User not found")

    sam.page.reload()

    sam.expect_notice("User not found")
    assert len(posted) == 1
    assert len([call for call in writes(sandbox) if call.parameters.get("user") == "reloaded-nobody"]) == 1


def test_a_button_says_that_it_is_at_work_and_others_see_the_attempt(
    sam: Desk, ana: Desk, record: Stocked, sandbox: SandboxServer
) -> None:
    username = record.users[0]
    ana.open_record(record.name)
    sam.open_record(record.name)
    sandbox.fault("delay", task="detach", applied=True, seconds=2.5)

    # Playwright waits for the answer before it looks into the page again, so the page looks itself.
    sam.page.get_by_role("button", name=f"Detach {username}").evaluate(PRESS_AND_LOOK)
    wait_until(lambda: any(call.parameters.get("user") == username for call in sandbox.calls))
    ana.page.reload()
    expect(ana.row(username).locator("[data-state=pending]")).to_be_visible()

    sam.expect_notice(f"Detached {username} from {record.name}")
    assert sam.page.evaluate("sessionStorage.button") == "true Detaching…"


def test_who_edits_what_somebody_else_has_changed_is_asked_again_and_sends_only_their_own(
    ana: Desk, ben: Desk, record: Stocked, sandbox: SandboxServer
) -> None:
    for desk in (ana, ben):
        desk.open_record(record.name)
        desk.press("Edit")
    ana.fill({"new_frequency": "77"})
    ana.press("Save changes")
    ana.expect_notice("sample from 1 in 100 to 1 in 77")

    ben.fill({"new_email": "other@northmail.example"})
    ben.press("Save changes")
    expect(ben.summary).to_contain_text("sample from 1 in 100 to 1 in 77")
    expect(ben.summary).to_contain_text("Ana Keller")
    expect(ben.summary).to_be_focused()
    expect(ben.field("new_email")).to_have_value("other@northmail.example")
    ben.press("Save changes")

    ben.expect_notice("Confirmed", f"mailbox from {record.email} to other@northmail.example")
    expect(ben.page.locator("#facts")).to_contain_text("1 in 77 messages")
    rows = [row[:3] for row in sandbox.store.snapshot()]
    assert (record.name, "other@northmail.example", 77) in rows


def test_a_change_from_outside_is_marked_as_such(ana: Desk, record: Stocked, sandbox: SandboxServer) -> None:
    sandbox.store.edit(name=record.name, new_frequency=9)
    sandbox.store.detach(user=record.users[0], name=record.name)
    ana.open("/upstream/")
    ana.press("Refresh")

    ana.open_record(record.name)
    wait_until(
        lambda: bool(ana.page.reload()) and "Changed outside" in ana.page.locator("#facts").inner_text()
    )
    expect(ana.page.locator("#facts")).to_contain_text("1 in 9 messages")
    expect(ana.history).to_contain_text("outside the desk")
    expect(ana.row(record.users[0])).to_have_count(0)


def writes(sandbox: SandboxServer) -> list[Call]:
    return [call for call in sandbox.calls if call.task not in (None, "list")]
