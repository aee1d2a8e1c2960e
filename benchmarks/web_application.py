"""What gunicorn serves for benchmarks: the desk, and the admin's change list of records as its peer."""

import os

from django.conf import settings

from benchmarks.peer import register
from config.wsgi import application

__all__ = ["application"]

settings.STATIC_ROOT = os.environ["BENCH_STATIC"]
register()
