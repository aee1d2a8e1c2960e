"""A backup: one file with the database of one moment, what waits in the spool, and a word about both.

The queue of the worker is not in it: it only wakes the worker for rows that are due.
"""

import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from monitors.models import AccessLink
from monitors.services import clock, dumps
from monitors.services.dumps import Failed
from monitors.services.log import guarding, verify
from monitors.services.outbound import spool

ABOUT, DATABASE, SPOOL = "about.json", "database", "spool"
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is in a backup: `length` and `head` are the anchor of the log of that moment."""

    made_at: str
    vendor: str
    migration: str
    length: int
    head: str
    spooled: int
    format: int = FORMAT

    @property
    def anchor(self) -> str:
        return verify.written(self.length, self.head)


def save(path: Path) -> About:
    """Write a backup to a file that is not there yet, whole or not at all. Raises Failed."""
    if path.exists():
        raise Failed(f"{path} is there already")
    with _scratch(path.absolute().parent) as folder:
        length, head = dumps.of_this_database().dump(folder / DATABASE)
        waiting = _spooled()
        about = About(
            made_at=clock.now().isoformat(timespec="seconds"),
            vendor=connection.vendor,
            migration=_migration(),
            length=length,
            head=head,
            spooled=len(waiting),
        )
        _pack(folder / "backup", about, folder / DATABASE, waiting)
        (folder / "backup").replace(path)
    return about


def restore(path: Path) -> About:
    """Load a backup into a database that is empty, and verify its log, if it needs no migration first. Raises Failed.

    Whoever was signed in then is not any more, and links of that time do not work.
    """
    if dumps.tables():
        raise Failed("this database has tables already, and nothing is restored over data: name an empty one")
    with _scratch(path.absolute().parent) as folder:
        about = _unpack(path, folder)
        if about.vendor != connection.vendor:
            raise Failed(f"this is a backup of {about.vendor}, and the database here is {connection.vendor}")
        dumps.of_this_database().load(folder / DATABASE)
        _keep_spooled(folder / SPOOL)
    _end_sessions()
    if guarding.is_migrated():
        _demand_proof(about)
    return about


def _end_sessions() -> None:
    there = dumps.tables()
    for model in (Session, AccessLink):
        if model._meta.db_table in there:
            model._default_manager.all().delete()


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """On the disk of the backup itself, which has room for it; for its owner alone."""
    with tempfile.TemporaryDirectory(prefix=".monitor-desk-", dir=beside) as folder:
        yield Path(folder)


def _migration() -> str:
    applied = MigrationRecorder(connection).migration_qs.filter(app="monitors")
    name: str = applied.order_by("name").values_list("name", flat=True).last() or ""
    return name


def _spooled() -> list[Path]:
    return sorted(settings.SPOOL_DIR.glob(f"*{spool.SUFFIX}"))


def _pack(target: Path, about: About, database: Path, waiting: list[Path]) -> None:
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with tarfile.open(target, "w:gz", compresslevel=1) as archive:
        words = json.dumps(asdict(about), indent=2).encode()
        entry = tarfile.TarInfo(ABOUT)
        entry.size = len(words)
        archive.addfile(entry, BytesIO(words))
        archive.add(database, DATABASE)
        for file in waiting:
            archive.add(file, f"{SPOOL}/{file.name}")


def _unpack(path: Path, folder: Path) -> About:
    try:
        with tarfile.open(path, "r:gz") as archive:
            archive.extractall(folder, filter="data")
        about = About(**json.loads((folder / ABOUT).read_text()))
    except (OSError, tarfile.TarError, ValueError, TypeError) as error:
        raise Failed(f"{path} is no backup of this desk, or it is damaged") from error
    if about.format != FORMAT:
        raise Failed(f"{path} was written by a newer version of the desk")
    return about


def _keep_spooled(folder: Path) -> None:
    """Ends of calls that no database had taken: the next process records them."""
    settings.SPOOL_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file in folder.glob(f"*{spool.SUFFIX}") if folder.exists() else ():
        target = settings.SPOOL_DIR / file.name
        target.write_bytes(file.read_bytes())
        target.chmod(0o600)


def _demand_proof(about: About) -> None:
    verdict = verify.chain(anchor=(about.length, about.head) if about.length else None)
    if verdict.problem:
        raise Failed(f"the database is restored, and its audit log does not hold: {verdict.problem}")
