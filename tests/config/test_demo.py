"""The demo brings everything with it: its well-known passwords must never reach a real database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitors.demo import environment

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://desk:secret@db/desk"),
        ("DATABASE_URL_FILE", "/run/secrets/database"),
        ("QUEUE_URL", "redis://cache/0"),
        ("SENDGRID_API_URL", "https://api.sendgrid.com/api/distributor.manage"),
        ("SENDGRID_API_KEY_FILE", "/run/secrets/key"),
        ("SENDGRID_PROXY", "http://proxy:3128"),
    ],
)
def test_it_does_not_start_on_what_comes_from_outside(tmp_path, name, value):
    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        env={"PATH": os.environ["PATH"], "DEMO_FOLDER": str(tmp_path / "demo"), name: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        f"monitor-desk: the demo brings its own database and its own SendGrid; {name} is set. "
        "Unset it, or start the desk by the Procfile.\n"
    )
    assert not (tmp_path / "demo").exists()


def test_its_folder_and_its_key_are_its_owners_alone(tmp_path, monkeypatch):
    for name in [*os.environ]:
        if name.startswith(("SENDGRID_", "DATABASE_URL", "QUEUE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(os, "environ", dict(os.environ) | {"PORT": str(environment._free_port())})
    monkeypatch.setattr(environment, "FOLDER", tmp_path / "demo")

    environment.prepare()

    assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "demo" / "secret").stat().st_mode & 0o777 == 0o600
