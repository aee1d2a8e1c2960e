"""What *Monitored*, *Audit* and *Insight* cost beside a constant page and the admin over the same tables.

python -m benchmarks.evidence [sqlite|postgresql]; measured as by benchmarks.pages, SIZE and ROUNDS too.
"""

import tempfile
import time
from datetime import timedelta
from urllib.parse import urlencode

from benchmarks import databases, pages, peer, scratch
from benchmarks.databases import SIZE
from benchmarks.pages import CONSTANT, ROUNDS, Page

ATTACHMENTS, EVENTS = "admin: attachments", "admin: audit events"
PEERS = {"monitored": ATTACHMENTS, "audit": EVENTS, "insight": ATTACHMENTS}
AFTER_A_WRITE = "after a write"


def main() -> None:
    databases.on_each("benchmarks.evidence", _measure)


def _measure(database: str) -> None:
    with scratch.desk(), tempfile.TemporaryDirectory() as static:
        _register_the_peers()
        pages._prepare(static)
        _count_the_days()
        from monitors.selectors import totals

        client, measured = pages._client(), _pages()
        for page in measured.values():
            pages._count(client, page)
        pages.keep()
        for _ in range(ROUNDS):
            for name, page in measured.items():
                if name.endswith(AFTER_A_WRITE):
                    totals.forget()
                begin = time.thread_time()
                client.get(page.path)
                page.times.append(time.thread_time() - begin)
        _print(database, measured)


def _count_the_days() -> None:
    """As the worker does; the first list came when the oldest attachment began."""
    from django.utils import timezone

    from monitors.models import Refresh
    from monitors.services import day_totals

    long_ago = timezone.now() - timedelta(days=1000)
    Refresh.objects.create(asked_at=long_ago, answered_at=long_ago, finished_at=long_ago, outcome="applied")
    began = time.perf_counter()
    print(f"{day_totals.fill():,} days counted in {time.perf_counter() - began:.1f} s")


def _register_the_peers() -> None:
    """Change lists with the columns that our pages show."""
    from django.contrib import admin

    from monitors.models import Attachment, AuditEvent

    columns = {
        Attachment: ["customer", "record", "since", "began_by", "reason", "detached_at"],
        AuditEvent: ["number", "at", "actor_name", "kind", "record_name", "username", "outcome"],
    }
    for model, shown in columns.items():
        options = {"list_display": shown, "list_per_page": peer.ROWS_PER_PAGE, "list_select_related": True}
        admin.site.register(model, type(f"{model.__name__}Admin", (admin.ModelAdmin,), options))


def _pages() -> dict[str, Page]:
    from django.utils import timezone

    def at(days: int, **more: str) -> str:
        moment = timezone.now() - timedelta(days=days)
        return f"/monitored/?{urlencode({'at': moment.isoformat(), **more})}"

    paths = {
        CONSTANT: "/healthz",
        ATTACHMENTS: "/admin/monitors/attachment/",
        EVENTS: "/admin/monitors/auditevent/",
        "monitored now": "/monitored/",
        "monitored now, by record": "/monitored/?sort=record",
        "monitored now, by record, middle": f"/monitored/?sort=record&after={SIZE * 5 // 2}",
        "monitored now, newest first": "/monitored/?sort=-since",
        "monitored 30 days ago": at(30),
        "monitored 400 days ago": at(400),
        "monitored 400 days ago, by record": at(400, sort="record"),
        f"monitored now, {AFTER_A_WRITE}": "/monitored/",
        "monitored, without a reason": "/monitored/?no_reason=on",
        "monitored, one customer": "/monitored/?customer=%2377",
        "audit": "/audit/",
        "audit, in the middle": "/audit/?before=500000",
        "audit, of a record": "/audit/?record=%2377",
        "audit, settled": "/audit/?kind=operation.settled",
        "insight": "/insight/",
        "insight, a year": "/insight/?days=365",
        f"insight, a year, {AFTER_A_WRITE}": "/insight/?days=365",
    }
    return {name: Page(path) for name, path in paths.items()}


def _print(database: str, measured: dict[str, Page]) -> None:
    print(f"\n{database}, {SIZE:,} records, {SIZE * 10:,} customers, medians of {ROUNDS}")
    print(
        f"{'page':36}{'CPU ms':>8}{'× constant':>12}{'× admin':>9}{'queries':>9}{'kB':>7}{'on the wire':>13}"
    )
    constant = measured[CONSTANT].median
    for name, page in measured.items():
        peer = measured[PEERS.get(name.split(",")[0].split()[0], name)]
        ratios = f"{page.median / constant:12.1f}{page.median / peer.median:9.2f}"
        sizes = f"{page.size / 1000:7.1f}{page.size_on_wire / 1000:13.1f}"
        print(f"{name:36}{page.median * 1000:8.2f}{ratios}{page.queries:9}{sizes}")


if __name__ == "__main__":
    main()
