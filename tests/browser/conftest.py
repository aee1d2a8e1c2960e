"""One product for all browser tests, and people who sit down at it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from monitors.sandbox.seed import believable
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.store import Store
from tests.browser.desk import ARGUMENTS, CHROMIUM, Desk
from tests.product import Product, wait_until

EXPECT_TIMEOUT_MS = 30_000  # on a busy machine
SHORT_WAITS = {
    "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
    "REFRESH_SECONDS": "5",
    "SENDGRID_DEADLINE": "3",
    "SENDGRID_READ_TIMEOUT": "3",
    "SENDGRID_CONNECT_TIMEOUT": "1",
}
SitDown = Callable[..., Desk]
_number = count(1)


@dataclass(frozen=True, slots=True)
class Stocked:
    """A record in the first list, for one test to play with."""

    name: str

    @property
    def email(self) -> str:
        return f"{self.name}@northmail.example"

    @property
    def users(self) -> tuple[str, str]:
        return f"{self.name}-first", f"{self.name}-second"


STOCK = [Stocked(f"stock-{number:02}") for number in range(1, 61)]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Of the package, not the session: while Playwright's loop runs, Django's ORM takes the thread for async.
    with sync_playwright() as playwright:
        expect.set_options(timeout=EXPECT_TIMEOUT_MS)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="package")
def stock() -> Iterator[Stocked]:
    return iter(STOCK)


@pytest.fixture(scope="package")
def product(static_root: str) -> Iterator[Product]:
    """With a worker and a believable reseller's list, loaded."""
    sandbox = SandboxServer(control_port=None)
    usernames, records = believable()
    sandbox.store.seed(records, usernames)
    for record in STOCK:
        put(sandbox.store, record)
    with Product(workers=0, sandbox=sandbox, overrides=SHORT_WAITS | {"STATIC_ROOT": static_root}) as product:
        product.manage("collectstatic", "--no-input", "--verbosity", "0")
        product.start_web()
        product.start_worker()
        wait_until_fresh(product)
        yield product


@pytest.fixture(scope="package")
def states(browser: Browser, product: Product) -> dict[str, Any]:
    """Each person's cookies, from signing in by the form once."""
    sessions: dict[str, Any] = {}
    for username in ("ana", "sam", "ben", "ida"):
        with Desk(browser.new_context(), product.url).sign_in(username) as desk:
            sessions[username] = desk.context.storage_state()
    return sessions


@pytest.fixture
def sit_down(browser: Browser, product: Product, states: dict[str, Any]) -> Iterator[SitDown]:
    """Somebody opens the desk, signed in: sit_down("sam", java_script_enabled=False)."""
    with ExitStack() as desks:

        def open_desk(username: str, **options: Any) -> Desk:
            context = browser.new_context(storage_state=states[username], **options)
            return desks.enter_context(Desk(context, product.url))

        yield open_desk


@pytest.fixture
def ana(sit_down: SitDown) -> Desk:
    """An account manager."""
    return sit_down("ana")


@pytest.fixture
def sam(sit_down: SitDown) -> Desk:
    """Support."""
    return sit_down("sam")


@pytest.fixture
def ben(sit_down: SitDown) -> Desk:
    """An administrator."""
    return sit_down("ben")


@pytest.fixture
def ida(sit_down: SitDown) -> Desk:
    """An auditor."""
    return sit_down("ida")


@pytest.fixture
def sandbox(product: Product) -> Iterator[SandboxServer]:
    """For playing faults; at the end the upstream is well again and the desk has noticed."""
    yield product.sandbox
    product.sandbox.clear()
    wait_until_fresh(product)


@pytest.fixture
def withheld(sandbox: SandboxServer) -> SandboxServer:
    """No list tells more than is known already, until clear()."""
    sandbox.fault("empty_200", task="list", times=0)
    return sandbox


@pytest.fixture
def customer(product: Product) -> Callable[[], str]:
    """Registers one more customer, who is on no record: customer()."""

    def register() -> str:
        username = f"walker-{next(_number)}"
        product.sandbox.store.register([username])
        return username

    return register


@pytest.fixture
def record(stock: Iterator[Stocked]) -> Stocked:
    """One that no other test touches, with two customers on it."""
    return next(stock)


def put(store: Store, record: Stocked) -> None:
    store.register(record.users)
    store.create(name=record.name, email=record.email, frequency=100)
    for user in record.users:
        store.append(user=user, name=record.name)


def wait_until_fresh(product: Product) -> None:
    """A good list is shown, and nothing is held."""
    good_list = (
        "SELECT 1 FROM monitors_mirror WHERE asked_at IS NOT NULL AND failures = 0 AND held_id IS NULL"
    )
    try:
        wait_until(lambda: product.rows(good_list))
    except AssertionError:
        pytest.fail(product.log_text()[-5000:])
