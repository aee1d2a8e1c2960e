"""What pages cost beside a constant page and Django's own admin over the same tables, on both databases.

python -m benchmarks.pages [sqlite|postgresql]; SIZE is the number of records (10000), each with ten customers.

Seconds of processor of the request's thread; the pages take turns, and each row is the median of its rounds.
"""

import gc
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import databases, peer, scratch
from benchmarks.databases import SIZE

if TYPE_CHECKING:
    from django.test import Client

ROUNDS = int(os.environ.get("ROUNDS", "30"))
EVENTS = 1_000_000
CONSTANT, PEER = "constant page", "admin: records"


@dataclass(slots=True)
class Page:
    """One address, and what its answers cost; bytes as they go over the wire."""

    path: str
    times: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0
    size_on_wire: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.times)


def main() -> None:
    databases.on_each("benchmarks.pages", _measure)


def _measure(database: str) -> None:
    with scratch.desk(), tempfile.TemporaryDirectory() as static:
        _prepare(static)
        client, pages = _client(), _pages()
        for page in pages.values():
            _count(client, page)
        keep()
        for _ in range(ROUNDS):
            for page in pages.values():
                begin = time.thread_time()
                client.get(page.path)
                page.times.append(time.thread_time() - begin)
        _print(database, pages)


def _pages() -> dict[str, Page]:
    paths = {
        CONSTANT: "/healthz",
        PEER: peer.PATH,
        "records": "/",
        "records, last page": "/?page=last",
        "records, middle page": f"/?after={SIZE // 2}",
        "records by sample, middle": f"/?sort=frequency&after={SIZE // 2}",
        "largest record": "/records/1/",
        "largest record, last page": "/records/1/?page=last",
        "largest record, middle page": f"/records/1/?after={SIZE * 5 // 2}",
        "small record": "/records/9/",
        "customers": "/customers/",
        "customers, last page": "/customers/?page=last",
        "customers, middle page": f"/customers/?after={SIZE * 5}",
        "customers by records, middle": f"/customers/?sort=records&after={SIZE * 5}",
        "customer": "/customers/7/",
        "search": "/search/?q=customer-00001",
        "typeahead": "/customers/suggest/?q=customer-00017",
    }
    return {name: Page(path) for name, path in paths.items()}


def _prepare(static: str) -> None:
    from django.conf import settings
    from django.core.management import call_command

    settings.STATIC_ROOT, settings.ALLOWED_HOSTS = static, ["testserver"]
    call_command("collectstatic", "--no-input", verbosity=0)
    fill_desk()
    peer.register()


def keep() -> None:
    """As config.wsgi does, else a page now and then pays for looking through all of Django for waste."""
    gc.collect()
    gc.freeze()


def fill_desk(events: int = EVENTS) -> None:
    """SIZE records, to a desk that looks as if a list had just come."""
    from django.utils import timezone

    from benchmarks.population import Population, fill
    from monitors.models import Mirror

    fill(Population(records=SIZE, events=events))
    now = timezone.now()
    Mirror.objects.filter(pk=1).update(asked_at=now, whole_asked_at=now, worker_seen_at=now)


def _client() -> "Client":
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client(headers={"accept-encoding": "gzip, br"})
    client.force_login(User.objects.create_superuser("root", password=None))
    stay_fresh(client)
    return client


def stay_fresh(client: "Client") -> None:
    """The admin asks ten minutes after the sign-in who it is: here it never does."""
    from monitors.services.sessions import SIGNED_IN_AT

    session = client.session
    session[SIGNED_IN_AT] = time.time() + 12 * 3600
    session.save()


def _count(client: "Client", page: Page) -> None:
    """Its queries and size, from a first answer that is not timed."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(page.path)
    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(page.path)
    assert answer.status_code == 200, (page.path, answer.status_code)
    page.queries, page.size_on_wire = len(queries), len(answer.content)
    page.size = len(client.get(page.path, headers={"accept-encoding": "identity"}).content)


def _print(database: str, pages: dict[str, Page]) -> None:
    print(f"\n{database}, {SIZE:,} records, {SIZE * 10:,} customers, medians of {ROUNDS}")
    print(
        f"{'page':28}{'CPU ms':>8}{'× constant':>12}{'× admin':>9}{'queries':>9}{'kB':>7}{'on the wire':>13}"
    )
    constant, peer = pages[CONSTANT].median, pages[PEER].median
    for name, page in pages.items():
        ratios = f"{page.median / constant:12.1f}{page.median / peer:9.2f}"
        sizes = f"{page.size / 1000:7.1f}{page.size_on_wire / 1000:13.1f}"
        print(f"{name:28}{page.median * 1000:8.2f}{ratios}{page.queries:9}{sizes}")


if __name__ == "__main__":
    main()
