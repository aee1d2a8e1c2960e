"""manage.py backup FILE: the database of this moment and the spool, in one file; prints the anchor of its log."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.services import backups
from monitors.services.dumps import Failed


class Command(BaseCommand):
    help = "Write the database of this moment, and what waits in the spool, to a new file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to; a file that is not there yet")

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        try:
            about = backups.save(file)
        except (Failed, OSError) as error:
            raise CommandError(f"No backup was written: {error}.") from error
        self.stdout.write(
            f"{file}: {about.length} events, {about.spooled} ends of calls from the spool. "
            f"Anchor: {about.anchor}"
        )
