"""manage.py refresh: fetch the list now; exit 0 on a fresh mirror, 1 with one line of why."""

from typing import Any

from django.core.management.base import BaseCommand

from monitors.models import RefreshOutcome
from monitors.services import ends, moves, queue, refreshes
from monitors.services.lists import refresh

FRESH_OUTCOMES = (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED)


class Command(BaseCommand):
    help = "Fetch SendGrid's list and apply it to the mirror."

    def handle(self, *_: Any, **__: Any) -> None:
        ends.record_kept()
        queue.expire()
        result = refresh.run(source="command", is_probe=True)
        if result is None:
            self.stderr.write("Another refresh is running.")
            raise SystemExit(1)
        if result.outcome not in FRESH_OUTCOMES:
            self.stderr.write(refreshes.sentence_of(result))
            raise SystemExit(1)
        moves.run_due(is_after_list=True)
        self.stdout.write(refreshes.sentence_of(result))
