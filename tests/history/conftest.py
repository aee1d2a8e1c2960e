"""An audit log of five events, and the way past its triggers that only a tamperer takes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from monitors.models import AuditEvent, Kind, guards
from monitors.sandbox.server import SandboxServer
from monitors.services.log import audit
from tests.history import desk_past
from tests.history.plans import forget_statistics
from tests.history.standing import taken_back

DROP = {
    "sqlite": (
        "DROP TRIGGER audit_no_update",
        "DROP TRIGGER audit_no_delete",
        "DROP TRIGGER audit_only_at_the_end",
        "DROP TRIGGER audit_search",
    ),
    "postgresql": ("ALTER TABLE monitors_auditevent DISABLE TRIGGER USER",),
}


@pytest.fixture
def log(db: None) -> list[AuditEvent]:
    audit.write(*(audit.Event(kind=Kind.SIGN_IN, reason=f"number {it}") for it in range(1, 6)))
    return list(AuditEvent.objects.order_by("number"))


@pytest.fixture
def tamper(log: list[AuditEvent]) -> Callable[[str], None]:
    """Run SQL as somebody who owns the database and has taken the triggers away."""

    def run(sql: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    for statement in DROP[connection.vendor]:
        run(statement)
    guards.remove(connection, "chain_forward")
    return run


@pytest.fixture
def standing(written: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[Any]:
    """What a file's own `written` gives; a test's own changes of its rows are taken back."""
    with taken_back(django_db_blocker):
        yield written


@pytest.fixture(params=[True, False], ids=["statistics", "none"])
def standing_either_way(standing: Any, request: pytest.FixtureRequest) -> Any:
    """The same, with the statistics of these rows and without any."""
    if not request.param:
        forget_statistics()
    return standing


@pytest.fixture(scope="module")
def whole_past(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What a desk has seen, once for all tests of a file."""
    with SandboxServer(control_port=None) as upstream, taken_back(django_db_blocker):
        with override_settings(SENDGRID_API_URL=upstream.url):
            desk_past.live(upstream)
        yield


@pytest.fixture
def past(whole_past: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with taken_back(django_db_blocker):
        yield
