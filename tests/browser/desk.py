"""A person at the desk: one Chromium context whose pages are watched for what must never happen."""

import re
from collections.abc import Mapping
from copy import copy
from typing import Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Request, Response, WebError, expect

from monitors.demo.people import PASSWORD

CHROMIUM = "/usr/bin/chromium"
SAID = "SendGrid said “success”"
# A second --disable-features takes the place of Playwright's own, so those that matter to tests stand here again.
AS_PLAYWRIGHT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)
# Each window keeps two more pages at work for what drops down under an address, and each page a process for the one
# that may come next: a third of the browser's time.
BESIDE_THE_PAGE = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    f"--disable-features={','.join((*AS_PLAYWRIGHT, *BESIDE_THE_PAGE))}",
]


class Desk:
    """Where a test clicks; `close` fails the test for a foreign request, a broken file or a console error."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.wrong: list[str] = []
        self._watch(context)
        self.page = context.new_page()

    def _watch(self, context: BrowserContext) -> None:
        context.on("request", self._is_our_own)
        context.on("response", self._is_fine)
        context.on("console", self._is_quiet)
        context.on("weberror", self._has_no_script_error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.context.close()
        assert kind or not self.wrong, self.wrong

    def sign_in(self, username: str) -> Self:
        self.open("/accounts/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(self.page).not_to_have_url(re.compile("login"))
        return self

    def new_tab(self, url: str) -> "Desk":
        """The same person, the same context, another page."""
        tab = copy(self)
        tab.page = self.context.new_page()
        tab.page.goto(url)
        return tab

    def remember_clock(self, zone: str) -> None:
        """As the switch does."""
        self.context.add_cookies([{"name": "clock", "value": zone, "url": self.url}])

    def posts(self) -> list[str]:
        """Grows with every form that is sent from now on."""
        sent: list[str] = []
        self.page.on(
            "request", lambda request: sent.append(request.url) if request.method == "POST" else None
        )
        return sent

    def open(self, path: str) -> int:
        """The answer's status."""
        response = self.page.goto(self.url.rstrip("/") + path)
        assert response is not None
        return response.status

    def open_record(self, name: str) -> None:
        self.open(f"/?q={name}")
        self.page.get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(name)

    def open_customer(self, username: str) -> None:
        self.open(f"/customers/?q={username}")
        self.page.get_by_role("link", name=username, exact=True).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(username)

    def press(self, name: str) -> None:
        """The button, or the link that looks like one."""
        begins = re.compile(f"^{re.escape(name)}")
        main = self.page.get_by_role("main")
        main.get_by_role("button", name=begins).or_(main.get_by_role("link", name=begins)).first.click()

    def fill(self, values: Mapping[str, str]) -> None:
        for field, value in values.items():
            self.page.locator(f"main [name={field}]:visible").fill(value)

    def create(self, name: str) -> None:
        self.open("/records/new/")
        self.fill({"name": name, "email": f"{name}@northmail.example", "frequency": "100"})
        self.press("Create record")

    def append(self, username: str) -> None:
        """On a record's page."""
        self.fill({"user": username})
        self.page.keyboard.press("Escape")
        self.press("Append")

    def detach(self, username: str) -> None:
        self.row(username).get_by_role("button", name="Detach").click()

    @property
    def notice(self) -> Locator:
        """What became of the last operation."""
        return self.page.locator("#notice")

    @property
    def summary(self) -> Locator:
        """What is wrong with a form."""
        return self.page.get_by_role("alert")

    @property
    def chip(self) -> Locator:
        """How old the copy is."""
        return self.page.locator("#freshness")

    @property
    def history(self) -> Locator:
        return self.page.locator("#history")

    def banner(self, kind: str) -> Locator:
        return self.page.locator(f"[data-banner={kind}]")

    def row(self, username: str) -> Locator:
        return self.page.locator(f"tr[data-customer='{username}']")

    def field(self, name: str) -> Locator:
        return self.page.locator(f"main [name={name}]:visible")

    def expect_notice(self, *words: str) -> None:
        """All of them at once: the notice goes on while a test looks."""
        patterns = (r"\s+".join(map(re.escape, word.split())) for word in words)
        every = "".join(rf"(?=[\s\S]*{pattern})" for pattern in patterns)
        expect(self.notice).to_contain_text(re.compile(every))

    def look_again_until(self, *words: str) -> None:
        """Without JavaScript the page does not change by itself: it has a link."""
        self.notice.wait_for()
        look_again = self.notice.get_by_role("link", name="Look again")
        while look_again.count() and not all(word in self.notice.inner_text() for word in words):
            self.page.wait_for_timeout(200)
            with self.page.expect_navigation():
                look_again.click()
        self.expect_notice(*words)

    def _is_our_own(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:")):
            self.wrong.append(f"asked another host: {request.url}")

    def _is_fine(self, response: Response) -> None:
        is_page = response.request.is_navigation_request()
        is_refusal = response.status == 422 and response.request.method == "POST"
        if response.status >= 400 and not is_page and not is_refusal:
            self.wrong.append(f"{response.status}: {response.url}")

    def _has_no_script_error(self, event: WebError) -> None:
        # Playwright evaluates its own scripts in the page; the policy may catch one while the page changes.
        is_playwrights = event.error.name == "EvalError" and self.url not in (event.error.stack or "")
        if not is_playwrights:
            self.wrong.append(f"script error: {event.error.stack or event.error}")

    def _is_quiet(self, message: ConsoleMessage) -> None:
        # Chromium logs a form that comes back with 422; _is_fine looks after the statuses that matter.
        if message.type in ("error", "warning") and "the server responded with a status" not in message.text:
            self.wrong.append(f"console: {message.text}")
