"""A sandbox for each test."""

from collections.abc import Iterator

import pytest

from monitors.sandbox.server import SandboxServer


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """One record, "samples", and two customers without attachments."""
    with SandboxServer(control_port=None) as running:
        running.store.seed(records=[("samples", "desk@example.com", 1000, ())], customers=["chebyte", "acme"])
        yield running
