"""The product's own settings for processes that tests start: all from the environment, but no collected files."""

from dataclasses import replace
from datetime import timedelta

from tests.as_installed import leave_out_what_only_checks_need

leave_out_what_only_checks_need()

from huey.consumer import Scheduler  # noqa: E402

from config.settings import *  # noqa: E402, F403
from config.settings import PACE, STORAGES  # noqa: E402

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
