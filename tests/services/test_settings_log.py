"""Settings that matter are evidence."""

import pytest

from monitors.models import AuditEvent
from monitors.services import settings_log

pytestmark = pytest.mark.django_db


def test_a_change_of_what_matters_is_told_once(settings):
    settings_log.note_settings(process="web")
    settings_log.note_settings(process="web")
    settings.MONITOR_EMAIL_DOMAINS = ["northmail.example"]
    settings_log.note_settings(process="web")

    first, second = AuditEvent.objects.filter(kind="settings_changed").order_by("number")
    assert second.details["changed"] == ["MONITOR_EMAIL_DOMAINS"]
    assert second.details["before"] == first.details["now"]


def test_the_key_is_not_among_them(settings):
    settings_log.note_settings(process="web")

    assert settings.SENDGRID_API_KEY not in str(AuditEvent.objects.get().details)
