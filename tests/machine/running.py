"""Running the machine: how many examples, and the desk pointed at a sandbox of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
from django.conf import settings as django_settings
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from monitors.sandbox.server import SandboxServer
from tests.machine.stage import DEADLINE_SECONDS, Stage

SECOND_APPENDS = ("moved", "both", "refused")
RECORDING_PATIENCE = timedelta(
    milliseconds=20
)  # real time: the database fails for so many statements, or for longer
ROWS_IN_A_TRANSACTION = 2  # so that most lists need several

settings.register_profile(
    "ci",
    max_examples=150,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile("soak", settings.get_profile("ci"), derandomize=False, max_examples=50)


def run(machine: type[Stage], *, second_append: str, profile: str = "ci", seed: int | None = None) -> None:
    """Raises what the shortest failing sequence raised; `seed` is for profiles that are not derandomized."""
    with SandboxServer(control_port=None, second_append=second_append) as server, pointed_at(server):

        class Here(machine):  # type: ignore[misc, valid-type]
            pass

        Here.server = server
        if seed is not None:
            hypothesis.seed(seed)(Here)
        run_state_machine_as_test(Here, settings=_on_this_database(settings.get_profile(profile)))


def _on_this_database(profile: settings) -> settings:
    """On PostgreSQL the first third of the same examples: what differs there is the database, not the order."""
    if connection.vendor == "sqlite" or not profile.derandomize:
        return profile
    return settings(profile, max_examples=profile.max_examples // 3)


@contextmanager
def pointed_at(server: SandboxServer) -> Iterator[None]:
    """The product's own waits, on small transactions without pauses; no real call is cut short."""
    pace = replace(
        django_settings.PACE,
        transaction_rows=ROWS_IN_A_TRANSACTION,
        baseline_rows=ROWS_IN_A_TRANSACTION,
        transaction_time=timedelta(0),
        transaction_operations=ROWS_IN_A_TRANSACTION,
        recording_patience=RECORDING_PATIENCE,
        recording_pause=timedelta(0),
    )
    with (
        TemporaryDirectory() as folder,
        override_settings(
            SPOOL_DIR=Path(folder),
            SENDGRID_API_URL=server.url,
            SENDGRID_DEADLINE=DEADLINE_SECONDS,
            SEND_WITHIN=DEADLINE_SECONDS,
            SENDGRID_CONNECT_TIMEOUT=DEADLINE_SECONDS,
            SENDGRID_READ_TIMEOUT=DEADLINE_SECONDS,
            PACE=pace,
        ),
    ):
        yield
