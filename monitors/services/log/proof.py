"""What the worker does for the evidence each night, and what is looked at when a process starts.

Whatever is found is logged, and kept for the page of the log.
"""

import logging
from datetime import timedelta

from django.db import DatabaseError

from monitors.models import AuditEvent, Kind, Proof, ProofCheck
from monitors.services import clock
from monitors.services.log import guarding, history, verify

logger = logging.getLogger(__name__)
HISTORY_EVERY = timedelta(days=7)


def look_at_guards() -> str:
    """What is wrong with the triggers, in a sentence; empty where all stand."""
    problem = "; ".join(guarding.problems())
    if problem:
        logger.error("the history is not guarded: %s", problem)
    _keep(Proof.GUARDS, problem)
    return problem


def note_start() -> None:
    """Called once when the web server or the worker starts. A database that is not there yet does not stop it."""
    try:
        look_at_guards()
    except DatabaseError:
        logger.warning("the triggers could not be looked at")


def verify_log() -> None:
    """What is new of it, and its anchor for the process's own log."""
    verdict = verify.nightly()
    if verdict.problem:
        logger.error("the audit log is not intact: %s", verdict.problem)
    else:
        logger.info("audit anchor %s", verify.written(verdict.length, verdict.head))
    _keep(Proof.LOG, verdict.problem)


def prove_history() -> None:
    """Once a week, or while it did not hold, the whole of it; then the digest of the night."""
    if _is_history_due():
        verify_history()
    history.write_digest()


def verify_history() -> None:
    verdict = history.verify()
    if verdict.problem and verdict.problem != history.NO_START:
        logger.error("the history does not hold: %s", verdict.problem)
    _keep(Proof.HISTORY, verdict.problem)


def begin_digests() -> None:
    """The first one soon after the first list, or after an update: it proves what there was at the beginning."""
    has_list = AuditEvent.objects.filter(kind=Kind.BASELINE).exists()
    if has_list and not AuditEvent.objects.filter(kind=Kind.DIGEST).exists():
        history.write_digest()


def _is_history_due() -> bool:
    last = ProofCheck.objects.filter(pk=Proof.HISTORY).first()
    return last is None or bool(last.problem) or not timedelta(0) <= clock.now() - last.at < HISTORY_EVERY


def _keep(proof: Proof, problem: str) -> None:
    ProofCheck.objects.update_or_create(pk=proof, defaults={"at": clock.now(), "problem": problem})
