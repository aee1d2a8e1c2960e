"""What takes much memory and few requests need is imported when the first of them comes, not by every process."""

import shutil
import subprocess
import sys

import pytest

from tests.template_database import ROOT, environment, sqlite_template

pytestmark = pytest.mark.any_database
# Passkeys and single sign-on, calls to SendGrid, a ticket pattern of one's own, spreadsheets; tests and the stand-in.
HEAVY = {
    "charset_normalizer",
    "cryptography",
    "fido2",
    "hypothesis",
    "jwt",
    "monitors.gateway.transport",
    "monitors.sandbox",
    "monitors.services.id_tokens",
    "openpyxl",
    "qrcode",
    "regex",
    "requests",
    "urllib3",
    "xlsxwriter",
}
PAGES = "/", "/customers/", "/monitored/", "/audit/", "/operations/", "/upstream/"
PROGRAM = f"""
import sys
from config.wsgi import application
from django.contrib.auth.models import User
from django.test import Client

client = Client(headers={{"host": "localhost"}})
assert client.get("/accounts/login/").status_code == 200
client.force_login(User.objects.get(username="ben"))
for page in {PAGES}:
    assert client.get(page).status_code == 200, page
print(*sys.modules)
"""


def modules_of_a_web_process(folder, **overrides):
    shutil.copyfile(sqlite_template(with_people=True), folder / "desk.sqlite3")
    own = {"QUEUE_URL": f"sqlite:///{folder}/queue.sqlite3", "SPOOL_DIR": str(folder / "spool")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=ROOT,
        env=environment(f"sqlite:///{folder}/desk.sqlite3") | own | overrides,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_web_process_that_has_shown_pages_has_loaded_nothing_heavy(tmp_path):
    assert modules_of_a_web_process(tmp_path) & HEAVY == set()


def test_a_ticket_pattern_of_ones_own_is_judged_at_the_start(tmp_path):
    assert modules_of_a_web_process(tmp_path, TICKET_PATTERN=r"T\d+") & HEAVY == {"regex"}
