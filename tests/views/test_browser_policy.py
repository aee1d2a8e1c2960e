"""What browsers are told beside a page: where to report, whom to tell, and what no other site may read."""

import json
import logging
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from monitors.models import Role
from monitors.views import csp

OLD_FORM = {
    "csp-report": {
        "document-uri": "https://desk.example/search/?q=acme",
        "violated-directive": "script-src",
        "blocked-uri": "https://user:pw@evil.example/x.js?stolen=1",
    }
}
NEW_FORM = [
    {
        "type": "csp-violation",
        "body": {
            "documentURL": "https://desk.example/audit/?text=acme",
            "effectiveDirective": "img-src",
            "blockedURL": "inline",
        },
    }
]


@pytest.fixture
def refused(caplog, monkeypatch):
    caplog.set_level(logging.WARNING, logger="monitors.views.csp")
    monkeypatch.setattr(csp, "_taken", csp.Buckets(per_minute=30))
    return lambda: [record.getMessage() for record in caplog.records]


def report(body, content_type="application/csp-report"):
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post("/csp-reports", text, content_type=content_type)


def test_each_page_says_where_its_policy_is_reported(client, db):
    headers = client.get("/accounts/login/").headers

    assert "report-uri /csp-reports; report-to csp" in headers["Content-Security-Policy"]
    assert headers["Reporting-Endpoints"] == 'csp="/csp-reports"'


def test_a_report_is_a_line_without_what_people_asked_for(refused):
    statuses = {
        report(OLD_FORM).status_code,
        report(NEW_FORM, "application/reports+json").status_code,
    }

    assert statuses == {204}
    assert refused() == [
        "a browser refused script-src from https://evil.example/x.js on https://desk.example/search/",
        "a browser refused img-src from inline on https://desk.example/audit/",
    ]


@pytest.mark.parametrize(
    "body",
    [
        *(
            "",
            "[",
            "[" * 5000,
            "null",
            "7",
            '"x"',
            "[[]]",
            '{"csp-report": 7}',
            '[{"body": []}]',
            b"\xff\xfe",
        ),
        "x" * 20_000,
    ],
)
def test_what_is_no_report_is_dropped(body, refused):
    assert report(body).status_code == 204
    assert refused() == []


def test_a_stranger_cannot_fill_the_log_or_forge_a_line(refused):
    body = {
        "blockedURL": "a\nERROR all is lost\u202e" + "x" * 700,
        "documentURL": "//[",
        "effectiveDirective": {},
    }

    for _ in range(10):
        report([{"body": body}] * 20)

    assert len(refused()) == 30
    assert all(len(line) < 400 and line.isprintable() for line in refused())


def test_reports_are_only_sent(client):
    assert client.get("/csp-reports").status_code == 405


def test_the_contact_is_there_where_one_is_set(client, settings):
    settings.SECURITY_CONTACT = "mailto:security@example.com"

    answer = client.get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert lines["Contact"] == "mailto:security@example.com"
    assert timedelta(days=170) < parse_datetime(lines["Expires"]) - timezone.now() < timedelta(days=365)


def test_without_a_contact_there_is_no_such_page(client, settings, db):
    settings.SECURITY_CONTACT = ""

    assert client.get("/.well-known/security.txt").status_code == 404


def test_no_other_site_may_read_a_file_and_none_lists_versions(client, settings):
    settings.WHITENOISE_USE_FINDERS = True

    style = client.get("/static/css/desk.css")

    assert style.status_code == 200
    assert "Access-Control-Allow-Origin" not in style.headers
    for name in ("staticfiles.json", "vendor/manifest.json", "vendored.json"):
        assert client.get(f"/static/{name}").status_code == 404, name
    b"".join(style.streaming_content)


@pytest.mark.django_db
def test_htmx_runs_no_script_of_an_answer(as_role):
    page = as_role(Role.SUPPORT).get("/upstream/").content.decode()

    config = json.loads(re.search(r"name=\"htmx-config\"\s+content='([^']+)'", page)[1])
    assert (config["allowEval"], config["allowScriptTags"]) == (False, False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/accounts/login/", "/healthz", "/readyz", "/static/css/desk.css", "/audit/export.csv"]
)
def test_each_answer_says_what_it_is_and_belongs_into_no_other_page(as_role, address, settings):
    settings.WHITENOISE_USE_FINDERS = True
    client = as_role(Role.ADMINISTRATORS)
    answer = client.post(address) if address.endswith("csv") else client.get(address)

    assert "charset=" in answer.headers["Content-Type"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    if not address.startswith("/static/"):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith(("no-store", "max-age=0"))
    if answer.streaming:
        b"".join(answer.streaming_content)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/healthz"])
@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND"])
def test_methods_that_no_page_has_are_refused(as_role, address, method):
    answer = as_role(Role.SUPPORT).generic(method, address, headers={"X-Secret": "s3cret"})

    assert answer.status_code in {302, 405}
    assert b"s3cret" not in answer.content


def test_https_is_asked_for_by_pages_alone(client, settings, db):
    settings.SECURE_SSL_REDIRECT = True

    statuses = {path: client.get(path).status_code for path in ("/", "/healthz", "/readyz", "/metrics")}

    assert statuses == {"/": 301, "/healthz": 200, "/readyz": 200, "/metrics": 404}


def test_hsts_covers_a_year_and_where_it_is_set_so_the_hosts_below(client, settings, db):
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True

    answer = client.get("/healthz", secure=True)

    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
