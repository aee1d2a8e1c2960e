"""`manage.py sandbox`: run the stand-in upstream."""

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from django.core.management.base import BaseCommand

from monitors.sandbox import cli


class Command(BaseCommand):
    help = "Run the stand-in upstream, with its own state and without any mail."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        cli.add_arguments(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        sys.exit(cli.run(Namespace(**options)))
