"""What every test may ask for: the database, the sandbox at the wire, people of each role, a loaded mirror."""

import gc
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker, Settings

from monitors.models import Mirror, Role
from monitors.sandbox.server import SandboxServer
from monitors.selectors import totals
from monitors.services.lists import refresh
from tests.template_database import begin_run, end_run, postgres_template, sqlite_template

RUN = pytest.StashKey[Path | None]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[RUN] = begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    end_run(config.stash[RUN])


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: looking through it again and again is a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, django_db_modify_db_settings: None
) -> Iterator[None]:
    """As pytest-django's own, but from the run's template: Django finds nothing left to migrate."""
    with django_db_blocker.unblock(), template_at_hand():
        databases = setup_databases(verbosity=0, interactive=False, keepdb=connection.vendor == "sqlite")
    yield
    with django_db_blocker.unblock():
        teardown_databases(databases, verbosity=0)


@contextmanager
def template_at_hand() -> Iterator[None]:
    """PostgreSQL copies it itself; on SQLite the test database, which lives in memory, is filled from it."""
    options = connection.settings_dict["TEST"]
    if connection.vendor == "postgresql":
        options["TEMPLATE"] = postgres_template(os.environ["DATABASE_URL"])
        yield
        return
    options["NAME"] = "file:desk?mode=memory&cache=shared"
    with (
        closing(sqlite3.connect(options["NAME"], uri=True)) as copy,
        closing(sqlite3.connect(sqlite_template())) as template,
    ):
        template.backup(copy)
        yield


@pytest.fixture(autouse=True)
def no_remembered_counts() -> None:
    """A test's rows are taken back, and the next one may reach the same length of the log."""
    totals.forget()


@pytest.fixture
def upstream(settings: Settings) -> Iterator[SandboxServer]:
    """A sandbox of the test's own, which the desk is pointed at."""
    with SandboxServer(control_port=None) as server:
        settings.SENDGRID_API_URL = server.url
        yield server


@pytest.fixture
def person(db: None) -> Callable[[Role], User]:
    """Make somebody of a role: person(Role.SUPPORT)."""

    def make(role: Role, username: str | None = None) -> User:
        name = username or role.name.lower()
        user, is_new = User.objects.get_or_create(username=name, defaults={"first_name": role.name.title()})
        if is_new:
            user.groups.add(Group.objects.get(name=role))
        return user

    return make


@pytest.fixture
def manager(person: Callable[[Role], User]) -> User:
    return person(Role.ACCOUNT_MANAGERS)


@pytest.fixture
def support(person: Callable[[Role], User]) -> User:
    return person(Role.SUPPORT)


@pytest.fixture
def load(db: None, upstream: SandboxServer) -> Callable[[], Mirror]:
    """Fetch the sandbox's list into the mirror."""

    def run() -> Mirror:
        assert refresh.run(source="command") is not None
        return Mirror.objects.get(pk=1)

    return run


@pytest.fixture
def no_margin(settings: Settings) -> None:
    """Unknown operations may be judged at once: for tests of what a later list says."""
    settings.SENDGRID_DEADLINE = 0.3
    settings.PACE = replace(settings.PACE, call_margin=timedelta(seconds=0.2))
