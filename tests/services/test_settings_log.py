"""Settings that matter are evidence."""

import pytest
from django.db import OperationalError, connection

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


def test_the_first_start_writes_down_every_setting_that_is_watched(settings):
    settings.REQUIRE_REASON = frozenset({"detach", "append"})

    settings_log.note_settings(process="worker")

    details = AuditEvent.objects.get().details
    assert details["changed"] == sorted(settings_log.WATCHED)
    assert (details["before"], details["process"]) == ({}, "worker")
    assert details["now"]["REQUIRE_REASON"] == ["append", "detach"]
    assert details["now"]["REFRESH_SECONDS"] == settings.REFRESH_SECONDS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SENDGRID_API_URL", "https://other.example/api/distributor.manage"),
        ("SENDGRID_API_USER", "somebody"),
        ("SENDGRID_API_FORMAT", "xml"),
        ("SENDGRID_RATE_PER_MINUTE", 1),
        ("SENDGRID_PROXY", "http://proxy.example:3128"),
        ("SENDGRID_CA_BUNDLE", "/etc/ssl/other.pem"),
        ("REFRESH_SECONDS", 7),
        ("MONITOR_EMAIL_DOMAINS", ["northmail.example"]),
        ("REQUIRE_REASON", frozenset({"append"})),
    ],
)
def test_each_setting_that_changes_what_the_desk_does_is_watched(settings, name, value):
    settings_log.note_settings(process="web")
    setattr(settings, name, value)

    settings_log.note_start("web")

    assert AuditEvent.objects.order_by("number").last().details["changed"] == [name]


def test_a_password_in_the_proxys_address_is_not_written_down(settings):
    settings.SENDGRID_PROXY = "http://ana:secret@proxy.example:3128"
    settings_log.note_settings(process="web")
    settings.SENDGRID_PROXY = "http://ana:another@proxy.example:3128"
    settings_log.note_settings(process="web")

    assert AuditEvent.objects.get().details["now"]["SENDGRID_PROXY"] == "http://proxy.example:3128"


def test_the_order_of_a_setting_is_not_a_change(settings):
    settings.MONITOR_EMAIL_DOMAINS = ["a.example", "b.example"]
    settings_log.note_settings(process="web")
    settings.MONITOR_EMAIL_DOMAINS = ["b.example", "a.example"]
    settings_log.note_settings(process="web")

    assert AuditEvent.objects.count() == 1


def test_a_setting_that_was_changed_and_put_back_is_two_events(settings):
    before = settings.REFRESH_SECONDS
    for seconds in (before, 7, before):
        settings.REFRESH_SECONDS = seconds
        settings_log.note_settings(process="web")

    assert AuditEvent.objects.count() == 3


def test_a_database_that_is_not_there_yet_does_not_stop_the_start(caplog):
    def is_missing(execute, sql, *rest):
        raise OperationalError("no such table")

    with connection.execute_wrapper(is_missing):
        settings_log.note_start("web")

    assert "could not be noted at the start of the web" in caplog.text
