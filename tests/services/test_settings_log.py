"""Settings that matter are evidence."""

import importlib
import socket
import sys
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from monitors.models import AuditChain, AuditEvent, guards
from monitors.services import settings_log
from monitors.wording.events import event_sentence

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
        ("DEBUG", True),
        ("ALLOWED_HOSTS", ["desk.example"]),
        ("CSRF_TRUSTED_ORIGINS", ["https://desk.example"]),
        ("HTTPS_ONLY", True),
        ("TRUST_PROXY", True),
        ("ALLOW_PLAIN_DATABASE", True),
        ("QUEUE_URL", "redis://queue.example"),
        ("SPOOL_DIR", Path("/elsewhere")),
        ("DESK_URL", "https://desk.example"),
        ("REQUIRE_MFA", frozenset({"Support"})),
        ("OIDC_ISSUER", "https://login.example"),
        ("OIDC_CLIENT_ID", "desk"),
        ("OIDC_GROUPS_CLAIM", "roles"),
        ("OIDC_GROUP_MAP", {"desk": ("Auditors", "Support")}),
        ("EMAIL_HOST", "mail.example"),
        ("EMAIL_PORT", 2525),
        ("EMAIL_HOST_USER", "desk"),
        ("EMAIL_USE_TLS", True),
        ("EMAIL_USE_SSL", True),
        ("BREACHED_PASSWORDS", Path("/srv/pwned")),
        ("DEFAULT_FROM_EMAIL", "desk@northmail.example"),
        ("TICKET_URL", "https://tickets.example/{id}"),
        ("TICKET_PATTERN", r"\d+"),
        ("TIME_ZONE", "Europe/Berlin"),
    ],
)
def test_each_setting_that_changes_what_the_desk_does_is_watched(settings, name, value):
    settings_log.note_settings(process="web")
    setattr(settings, name, value)

    settings_log.note_start("web")

    assert AuditEvent.objects.order_by("number").last().details["changed"] == [name]


def test_a_setting_that_nobody_recorded_before_has_not_changed(settings, monkeypatch):
    monkeypatch.setattr(settings_log, "WATCHED", ("SENDERS",))
    settings_log.note_settings(process="web")
    monkeypatch.setattr(settings_log, "WATCHED", ("SENDERS", "BREACHED_PASSWORDS"))
    settings_log.note_settings(process="web")

    words = str(event_sentence(AuditEvent.objects.order_by("number").last()))

    assert (
        words == f"Recorded for the first time (web on {socket.gethostname()}): BREACHED_PASSWORDS is nothing"
    )


def test_another_database_is_noted_without_its_password(monkeypatch):
    settings_log.note_settings(process="web")
    other = {"ENGINE": "django.db.backends.postgresql", "NAME": "desk", "USER": "desk", "PASSWORD": "s3cret"}
    databases = {"default": other | {"HOST": "db.example", "PORT": 5432}}
    monkeypatch.setattr("django.conf.settings.DATABASES", databases)

    settings_log.note_settings(process="web")

    details = AuditEvent.objects.order_by("number").last().details
    assert details["changed"] == ["DATABASE_URL"]
    assert details["now"]["DATABASE_URL"] == "postgresql://desk@db.example:5432/desk"
    assert "s3cret" not in str(details)


def test_each_process_on_each_host_notes_its_own(settings, monkeypatch):
    """Two hosts with other settings take turns in starting: that is no change each time."""
    for _ in range(2):
        for host, proxy in (("desk-1", ""), ("desk-2", "proxy.example:3128")):
            monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
            settings.SENDGRID_PROXY = proxy
            settings_log.note_start("web")
            settings_log.note_start("worker")

    events = AuditEvent.objects.order_by("number")
    told = [(event.details["process"], event.details["host"], event.details["changed"]) for event in events]
    assert told[1:] == [
        ("worker", "desk-1", []),
        ("web", "desk-2", ["SENDGRID_PROXY"]),
        ("worker", "desk-2", []),
    ]
    assert [str(event_sentence(event)) for event in events[1:3]] == [
        "Started (worker on desk-1), settings unchanged",
        "Settings changed (web on desk-2): SENDGRID_PROXY from nothing to proxy.example:3128",
    ]


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
@pytest.mark.parametrize("name", ["SENDGRID_PROXY", "SENDGRID_API_URL", "QUEUE_URL"])
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


def test_a_database_whose_chain_has_not_begun_stops_no_start(caplog):
    guards.remove(connection, "chain_kept")
    AuditChain.objects.all().delete()

    settings_log.note_start("web")

    assert "the settings could not be noted at the start of the web" in caplog.text
