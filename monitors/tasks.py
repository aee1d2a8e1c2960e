"""The worker's side: every task is a wake-up for rows that are due."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task, on_shutdown, on_startup

from monitors.services import (
    day_totals,
    ends,
    expiry,
    failed_sign_ins,
    invitations,
    metrics,
    moves,
    reminders,
    settings_log,
    user_sessions,
    worker,
)
from monitors.services.lists import lease, refresh, thinning
from monitors.services.log import proof
from monitors.services.plans import tending
from monitors.services.senders import Senders
from monitors.wording.reminders import message

logger = logging.getLogger(__name__)
_stopping = threading.Event()
_has_heartbeat = threading.Lock()


def wake(delay: float) -> None:
    """Ask the worker to look for due work in `delay` seconds; raises the queue driver's own errors."""
    do_due_work.schedule(delay=delay)


@db_task()  # type: ignore[untyped-decorator]
def do_due_work() -> None:
    _work()


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def do_due_work_each_minute() -> None:
    """Makes good what a killed worker or a lost wake-up left behind."""
    _work()
    expiry.wake_for_the_next_minute()
    day_totals.fill()
    proof.begin_digests()


def _work() -> None:
    ends.record_kept()
    tending.tend()
    has_list = refresh.run_if_due() is not None
    moves.run_due(is_after_list=has_list)
    expiry.run_due()


@db_periodic_task(crontab())  # type: ignore[untyped-decorator]
def note_failed_sign_ins() -> None:
    """One event for each account, address and minute."""
    failed_sign_ins.note()


@db_periodic_task(crontab(minute="17"))  # type: ignore[untyped-decorator]
def forget_what_has_expired() -> None:
    """Sessions and one-time links."""
    user_sessions.forget_old()
    invitations.forget_old()


@db_periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def remind_of_ends() -> None:
    """From seven in the morning; each person once a day."""
    reminders.send_due(message)


@db_periodic_task(crontab(hour="2", minute="30"))  # type: ignore[untyped-decorator]
def print_anchor_each_night() -> None:
    """Verify the audit chain and log its anchor, to be kept where the database's owner cannot reach it."""
    proof.look_at_guards()
    proof.verify_log()


@db_periodic_task(crontab(hour="3", minute="0"))  # type: ignore[untyped-decorator]
def prove_history_each_night() -> None:
    """A digest of the tables goes into the chain; once a week the events are played again beside them."""
    proof.prove_history()


@db_periodic_task(crontab(hour="3", minute="30"))  # type: ignore[untyped-decorator]
def thin_lists_each_night() -> None:
    """Old lists that brought nothing new."""
    logger.info("%d old lists without news were removed", thinning.thin())


@on_startup()  # type: ignore[untyped-decorator]
def begin_heartbeat() -> None:
    """Called by each worker thread; one of them starts the senders and the heartbeat of the process."""
    if _has_heartbeat.acquire(blocking=False):
        metrics.tidy()
        settings_log.note_start("worker")
        proof.note_start()
        senders = Senders(settings.SENDERS)
        senders.start()
        threading.Thread(target=_beat, args=[senders], name="heartbeat", daemon=True).start()
        threading.Thread(target=_tend_plans, name="plans", daemon=True).start()
        do_due_work()


@on_shutdown()  # type: ignore[untyped-decorator]
def end_heartbeat() -> None:
    _stopping.set()


def _beat(senders: Senders) -> None:
    """While the senders live: where nobody beats, the web sends by itself."""
    while senders.are_alive():
        close_old_connections()
        worker.beat()
        _wake_after_a_kill()
        if _stopping.wait(settings.PACE.heartbeat.total_seconds()):
            break
    senders.stop()
    connection.close()


def _tend_plans() -> None:
    """Often while a plan runs: its next calls leave as soon as earlier ones are back."""
    while not _stopping.wait(tending.pause().total_seconds()):
        close_old_connections()
        try:
            tending.tend()
        except Exception:
            logger.exception("plans could not be carried on; the next look tries again")
    connection.close()


def _wake_after_a_kill() -> None:
    """Somebody died in the middle of a list: the next one must not wait for the minute."""
    try:
        if lease.is_abandoned():
            worker.wake()
    except DatabaseError:
        logger.exception("the lease could not be read")
