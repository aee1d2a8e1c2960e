"""What gunicorn serves for benchmarks: the desk, and the admin's change list of records as its peer."""

# ruff: noqa: E402 - the folder of static files is read when the application is made
import os

from django.conf import settings

settings.STATIC_ROOT = os.environ["BENCH_STATIC"]

from benchmarks import peer
from config.wsgi import application

__all__ = ["application"]

peer.register()
