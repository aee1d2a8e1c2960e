"""manage.py verify_audit: verify the audit chain; exit 1 at the first event that does not fit."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitors.services.log import audit, guarding, verify
from monitors.services.log import history as log_history


class Command(BaseCommand):
    help = "Verify the audit log's chain of hashes and print an anchor, or the first event that does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor", metavar="NUMBER:ALGORITHM:HASH", help="an anchor printed earlier, to compare with"
        )
        parser.add_argument(
            "--new",
            action="store_true",
            help="verify only what came after the anchor: that of --anchor, else the one of last night",
        )
        parser.add_argument(
            "--history",
            action="store_true",
            help="also play the events again and compare every row of the history with them",
        )

    def handle(
        self, *_: Any, anchor: str | None = None, new: bool = False, history: bool = False, **__: Any
    ) -> None:
        self._check_chain(anchor, new=new)
        if history:
            self._check_history()
        self._check_guards()

    def _check_guards(self) -> None:
        problems = guarding.problems()
        for problem in problems:
            self.stderr.write(f"The history is not guarded: {problem}.")
        if problems:
            raise SystemExit(1)

    def _check_chain(self, anchor: str | None, *, new: bool) -> None:
        parsed = _parsed(anchor) if anchor else None
        verdict = _verify_new(parsed) if new else verify.chain(anchor=parsed)
        if verdict.problem:
            self.stderr.write(f"The audit log does not hold: {verdict.problem}.")
            raise SystemExit(1)
        which = f"Events {verdict.since} to {verdict.length}" if verdict.since else f"{verdict.length} events"
        self.stdout.write(f"{which} hold. Anchor: {verify.written(verdict.length, verdict.head)}")

    def _check_history(self) -> None:
        verdict = log_history.verify()
        if verdict.problem:
            self.stderr.write(f"The history does not hold: {verdict.problem}.")
            raise SystemExit(1)
        rows = ", ".join(f"{count} {name}" for name, count in verdict.rows.items())
        self.stdout.write(f"The history holds: {rows}. {_proven(verdict)}")


def _proven(verdict: log_history.Verdict) -> str:
    """How far back."""
    if not verdict.digests:
        return "No digest proves yet what there was at the beginning."
    numbers = " and ".join(map(str, verdict.digests))
    return f"It fits the digests in the events {numbers}."


def _verify_new(anchor: verify.Anchor | None) -> verify.Verdict:
    return verify.chain(since=anchor or verify.remembered_anchor())


def _parsed(anchor: str) -> tuple[int, str]:
    """Of older versions without the algorithm."""
    number, _, rest = anchor.partition(":")
    named, _, head = rest.rpartition(":")
    if named not in ("", audit.ALGORITHM):
        raise CommandError(f"{verify.unknown_algorithm('The anchor', named)}.")
    if not (number.isascii() and number.isdigit()) or len(head) != 64:
        raise CommandError("An anchor looks like 1204:sha256:9f86d0… with 64 hexadecimal digits.")
    return int(number), head
