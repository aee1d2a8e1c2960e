"""What docs/deployment.md says of a deployment holds for the product."""

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from monitors.limits import MAX_BODY_BYTES

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs/deployment.md").read_text()
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())


@pytest.fixture
def documented(tmp_path):
    """The environment that the document shows whole, its files made."""
    block = re.search(r"```ini\n(SECRET_KEY_FILE.*?)```", DOCUMENT, re.DOTALL)
    environment = dict(line.split("=", 1) for line in block[1].splitlines())
    (tmp_path / "secret").write_text("a-Long_and-various.key" * 4)
    (tmp_path / "pwned").write_text(f"{'0' * 40}:1\n")
    return environment | {
        "PATH": os.environ["PATH"],
        "SECRET_KEY_FILE": str(tmp_path / "secret"),
        "SENDGRID_API_KEY_FILE": str(tmp_path / "secret"),
        "BREACHED_PASSWORDS": str(tmp_path / "pwned"),
    }


def check(environment):
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_is_silent_under_the_documented_settings(documented):
    done = check(documented)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("System check identified no issues")


def test_the_deployment_check_names_what_was_left_out(documented):
    for name in ("HSTS_SUBDOMAINS", "SECURITY_CONTACT", "MONITOR_EMAIL_DOMAINS", "BREACHED_PASSWORDS"):
        del documented[name]
    documented |= {"EMAIL_HOST": "mail.example.com", "EMAIL_USE_TLS": "false"}

    done = check(documented)

    assert done.returncode == 1
    assert set(re.findall(r"\((\w+\.W\d+)\)", done.stderr)) == {
        "security.W005",
        "monitors.W001",
        "monitors.W002",
        "monitors.W009",
        "monitors.W010",
    }


def test_cookies_are_bound_to_the_host_and_to_https(documented):
    show = "from config import settings as s; print({n: getattr(s, n) for n in dir(s) if 'COOKIE' in n})"

    done = subprocess.run(
        [sys.executable, "-c", show], env=documented, cwd=ROOT, capture_output=True, text=True, check=True
    )

    cookies = ast.literal_eval(done.stdout)
    names = {name: value for name, value in cookies.items() if name.endswith("COOKIE_NAME")}
    assert len(names) >= 2
    assert all(value.startswith("__Host-") for value in names.values()), names
    assert cookies["SESSION_COOKIE_SECURE"] is cookies["CSRF_COOKIE_SECURE"] is True
    assert cookies["SESSION_COOKIE_SAMESITE"] == "Lax"


def test_every_variable_of_the_settings_is_in_the_documents_table():
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", (ROOT / "config/settings.py").read_text()))
    table = set(re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\| `.*$", DOCUMENT, re.MULTILINE))))

    assert len(read) > 40
    assert read <= table


def test_the_web_server_runs_as_its_file_says(documented, tmp_path):
    web = shlex.split(PROCFILE["web"].partition("exec ")[2])
    environment = documented | {"DATABASE_URL": f"sqlite:///{tmp_path}/x", "SENDGRID_DEADLINE": "100"}

    done = subprocess.run(
        [sys.executable, "-m", *web[web.index("gunicorn") :], "--print-config"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    said = dict(re.findall(r"^(\w+)\s+= (.*)$", done.stdout, re.MULTILINE))
    assert done.returncode == 0, done.stderr
    assert said["control_socket_disable"] == "True"
    assert (said["timeout"], said["graceful_timeout"], said["threads"]) == ("130", "130", "8")
    assert "config.logs.Formatter" in said["logconfig_dict"]


def directive(name, text):
    return re.search(rf"^\s*{name} ([^;]+);$", text, re.MULTILINE)[1]


def test_the_proxys_limits_let_through_what_the_desk_takes():
    nginx, caddy = ((ROOT / "deploy" / name).read_text() for name in ("nginx.conf", "Caddyfile"))

    assert int(directive("client_max_body_size", nginx).removesuffix("m")) * 10**6 > MAX_BODY_BYTES
    assert int(re.search(r"max_size (\d+)MB", caddy)[1]) * 10**6 > MAX_BODY_BYTES
    for text in (nginx, caddy):
        assert int(re.search(r"read_timeout (\d+)s", text)[1]) > gunicorn_timeout()
    assert {directive(name, nginx) for name in ("client_header_timeout", "client_body_timeout")} == {"10s"}
    assert {directive(name, nginx) for name in ("proxy_buffering", "proxy_request_buffering")} == {"on"}
    assert re.search(r"read_header \d+s\s+read_body \d+s", caddy)


def gunicorn_timeout():
    """With the default SENDGRID_DEADLINE."""
    return 60 + 30


@pytest.mark.parametrize("process", ["web", "worker"])
def test_systemd_starts_what_the_procfile_starts_and_waits_for_its_end(process):
    unit = (ROOT / "deploy" / f"monitor-desk-{process}.service").read_text()
    said = dict(re.findall(r"^(\w+)=(.*)$", unit, re.MULTILINE))
    command = PROCFILE[process].partition("MALLOC_ARENA_MAX=2 ")[2] or PROCFILE[process]

    assert said["ExecStart"].startswith(f"/opt/monitor-desk/.venv/bin/{command}")
    assert int(said["TimeoutStopSec"]) > gunicorn_timeout()
    assert (said["KillMode"], said["UMask"], said["NoNewPrivileges"]) == ("mixed", "0077", "yes")


def test_the_image_runs_the_web_as_somebody_without_rights():
    image = (ROOT / "deploy/Dockerfile").read_text()
    command = json.loads(re.search(r"^CMD (.*)$", image, re.MULTILINE)[1])

    assert " ".join(command).startswith("gunicorn config.wsgi --config python:config.gunicorn --bind")
    assert image.index("USER 10001") < image.index("CMD")
    assert "--require-hashes" in image
