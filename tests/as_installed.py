"""A process of the product that starts as where its own requirements are installed, in two thirds of the processor."""

import gc
import os
import sys
from typing import Any


def leave_out_what_only_checks_need() -> None:
    """Before the product is imported: others take along `rich`, and on SQLite `psycopg`, wherever they find them."""
    is_on_sqlite = os.environ["DATABASE_URL"].startswith("sqlite")
    modules: dict[str, Any] = sys.modules
    for name in ("rich", "psycopg") if is_on_sqlite else ("rich",):
        modules.setdefault(name, None)  # Python's word for one that is not there
    gc.set_threshold(10_000)  # what is imported stays
