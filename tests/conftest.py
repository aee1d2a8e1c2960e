"""What every test may ask for: the sandbox at the wire, people of each role, a loaded mirror."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from pytest_django import Settings

from monitors.models import Mirror, Role
from monitors.sandbox.server import SandboxServer
from monitors.services.lists import refresh


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
