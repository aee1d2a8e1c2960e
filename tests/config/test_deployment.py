"""What docs/deployment.md says of a deployment holds for the product."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs/deployment.md").read_text()
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())


@pytest.fixture
def documented(tmp_path):
    """The environment that the document shows whole, its two files made."""
    block = re.search(r"```ini\n(SECRET_KEY_FILE.*?)```", DOCUMENT, re.DOTALL)
    environment = dict(line.split("=", 1) for line in block[1].splitlines())
    (tmp_path / "secret").write_text("a-Long_and-various.key" * 4)
    return environment | {
        "PATH": os.environ["PATH"],
        "SECRET_KEY_FILE": str(tmp_path / "secret"),
        "SENDGRID_API_KEY_FILE": str(tmp_path / "secret"),
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
    for name in ("HSTS_SUBDOMAINS", "SECURITY_CONTACT", "MONITOR_EMAIL_DOMAINS"):
        del documented[name]

    done = check(documented)

    assert done.returncode == 1
    assert set(re.findall(r"\((\w+\.W\d+)\)", done.stderr)) == {
        "security.W005",
        "monitors.W001",
        "monitors.W002",
    }


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
