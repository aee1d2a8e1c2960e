"""Several people ask one web process for the same page at once: each thread reads by a connection of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.visitor import Visitor
from tests.product import Product

pytestmark = pytest.mark.slow
PEOPLE = 4
PAGES = [
    *("/", "/records/1/", "/records/1/edit/", "/customers/", "/customers/1/", "/customers/suggest/?q=a"),
    *("/search/?q=a", "/home/", "/operations/", "/plans/", "/review/", "/upstream/", "/people/", "/insight/"),
    *("/monitored/", "/monitored/?no_reason=on", "/monitored/?sort=record", "/audit/", "/audit/?task=append"),
]


@pytest.fixture
def visitors() -> Iterator[list[Visitor]]:
    sandbox = SandboxServer(control_port=None)
    sandbox.store.seed(records=[("one", "a@northmail.example", 5, ("acme",))], customers=["globex"])
    with Product(workers=1, threads=PEOPLE, sandbox=sandbox) as product, ExitStack() as signed_in:
        people = [signed_in.enter_context(Visitor(product.url, "ben")) for _ in range(PEOPLE)]
        people[0].refresh()
        yield people


def test_each_page_answers_everybody_who_asks_at_once(visitors):
    together = Barrier(PEOPLE)

    def statuses(visitor):
        found = {}
        for page in PAGES:
            together.wait(timeout=60)
            found[page] = visitor.get(page).status_code
        return found

    with ThreadPoolExecutor(PEOPLE) as threads:
        for found in threads.map(statuses, visitors):
            assert found == dict.fromkeys(PAGES, 200)
