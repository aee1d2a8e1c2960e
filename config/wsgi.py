"""The WSGI entry point: gunicorn config.wsgi."""

import gc
import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.db import DatabaseError, connection  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402

from monitors.services import ends, metrics, settings_log  # noqa: E402 - only now are the models loaded
from monitors.services.log import proof  # noqa: E402


def keep_little(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Kilobytes: each thread has a connection, and what a page reads is in the system's own cache too."""
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA cache_size = -500")


connection_created.connect(keep_little)
metrics.tidy()
settings_log.note_start("web")
proof.note_start()
with suppress(DatabaseError):  # a database that is not there yet does not stop the start
    ends.record_kept()
connection.close()  # the web server starts its threads, or forks, after this
gc.collect()
gc.freeze()  # what lives as long as the process is not looked through again
