"""The way out: every call passes the shared throttle, and a preview shows the call without its key."""

from datetime import timedelta

import pytest

from monitors.gateway.errors import NotSent
from monitors.models import Throttle
from monitors.services import clock
from monitors.services.outbound import gateway, preview

pytestmark = pytest.mark.django_db


@pytest.fixture
def _broken():
    Throttle.objects.update(failures=7, broken_until=clock.now() + timedelta(minutes=1))


@pytest.mark.usefixtures("_broken")
def test_no_call_leaves_while_the_throttle_holds_calls_back(upstream):
    with pytest.raises(NotSent, match="did not answer 7 times"):
        gateway.connect().list_records()

    assert upstream.calls == []


@pytest.mark.usefixtures("_broken")
def test_a_probe_gets_through(upstream):
    assert gateway.connect(is_probe=True).list_records().records == ()


@pytest.mark.usefixtures("_broken")
def test_a_preview_shows_the_very_call_and_hides_the_key(settings, upstream):
    settings.SENDGRID_API_KEY = "a key that nobody may see"

    text = preview.api_call(task="append", parameters={"user": "acme", "name": "one"})

    assert text.startswith("curl ")
    for part in (settings.SENDGRID_API_URL, "task=append", "user=acme", "name=one", "api_user=demo"):
        assert part in text
    assert settings.SENDGRID_API_KEY not in text
    assert upstream.calls == []
