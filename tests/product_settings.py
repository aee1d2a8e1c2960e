"""The product's own settings for processes that tests start: all from the environment, but no collected files."""

from dataclasses import replace
from datetime import timedelta

from huey.consumer import Scheduler

from config.settings import *  # noqa: F403
from config.settings import PACE, STORAGES

# The demo's people sign in often and nobody attacks them.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
PACE = replace(
    PACE,
    call_margin=timedelta(seconds=2),
    confirm_after=timedelta(seconds=0.5),
    heartbeat=timedelta(seconds=1),
    recording_patience=timedelta(seconds=1),
)
# What the worker does each minute, it does each five seconds.
Scheduler.periodic_task_seconds = 5
