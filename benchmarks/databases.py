"""What every benchmark takes: SIZE in the environment, and a database as its argument (both without one).

SIZE is the number of records; each stands for ten customers.
"""

import os
import subprocess
import sys
from collections.abc import Callable

SIZE = int(os.environ.get("SIZE", "10000"))
CUSTOMERS = SIZE * 10
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def on_each(module: str, measure: Callable[[str], None], *, is_durable: bool = False) -> None:
    """Measure on the database that the command line names, else on each in a process of its own."""
    if len(sys.argv) == 1:
        for database in NAMES:
            subprocess.run([sys.executable, "-m", module, database], check=True)
    elif sys.argv[1] == "postgresql":
        from tests.postgres import cluster  # PostgreSQL is not installed everywhere

        with cluster(is_durable=is_durable) as own:
            os.environ["BENCH_DATABASE_URL"] = own.url
            measure(NAMES["postgresql"])
    else:
        measure(NAMES["sqlite"])
