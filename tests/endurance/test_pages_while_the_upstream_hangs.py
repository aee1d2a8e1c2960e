"""No page waits for the upstream, and no GET calls it: every URL of the desk, for every role."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from statistics import median

import pytest
import requests
from django.urls import URLPattern, reverse

from monitors import urls
from monitors.demo.people import PEOPLE
from monitors.sandbox.seed import believable
from monitors.sandbox.server import SandboxServer
from tests.endurance.ledger import operations
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until

MAX_EXTRA_SECONDS = 10.0  # for a busy machine; who waits for the upstream waits five times as long
CALLERS = 3
SENDERS = 4
# The mirror counts as too old on every page, and no list can come.
PATIENT = {"SENDGRID_DEADLINE": "50", "SENDGRID_READ_TIMEOUT": "50", "REFRESH_SECONDS": "0.1"}
MORE = (
    *(
        "/healthz",
        "/readyz",
        "/admin/",
        "/nowhere/",
        "/?q=abuse&sort=-customers&page=2",
        "/?filter=under-way",
    ),
    *("/customers/?filter=several", "/search/?q=north", "/records/suggest/?q=a", "/customers/suggest/?q=a"),
    *("/monitored/?at=2026-03-03", "/upstream/?part=chip"),
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pages while the upstream hangs")]


@pytest.fixture(scope="module")
def desk() -> Iterator[Product]:
    customers, records = believable()
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(records=records, customers=[*customers, "a free one"])
    with Product(workers=2, sandbox=sandbox, overrides=PATIENT) as product:
        with Visitor(product.url, "ana") as ana:
            ana.refresh()
            made = ana.act(
                "/records/new/", name="one", email="a@northmail.example", frequency=1, reason="T-1"
            )
            assert made.status_code == 302
        yield product


@pytest.fixture(scope="module")
def visitors(desk: Product) -> Iterator[dict[str, Visitor]]:
    with ExitStack() as stack:
        people = {
            person.username: stack.enter_context(Visitor(desk.url, person.username)) for person in PEOPLE
        }
        stranger = Visitor(desk.url, "nobody")
        stack.callback(stranger.session.close)
        yield people | {"nobody": stranger}


def every_url(desk: Product) -> list[str]:
    """Of every pattern, with what its parts need; a part nobody knows here fails the test."""
    known = {
        "record_id": desk.rows("SELECT id FROM monitors_monitorrecord ORDER BY customer_count DESC")[0][0],
        "customer_id": desk.rows("SELECT id FROM monitors_customer")[0][0],
        "uuid": operations(desk)[0].uuid,
        "refresh_id": 1,
        "number": 1,
        "filter_id": 1,
        "email": "a@northmail.example",
        "person_id": 1,
        "pk": 1,
        "provider_id": "nobody",
        "secret": "nothing",
        "task": "append",
    }
    own = [address(pattern, known) for pattern in urls.urlpatterns]
    parts = [f"/operations/{known['uuid']}/?part={part}" for part in ("notice", "chip")]
    return [*own, *parts, *MORE]


def address(pattern: URLPattern, known: dict[str, object]) -> str:
    return reverse(str(pattern.name), kwargs={part: known[part] for part in pattern.pattern.converters})


@pytest.mark.parametrize("username", [*(person.username for person in PEOPLE), "nobody"])
def test_no_get_calls_the_upstream_though_the_mirror_is_too_old(desk, visitors, username):
    called = len(desk.sandbox.calls)

    answers = {
        (method.__name__, url): method(url)
        for url in every_url(desk)
        for method in (visitors[username].get, visitors[username].head)
    }

    assert desk.sandbox.calls[called:] == []
    allowed = {200, 204, 302, 404, 405, 410} | ({403} if username != "ben" else set())
    assert {
        request: answer.status_code
        for request, answer in answers.items()
        if answer.status_code not in allowed
    } == {}
    if username == "ben":
        assert sum(answer.status_code == 200 for answer in answers.values()) > len(answers) / 2


def test_every_page_is_as_quick_as_ever_while_the_upstream_hangs(desk, visitors):
    pages = every_url(desk)
    names = ("ana", "sam", "ida")
    for name in names:
        seconds(visitors[name], pages)  # the first of each is slower by what is loaded then
    is_healthy = {name: seconds(visitors[name], pages) for name in names}

    with hanging(desk, visitors["ben"]):
        hung = {name: seconds(visitors[name], pages) for name in names}
        for name in names:  # what somebody has to wait for shows both times
            hung[name] |= seconds(visitors[name], slower(hung[name], is_healthy[name]))
        assert len(desk.sandbox.calls) - len(answered(desk)) == CALLERS

    for name in names:
        print(
            f"{name}: {median(is_healthy[name].values()):.3f} s healthy, {median(hung[name].values()):.3f} s hung"
        )
        assert slower(hung[name], is_healthy[name]) == []


@contextmanager
def hanging(desk: Product, visitor: Visitor) -> Iterator[None]:
    """A list and two writes that get no answer, each with a thread of the web waiting for it."""
    called = len(desk.sandbox.calls)
    desk.sandbox.fault("hang", times=0)
    asks: tuple[Callable[[], object], ...] = (
        visitor.refresh,
        lambda: visitor.act("/records/2/append/", user="a free one", reason="T-1"),
        lambda: visitor.act(
            "/records/new/", name="new", email="a@northmail.example", frequency=1, reason="T-1"
        ),
    )
    threads = [threading.Thread(target=suppressed, args=[ask], daemon=True) for ask in asks]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(desk.sandbox.calls) == called + CALLERS)
    try:
        yield
    finally:
        desk.sandbox.clear()
        desk.sandbox.stop()
        desk.sandbox.start()
        for thread in threads:
            thread.join()  # the list is asked for again, which the next test must not take for a call of its own


def suppressed(ask: Callable[[], object]) -> None:
    with suppress(requests.RequestException, AssertionError):
        ask()


def answered(desk: Product) -> list[int]:
    return [call.id for call in desk.sandbox.calls if call.fault != "hang"]


def seconds(visitor: Visitor, pages: list[str]) -> dict[str, float]:
    return {url: timed(visitor, url) for url in pages}


def slower(hung: dict[str, float], healthy: dict[str, float]) -> list[str]:
    return [url for url, took in hung.items() if took > healthy[url] + MAX_EXTRA_SECONDS]


def timed(visitor: Visitor, url: str) -> float:
    began = time.monotonic()
    assert visitor.get(url).status_code < 500
    return time.monotonic() - began


@pytest.mark.any_database
def test_pages_answer_though_more_people_wait_than_the_web_has_threads():
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(records=[(f"record {n}", "a@northmail.example", 5, ()) for n in range(6)])
    with (
        Product(workers=1, threads=4, worker=1, sandbox=sandbox, overrides=PATIENT) as product,
        Visitor(product.url, "ana") as ana,
    ):
        wait_until(lambda: product.rows("SELECT 1 FROM monitors_mirror WHERE asked_at IS NOT NULL"))
        sandbox.fault("hang", task="write", times=0)
        for n in range(6):
            clicked = ana.act(f"/records/{n + 1}/delete/", name=f"record {n}", reason="T-1")
            assert clicked.status_code == 302
        wait_until(lambda: len([call for call in sandbox.calls if call.task == "delete"]) == SENDERS)

        answer = requests.get(f"{product.url}accounts/login/", timeout=5)

        assert answer.status_code == 200


@pytest.mark.any_database
def test_three_appends_in_a_row_are_three_short_clicks_while_the_upstream_hangs():
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(
        records=[("one", "a@northmail.example", 5, ())], customers=["acme", "globex", "initech"]
    )
    with (
        Product(workers=1, threads=4, worker=1, sandbox=sandbox, overrides=PATIENT) as product,
        Visitor(product.url, "ana") as ana,
    ):
        wait_until(lambda: product.rows("SELECT 1 FROM monitors_mirror WHERE asked_at IS NOT NULL"))
        sandbox.fault("hang", task="write", times=0)
        for user in ("acme", "globex", "initech"):
            began = time.monotonic()
            page = ana.get(ana.act("/records/1/append/", user=user).headers["Location"])
            print(f"{user}: {time.monotonic() - began:.3f} s")
            assert "Sending" in page.text or "Under way" in page.text
        assert {row.state for row in operations(product)} <= {"queued", "pending"}
