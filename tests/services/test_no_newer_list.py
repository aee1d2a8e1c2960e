"""Why there is no newer list, in words that are true: an upstream that answers is never called silent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors.models import Failure, Mirror, Throttle
from monitors.services.lists import refresh

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("close_before_answer", Failure.SILENT),
        ("html_200", Failure.UNUSABLE),
        ("truncated", Failure.UNUSABLE),
        ("e6", Failure.CREDENTIALS),
        ("e7", Failure.LIMITED),
        ("e1", Failure.REFUSED),
    ],
)
def test_each_failure_has_its_kind(upstream, db, settings, fault, kind):
    if kind == Failure.SILENT:
        settings.SENDGRID_DEADLINE = 0.5  # it is asked again until then
    upstream.fault(fault, task="list", times=0)

    refresh.run(source="command")

    mirror = Mirror.objects.get()
    assert mirror.failure_kind == kind
    assert mirror.failing_since is not None


def test_a_closed_gate_says_nothing_of_the_upstream(upstream, load):
    load()
    Throttle.objects.update(paused_until=timezone.now() + timedelta(seconds=30))

    done = refresh.run(source="command")

    assert done.outcome == "failed"
    assert Mirror.objects.get().failing_since is None


def test_the_next_good_list_ends_the_failure(upstream, load):
    upstream.fault("html_200", task="list")
    refresh.run(source="command")

    load()

    mirror = Mirror.objects.get()
    assert (mirror.failing_since, mirror.failures, mirror.failure, mirror.failure_kind) == (None, 0, "", "")
