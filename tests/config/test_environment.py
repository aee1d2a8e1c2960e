"""A missing or odd value stops the process with one clear line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "SECRET_KEY": "x" * 50,
    "SENDGRID_API_USER": "u",
    "SENDGRID_API_KEY": "k",
    "DATABASE_URL": "sqlite://:memory:",
}


def start(
    shown: str = "s.REFRESH_SECONDS, s.SENDGRID_API_KEY", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own, without what others import where the checks' tools are there."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys; sys.modules['rich'] = None; from config import settings as s; print({shown})",
        ],
        env={"PATH": os.environ["PATH"], "QUEUE_URL": "redis://127.0.0.1:1/0"} | GOOD | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_defaults_are_those_of_the_contract():
    done = start()

    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["300.0", "k"]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SECRET_KEY", "", "is not set"),
        ("SENDGRID_API_KEY", "", "is not set"),
        ("SENDGRID_API_FORMAT", "yaml", "must be one of json, xml"),
        ("SENDGRID_API_URL", "ftp://x", "must begin with http"),
        ("SENDGRID_DEADLINE", "soon", "must be a number"),
        ("SENDGRID_DEADLINE", "nan", "must be a number"),
        ("SENDGRID_RATE_PER_MINUTE", "0", "must be a whole number"),
        ("REQUESTS_PER_MINUTE", "0", "must be a whole number"),
        ("SECURITY_CONTACT", "security@desk.example", "must begin with https:// or mailto:"),
        ("METRICS_TOKEN", "secret", "must have at least 20 characters"),
        ("LOG_FORMAT", "xml", "must be one of console, json"),
        ("HEADER_SECONDS", "0", "must be a number"),
        ("REQUIRE_MFA", "Auditors,Everybody", "may list Administrators, Account managers, Support"),
        ("OIDC_ISSUER", "http://login.example", "must begin with https://"),
        ("OIDC_ISSUER", "https://user:secret@login.example", "must begin with https://"),
        ("OIDC_GROUP_MAP", "desk-admins", "must be like desk-admins=Administrators"),
        ("OIDC_GROUP_MAP", "desk-admins=Bosses", "must be like desk-admins=Administrators"),
        ("BREACHED_PASSWORDS", "/nowhere/at/all", "cannot be read: /nowhere/at/all (No such file"),
        ("BREACHED_PASSWORDS", "/", "names a folder without 00000.txt"),
        ("BREACHED_PASSWORDS", "/dev/null", "names an empty file"),
        ("BREACHED_PASSWORDS", __file__, "whose lines are no SHA-1"),
        ("SENDERS", "0", "must be a whole number"),
        ("SEND_WITHIN", "soon", "must be a number"),
        ("REFRESH_SECONDS", "-1", "must be a number"),
        ("DEBUG", "maybe", "must be true or false"),
        ("DATABASE_URL", "mysql://a:secret@b/c", "must be a sqlite:/// or postgres:// URL"),
        ("QUEUE_URL", "amqp://x", "must be a sqlite:///, postgres:// or redis:// URL"),
        ("REQUIRE_REASON", "append,look", "may list create"),
        ("DEFAULT_UNTIL", "3d,nobody=1d", "may name administrators, account-managers, support"),
        ("LONGEST_UNTIL", "forever", "must be like 4h, today, 3d, 1w or none"),
        ("REVIEW_DAYS", "soon", "must be a whole number"),
        ("PLAN_LIMITS", "Support=many", "must be like Support=25"),
        ("PLAN_LIMITS", "Nobody=1", "must be like Support=25"),
        ("TICKET_URL", "javascript:{id}", "must be an http(s) URL"),
        ("TICKET_PATTERN", "(", "is not a regular expression"),
        ("SECRET_KEY", "secret" * 8 + "x", "must have at least 50 characters"),
        ("SECRET_KEY_FALLBACKS", "x" * 50 + ",secret", "may list keys of at least 50 characters"),
        ("ALLOWED_HOSTS", "desk.example,*", "must name the desk's own hosts"),
        ("SENDGRID_API_URL", "http://api.example/distributor.manage", "must begin with https://"),
        ("SENDGRID_API_URL", "http://127.0.0.1.example/", "must begin with https://"),
        ("SENDGRID_API_URL", "https://desk:secret@api.example/x", "must not hold a user or a password"),
        ("DATABASE_URL", "postgres://desk:secret@db/desk", "leads to another machine without TLS"),
        ("DATABASE_URL", "postgres://desk:secret@db/desk?sslmode=prefer", "leads to another machine"),
        ("QUEUE_URL", "postgres://desk:secret@10.0.0.1/desk", "leads to another machine without TLS"),
        ("QUEUE_URL", "redis://:secret@cache/0", "leads to another machine without TLS"),
        ("SECRET_KEY_FILE", "/nowhere/at/all", "names a file that is not there"),
    ],
)
def test_an_odd_value_is_one_clear_line(name, value, problem):
    done = start(**{name: value})

    assert done.returncode != 0
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"monitor-desk: {name} ")
    assert problem in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.parametrize("missing", ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"])
def test_an_issuer_needs_a_client(missing):
    whole = {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "desk", "OIDC_CLIENT_SECRET": "x"}
    assert start(**whole).returncode == 0

    done = start(**{name: value for name, value in whole.items() if name != missing})

    assert done.stderr == f"monitor-desk: {missing} is not set.\n"


@pytest.mark.parametrize(
    ("environment", "roles"),
    [
        ({}, "Administrators,Auditors"),
        ({"REQUIRE_MFA": ""}, ""),
        ({"REQUIRE_MFA": "account-managers, support"}, "Account managers,Support"),
        ({"DEBUG": "true", "ALLOWED_HOSTS": "localhost"}, ""),
    ],
)
def test_who_needs_a_second_factor_has_a_default_and_may_be_nobody(environment, roles):
    done = start("','.join(sorted(s.REQUIRE_MFA))", **environment)

    assert done.stdout.rstrip("\n") == roles


@pytest.mark.parametrize(
    ("environment", "tls"),
    [
        ({}, "False False"),
        ({"EMAIL_HOST": "mail.example"}, "True False"),
        ({"EMAIL_HOST": "mail.example", "EMAIL_PORT": "465"}, "False True"),
        ({"EMAIL_HOST": "mail.example", "EMAIL_USE_TLS": "false"}, "False False"),
        ({"EMAIL_HOST": "127.0.0.1"}, "False False"),
        ({"EMAIL_HOST": "localhost", "EMAIL_USE_TLS": "true"}, "True False"),
    ],
)
def test_mail_is_encrypted_off_the_loopback_unless_a_setting_says_otherwise(environment, tls):
    assert start("s.EMAIL_USE_TLS, s.EMAIL_USE_SSL", **environment).stdout.strip() == tls


def test_over_tls_a_cookie_is_of_this_very_host():
    names = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SEEN_COOKIE_NAME"

    assert start(names).stdout.split() == ["__Host-sessionid", "__Host-csrftoken", "__Host-seen"]
    assert start(names, HTTPS_ONLY="false").stdout.split() == ["sessionid", "csrftoken", "seen"]


def test_debug_is_for_this_machine_alone():
    done = start(DEBUG="true", ALLOWED_HOSTS="localhost,desk.example")

    assert done.returncode != 0
    assert done.stderr == (
        "monitor-desk: DEBUG shows settings and code to every visitor; "
        "ALLOWED_HOSTS names desk.example, which others reach.\n"
    )


@pytest.mark.parametrize(
    "environment",
    [
        {"DEBUG": "true", "SECRET_KEY": "", "ALLOWED_HOSTS": "localhost,desk.localhost,127.0.0.2,[::1]"},
        {"SENDGRID_API_URL": "http://[::1]:8001/api"},
        {"SECRET_KEY_FALLBACKS": "y" * 50},
        {"DATABASE_URL": "postgres://desk@127.0.0.1/desk", "QUEUE_URL": "rediss://cache/0"},
        {"DATABASE_URL": "postgres://desk@db/desk?sslmode=verify-full"},
        {"DATABASE_URL": "postgres://desk@%2Frun%2Fpostgresql/desk"},
        {"DATABASE_URL": "postgres://desk@db/desk", "ALLOW_PLAIN_DATABASE": "true"},
    ],
)
def test_what_nobody_else_can_reach_or_read_needs_no_more(environment):
    done = start(**environment)

    assert done.returncode == 0, done.stderr


def test_a_variable_may_come_from_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("$from-a-file\n")

    done = start(SENDGRID_API_KEY_FILE=str(path))

    assert done.stdout.split() == ["300.0", "$from-a-file"]
