"""A desk that people sign in to: two records and four customers, loaded from the sandbox."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from monitors.models import Mirror, MonitorRecord, Role
from monitors.sandbox.server import SandboxServer
from tests import remembered_list

PASSWORD = "a long enough one"

ROWS = [
    ("abuse-desk", "abuse@northmail.example", 100, ("acme", "globex")),
    ("billing-watch", "billing@northmail.example", 1000, ()),
]


@pytest.fixture
def load(upstream: SandboxServer, load: Callable[[], Mirror]) -> Callable[[], Mirror]:
    """The sandbox's list is in the mirror: a first one is copied where a test before has fetched the same."""

    def run() -> Mirror:
        remembered_list.load(upstream, load)
        return Mirror.objects.get(pk=1)

    return run


@pytest.fixture
def desk(upstream, load):
    """The sandbox behind a loaded desk."""
    upstream.store.seed(records=ROWS, customers=["initech", "umbrella"])
    load()
    return upstream


@pytest.fixture
def patient(ana, settings, tmp_path):
    """A visitor who is shown error pages; no end of a call is tried again."""
    settings.PACE = replace(settings.PACE, recording_patience=timedelta(0))
    settings.SPOOL_DIR = tmp_path / "spool"
    ana.raise_request_exception = False
    return ana


@pytest.fixture
def as_role(person: Callable[[Role], User]) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        client = Client()
        client.force_login(person(role))
        return client

    return sign_in


@pytest.fixture
def with_password(person: Callable[[Role, str], User]) -> Callable[[Role, str], User]:
    """Somebody of a role who can sign in with PASSWORD."""

    def make(role: Role, username: str) -> User:
        user = person(role, username)
        user.set_password(PASSWORD)
        user.save()
        return user

    return make


@pytest.fixture
def ana(as_role: Callable[[Role], Client]) -> Client:
    """An account manager at the browser."""
    return as_role(Role.ACCOUNT_MANAGERS)


@pytest.fixture
def record_named(db) -> Callable[[str], MonitorRecord]:
    return lambda name: MonitorRecord.objects.get(name=name)


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The moment at which Django's clock stands still: ages on pages are then exact on any machine."""
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    return now


@pytest.fixture
def ida(as_role: Callable[[Role], Client]) -> Client:
    """An auditor at the browser."""
    return as_role(Role.AUDITORS)


@pytest.fixture
def sam(as_role: Callable[[Role], Client]) -> Client:
    """Support at the browser."""
    return as_role(Role.SUPPORT)


@pytest.fixture
def ben(as_role: Callable[[Role], Client]) -> Client:
    """An administrator at the browser."""
    return as_role(Role.ADMINISTRATORS)
