"""The WSGI entry point: gunicorn config.wsgi."""

import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from django.db import DatabaseError, connection  # noqa: E402

from monitors.services import ends, settings_log  # noqa: E402 - only now are the models loaded

settings_log.note_start("web")
with suppress(DatabaseError):  # a database that is not there yet does not stop the start
    ends.record_kept()
connection.close()  # the web server starts its threads, or forks, after this
