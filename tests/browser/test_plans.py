"""Plans at the browser: from paste to results, a selection, an undo; with and without JavaScript."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SitDown, Stocked
from tests.browser.desk import Desk
from tests.browser.test_accessibility import expect_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def draw(desk: Desk, record: str, names: list[str], *, kind: str = "Append") -> None:
    desk.open("/plans/new/")
    desk.page.get_by_label("What").select_option(kind)
    desk.page.get_by_label("Record", exact=True).fill(record)
    desk.page.get_by_label("Customers", exact=True).fill("\n".join(names))
    desk.page.get_by_label("Reason or ticket").fill("ESC-1")
    desk.press("Preview")


def run(desk: Desk, label: str) -> None:
    desk.press(label)
    expect(desk.page.locator("#plan")).to_have_attribute("data-plan-state", re.compile("running|done"))


def test_from_paste_to_results_and_back(
    ana: Desk, stock: Iterator[Stocked], customer: Callable[[], str]
) -> None:
    record, names = next(stock), [customer(), customer()]
    draw(ana, record.name, [*names, names[0]])
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text(f"Append 3 customers to {record.name}")
    expect_accessible(ana.page)

    ana.press("Send as they are")
    run(ana, "Append 2 customers")
    expect(ana.page.locator("#plan")).to_have_attribute("data-plan-state", "done")
    expect(ana.page.locator("tr[data-state=done]")).to_have_count(2)
    expect_accessible(ana.page)

    ana.press("Undo all (2)…")
    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("Undo: Detach 2 customers")
    run(ana, "Detach 2 customers")
    expect(ana.page.locator("#plan")).to_have_attribute("data-plan-state", "done")


def test_ticked_customers_are_detached(ana: Desk, stock: Iterator[Stocked]) -> None:
    record = next(stock)
    ana.open_record(record.name)
    bar = ana.page.locator("[data-picked]")
    expect(bar).to_be_hidden()

    ana.page.get_by_label("Select all on this page").check()
    expect(bar).to_contain_text("2 selected")
    ana.page.get_by_label(f"Select {record.users[0]}").uncheck()
    expect(bar).to_contain_text("1 selected")
    expect_accessible(ana.page)
    bar.get_by_role("button", name="Detach").click()
    run(ana, "Detach 1 customer")

    expect(ana.page.locator("tr[data-state=done]")).to_have_count(1)


def test_many_names_pasted_where_one_is_asked_for_are_a_plan(ana: Desk, stock: Iterator[Stocked]) -> None:
    record = next(stock)
    ana.open_record(record.name)
    paste = """(field) => {
        const data = new DataTransfer();
        data.setData("text", "one-name\\nother-name");
        field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }"""

    ana.page.locator("form[data-many] input[name=user]").evaluate(paste)

    expect(ana.page.get_by_role("heading", level=1)).to_contain_text("Append 2 customers")


def test_a_plan_works_without_javascript(sit_down: SitDown, stock: Iterator[Stocked]) -> None:
    ana, record = sit_down("ana", java_script_enabled=False), next(stock)
    ana.open_record(record.name)
    ana.page.get_by_label(f"Select {record.users[0]}").check()
    ana.page.locator("[data-picked]").get_by_role("button", name="Detach").click()
    ana.press("Detach 1 customer")

    for _ in range(60):
        if ana.page.locator("#plan").get_attribute("data-plan-state") == "done":
            break
        ana.page.get_by_role("link", name="Look again").click()

    expect(ana.page.locator("tr[data-state=done]")).to_have_count(1)


def test_the_pages_of_plans_are_accessible_and_fit(ana: Desk) -> None:
    for path in ("/plans/", "/plans/new/"):
        assert ana.open(path) == 200
        expect_accessible(ana.page)
