"""A desk for one benchmark: a fresh SQLite file and a sandbox, gone afterwards."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from monitors.sandbox import seed as seeds
from monitors.sandbox.server import SandboxServer


@contextmanager
def desk(*, seed: str = "believable", latency_ms: int = 0, **size: int) -> Iterator[SandboxServer]:
    """Django is set up on a migrated database; `seed` is `believable` or `large` (100,000 customers, or `size`)."""
    with (
        tempfile.TemporaryDirectory(prefix="monitor-desk-bench-") as folder,
        SandboxServer(control_port=None, latency_ms=latency_ms) as server,
    ):
        customers, records = getattr(seeds, seed)(**size)
        server.store.seed(records=records, customers=customers)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="config.settings",
            SECRET_KEY="bench" * 10,
            HTTPS_ONLY="false",
            LOG_LEVEL="error",
            REQUIRE_MFA="",
            SENDGRID_API_URL=server.url,
            SENDGRID_API_USER="demo",
            SENDGRID_API_KEY="demo-key",
            SENDGRID_RATE_PER_MINUTE="100000",
            REQUESTS_PER_MINUTE="100000000",
            DATABASE_URL=os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/desk.sqlite3"),
            QUEUE_URL=f"sqlite:///{folder}/queue.sqlite3",
        )
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield server
