"""A backup holds the whole desk of one moment; restored into an empty database it is the same, with its proof."""

import json
import tarfile
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from monitors.models import AuditEvent, State
from monitors.sandbox.server import SandboxServer
from monitors.services import backups
from monitors.services.log import guarding, history
from monitors.services.outbound import spool
from monitors.services.outbound.spool import CallEnd
from tests import other_database
from tests.history import desk_past
from tests.other_database import in_use

NOT_RESTORED = ("django_session", "monitors_accesslink")


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """A desk that has seen everything, and a backup of it; the backup, and every row there was."""
    folder = tmp_path_factory.mktemp("desk")
    with (
        django_db_blocker.unblock(),
        other_database.migrated(folder) as name,
        in_use(name),
        SandboxServer(control_port=None) as upstream,
        override_settings(SENDGRID_API_URL=upstream.url, SPOOL_DIR=folder / "spool"),
    ):
        desk_past.live(upstream)
        Session.objects.create(session_key="x", session_data="", expire_date=timezone.now())
        kept = AuditEvent.objects.exclude(operation_id=None).values_list("operation_id", flat=True)[0]
        spool.keep(kept, CallEnd(state=State.ACCEPTED, words=("success",)))
        call_command("backup", folder / "backup", stdout=StringIO())
        yield folder / "backup", all_rows()


@pytest.fixture
def elsewhere(made, django_db_blocker, tmp_path):
    """An empty database, in use."""
    with (
        django_db_blocker.unblock(),
        other_database.empty(tmp_path) as name,
        in_use(name),
        override_settings(SPOOL_DIR=tmp_path / "spool"),
    ):
        yield name


def all_rows():
    models = apps.get_models(include_auto_created=True)
    tables = {model._meta.db_table for model in models} - {*NOT_RESTORED}
    with connection.cursor() as cursor:
        return {table: rows(cursor, table) for table in sorted(tables)}


def rows(cursor, table):
    cursor.execute(f"SELECT * FROM {table}")
    return sorted(map(repr, cursor.fetchall()))


def restored(path):
    out = StringIO()
    call_command("restore", path, stdout=out)
    return out.getvalue()


def test_a_restored_desk_is_the_same_with_an_unbroken_proof(made, elsewhere):
    backup, before = made

    said = restored(backup)

    assert all_rows() == before
    assert f"with {AuditEvent.objects.count()} events" in said
    assert "They hold." in said
    assert (history.verify().problem, guarding.problems()) == ("", [])


def test_what_waited_in_the_spool_waits_again(made, elsewhere):
    restored(made[0])

    ((_, end, path),) = spool.kept_ends()
    assert end.words == ("success",)
    assert path.stat().st_mode & 0o777 == 0o600


def test_nobody_is_signed_in_after_it(made, elsewhere):
    restored(made[0])

    assert not Session.objects.exists()


def test_nothing_is_restored_over_data(made, elsewhere):
    restored(made[0])
    count = AuditEvent.objects.count()

    with pytest.raises(CommandError, match="has tables already, and nothing is restored over data"):
        restored(made[0])

    assert AuditEvent.objects.count() == count


def test_a_backup_that_was_tampered_with_does_not_hold(made, elsewhere, tmp_path):
    with tarfile.open(made[0]) as archive:
        archive.extractall(tmp_path / "own", filter="data")
    about = json.loads((tmp_path / "own" / "about.json").read_text())
    (tmp_path / "own" / "about.json").write_text(json.dumps(about | {"head": "0" * 64}))
    with tarfile.open(tmp_path / "forged", "w:gz") as archive:
        for name in ("about.json", "database"):
            archive.add(tmp_path / "own" / name, name)

    with pytest.raises(CommandError, match="audit log does not hold"):
        restored(tmp_path / "forged")


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_backup_is_refused(elsewhere, tmp_path, content):
    (tmp_path / "odd").write_bytes(content)

    with pytest.raises(CommandError, match="is no backup of this desk, or it is damaged"):
        restored(tmp_path / "odd")


def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(made):
    assert made[0].stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", made[0])


def test_a_backup_says_what_is_in_it(made):
    with tarfile.open(made[0]) as archive:
        about = json.loads(archive.extractfile("about.json").read())
        names = archive.getnames()

    assert names[:2] == ["about.json", "database"]
    assert (about["vendor"], about["spooled"], len(names)) == (connection.vendor, 1, 3)
    assert about["length"] == len(made[1]["monitors_auditevent"])


def test_programs_get_the_password_by_their_environment(settings):
    environment = backups.dumps._environment()

    assert "PGPASSWORD" not in environment or connection.settings_dict["PASSWORD"]
