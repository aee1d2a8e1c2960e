"""Settings that matter are evidence."""

import importlib
import sys

import pytest
from django.db import OperationalError, connection

from monitors.models import AuditChain, AuditEvent
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
        ("SENDERS", 1),
        ("SEND_WITHIN", 7),
        ("MONITOR_EMAIL_DOMAINS", ["northmail.example"]),
        ("REQUIRE_REASON", frozenset({"append"})),
        ("DEFAULT_UNTIL", {"": "1d"}),
        ("LONGEST_UNTIL", {"": "none", "support": "1w"}),
        ("REVIEW_DAYS", 30),
        ("PLAN_LIMITS", {"Support": 5}),
    ],
)
def test_each_setting_that_changes_what_the_desk_does_is_watched(settings, name, value):
    settings_log.note_settings(process="web")
    setattr(settings, name, value)

    settings_log.note_start("web")

    assert AuditEvent.objects.order_by("number").last().details["changed"] == [name]


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


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("", ""),
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("http://agent:s3cret@proxy.example:3128/", "http://proxy.example:3128/"),
        ("HTTPS://agent:s3cret@proxy.example", "HTTPS://proxy.example"),
        ("agent:s3cret@proxy.example:3128", "proxy.example:3128"),
        ("http://agent:s3cret@s3cret://s3cret/@proxy.example", "http://proxy.example"),
        ("http://agent:s3cret[@[proxy", "http://[proxy"),
    ],
)
@pytest.mark.parametrize("name", ["SENDGRID_PROXY", "SENDGRID_API_URL"])
def test_a_password_in_an_address_is_left_out(settings, name, address, written):
    setattr(settings, name, address)

    settings_log.note_settings(process="web")

    details = AuditEvent.objects.get().details
    assert details["now"][name] == written
    assert "s3cret" not in str(details)


@pytest.mark.any_database  # the entry point closes its connection, which only SQLite's memory survives
def test_the_web_notes_its_settings_before_it_answers(settings, monkeypatch):
    settings.SENDGRID_CA_BUNDLE = "/etc/ssl/own.pem"
    monkeypatch.delitem(sys.modules, "config.wsgi", raising=False)

    importlib.import_module("config.wsgi")

    details = AuditEvent.objects.get().details
    assert (details["process"], details["now"]["SENDGRID_CA_BUNDLE"]) == ("web", "/etc/ssl/own.pem")


@pytest.mark.parametrize("trouble", [OperationalError("gone"), AuditChain.DoesNotExist()])
def test_a_database_that_is_not_there_yet_stops_no_start(caplog, trouble):
    def refuse(*_args):
        raise trouble

    with connection.execute_wrapper(refuse):
        settings_log.note_start("web")

    assert "the settings could not be noted at the start of the web" in caplog.text
