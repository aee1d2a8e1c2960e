"""The product's own settings under test: fast passwords, a queue of the test's own, no worker."""

import atexit
import math
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import timedelta

# Each process of a parallel run has its own queue file. Who begins the run removes its folder.
_queue_folder = tempfile.mkdtemp(prefix="monitor-desk-queue-", dir=os.environ.get("MONITOR_DESK_TEST_RUN"))
atexit.register(shutil.rmtree, _queue_folder, ignore_errors=True)
os.environ["QUEUE_URL"] = f"sqlite:///{_queue_folder}/queue.sqlite3"
os.environ["SPOOL_DIR"] = f"{_queue_folder}/spool"
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
os.environ.update(
    SECRET_KEY="only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    DEBUG="false",
    HTTPS_ONLY="false",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    SENDGRID_API_URL="http://127.0.0.1:9/api/distributor.manage",
    SENDGRID_API_USER="demo",
    SENDGRID_API_KEY="demo-key",
    SENDGRID_DEADLINE="3",
    SENDGRID_CONNECT_TIMEOUT="1",
    SENDGRID_READ_TIMEOUT="2",
    SENDGRID_RATE_PER_MINUTE="100000",
    MONITOR_EMAIL_DOMAINS="",
    REQUESTS_PER_MINUTE="1000000",
    REQUIRE_MFA="",
)

from config.settings import *  # noqa: E402, F403
from config.settings import INSTALLED_APPS, PACE, STORAGES  # noqa: E402

# As where OIDC_ISSUER is set: tests of single sign-on set it later.
INSTALLED_APPS = [*INSTALLED_APPS, "allauth.socialaccount.providers.openid_connect"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
# How much processor a list takes must not decide what a test sees, and nobody waits for its writers' lock.
PACE = replace(
    PACE, list_share=math.inf, transaction_pause=timedelta(0), transaction_pause_limit=timedelta(0)
)
