"""One measurement on both databases, each in a process of its own: Django is set up once a process."""

import os
import subprocess
import sys
from collections.abc import Callable


def databases(module: str, size: int, measure: Callable[[str, int], None]) -> None:
    """Run `python -m module [size] [sqlite|postgresql]`: `measure` is told the database's name and the size."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else size
    if len(sys.argv) < 3:
        for database in ("sqlite", "postgresql"):
            subprocess.run([sys.executable, "-m", module, str(size), database], check=True)
    elif sys.argv[2] == "postgresql":
        from tests import postgres

        with postgres.cluster() as cluster:
            os.environ["BENCH_DATABASE_URL"] = cluster.url
            measure("PostgreSQL", size)
    else:
        measure("SQLite", size)
