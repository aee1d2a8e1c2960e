"""manage.py restore FILE: load a backup into an empty database, and verify its log."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.services import backups
from monitors.services.dumps import Failed
from monitors.services.log import guarding


class Command(BaseCommand):
    help = "Load a backup into the empty database that DATABASE_URL names, and verify its audit log."
    requires_system_checks = ()  # they may ask a database that is empty

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="that manage.py backup wrote")

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        try:
            about = backups.restore(file)
        except (Failed, OSError) as error:
            raise CommandError(f"Not restored: {error}.") from error
        self.stdout.write(f"Restored as it was at {about.made_at}, with {about.length} events.")
        if guarding.is_migrated():
            self.stdout.write(f"They hold. Anchor: {about.anchor}\nNow: manage.py verify_audit --history")
        else:
            then = (
                f"manage.py verify_audit --anchor {about.anchor} --history"
                if about.length
                else "verify_audit"
            )
            self.stdout.write(f"It stands at {about.migration}. Now: manage.py migrate, then {then}")
