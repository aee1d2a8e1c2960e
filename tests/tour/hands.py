"""Somebody's hands at the desk, whose steps are counted."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Response, expect

from tests.browser.desk import Desk

# What asks by itself whether something has been confirmed, or what a name begins with, is nobody's step.
BACKGROUND = ("/static/", "/operations/states/", "/upstream/", "/suggest/", "/search/options/")
PASTE = """(field, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@dataclass(slots=True)
class Cost:
    """What a task takes; `size` is the bytes of the answers' bodies on the wire."""

    steps: int = 0
    requests: int = 0
    size: int = 0


class Hands:
    """A step is a click, a key, or a field that is filled; `customers()` gives one who is on no record."""

    def __init__(self, desk: Desk, customers: Callable[[], str]) -> None:
        self.desk, self.page, self.customers = desk, desk.page, customers
        self.cost = Cost()
        self.page.on("requestfinished", lambda request: self._count(request.response()))

    def begin(self, path: str) -> None:
        """Where the task begins; what was counted before does not count."""
        self.desk.open(path)
        self.page.wait_for_load_state("networkidle")
        self.cost = Cost()

    def begin_on_record(self, name: str, *, search: str = "") -> None:
        """Where its customers are those that `search` finds."""
        self.desk.open_record(name)
        self.begin(f"{self.page.url.removeprefix(self.desk.url.rstrip('/'))}?q={search}")

    def click(self, target: Locator) -> None:
        self.cost.steps += 1
        target.click()

    def press(self, name: str) -> None:
        """The button or link of that name."""
        self.cost.steps += 1
        self.desk.press(name)

    def fill(self, target: Locator, text: str) -> None:
        self.cost.steps += 1
        target.fill(text)

    def enter(self, target: Locator, text: str) -> None:
        """Typed and sent with Enter before the search asks by itself, which it does while somebody hesitates."""
        self.cost.steps += 2
        target.evaluate("(field, text) => { field.value = text; }", text)
        target.press("Enter")

    def key(self, key: str) -> None:
        self.cost.steps += 1
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self.cost.steps += 1
        self.page.keyboard.type(text)

    def paste(self, target: Locator, text: str) -> None:
        self.cost.steps += 1
        target.evaluate(PASTE, text)

    def see(self, target: Locator, text: str) -> None:
        """What the task was for."""
        expect(target).to_contain_text(text)
        self.page.wait_for_load_state("networkidle")

    def _count(self, response: Response | None) -> None:
        if response is None or any(part in response.url for part in BACKGROUND):
            return
        self.cost.requests += 1
        self.cost.size += response.request.sizes()["responseBodySize"]
