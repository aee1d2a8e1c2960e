"""The demo walked task by task."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from monitors.sandbox.store import Store
from tests.browser.desk import ARGUMENTS, CHROMIUM, Desk
from tests.product import wait_until
from tests.tour import page
from tests.tour.hands import Cost, Hands
from tests.tour.walks import WALKS, Walk

PATIENCE_MS = 30_000
SIZE = ViewportSize(width=1280, height=800)


def walk_the_demo(environment: Mapping[str, str]) -> None:
    """Take the pictures and write docs/tour.md; `environment` is that of the demo's process."""
    page.PICTURES.mkdir(parents=True, exist_ok=True)
    with demo(environment) as (url, customers), sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page.write({walk.name: _walk(chromium, url, customers, walk) for walk in WALKS})
        chromium.close()


def _walk(chromium: Browser, url: str, customers: Callable[[], str], walk: Walk) -> Cost:
    with Desk(chromium.new_context(viewport=SIZE), url) as desk:
        hands = Hands(desk.sign_in(walk.person), customers)
        walk.do(hands)
        _picture(desk.page, page.PICTURES / f"{walk.name}.png")
        print(f"{walk.title}: {hands.cost}", flush=True)
        return hands.cost


def _picture(of: Page, path: Path) -> None:
    of.mouse.move(0, 0)
    of.screenshot(path=path, animations="disabled")


@contextmanager
def demo(environment: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], str]]]:
    """Its address, and customers whom its upstream knows and nobody monitors."""
    with tempfile.TemporaryDirectory(prefix="monitor-desk-tour-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        own = {**environment, "PORT": str(port), "DEMO_FOLDER": folder}
        command = [sys.executable, "manage.py", "demo"]
        process = subprocess.Popen(command, cwd=page.ROOT, env=own, stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}/"
            wait_until(lambda: _answers(f"{url}healthz"), within=120)
            yield url, _free_customers(Path(folder))
        finally:
            process.terminate()
            process.wait()


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=5).ok
    return False


def _free_customers(folder: Path) -> Callable[[], str]:
    store = Store(folder / "upstream.sqlite3")
    monitored = {user for *_, users in store.snapshot() for user in users}
    names = iter([user for user in store.customers() if user not in monitored])
    store.close()
    return lambda: next(names)
