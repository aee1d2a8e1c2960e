"""manage.py grant ROLE: on PostgreSQL, what the role that runs the desk needs, and no more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from monitors.services import database_role


class Command(BaseCommand):
    help = "As the owner of the tables, after each migration: let another role run the desk on them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="of PostgreSQL; it must be there")

    def handle(self, *_: Any, role: str, **__: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL knows roles.")
        if role == connection.settings_dict["USER"]:
            raise CommandError("The owner of the tables cannot be kept from anything: name another role.")
        try:
            tables = database_role.grant(role)
        except DatabaseError as error:
            raise CommandError(f"Nothing was granted: {error}") from error
        self.stdout.write(f"{role} may run the desk on {tables} tables.")
