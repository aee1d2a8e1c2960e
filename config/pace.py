"""How fast the desk works: its waits and batch sizes in one frozen value, so that tests can shorten them together."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The waits that are not in the environment."""

    # Beyond SENDGRID_DEADLINE: from the committed operation to its call. Nobody judges the operation earlier.
    call_margin: timedelta = timedelta(seconds=5)
    # From an accepted write to the list that confirms it; writes that follow each other closely share one list.
    confirm_after: timedelta = timedelta(seconds=2)
    # For so long an accepted write asks for lists of its own; then it waits for the usual interval.
    confirm_within: timedelta = timedelta(minutes=1)
    # Lists that confirm take at most this share of one core: the next one waits for as long as the last one's
    # processor time asks for, but never beyond the usual interval.
    list_share: float = 0.1
    # From the deadline of an unknown operation to the list that judges it.
    judge_after: timedelta = timedelta(milliseconds=500)
    # A refresh's lease; renewed with each transaction and every third of it by a heartbeat.
    lease: timedelta = timedelta(seconds=15)
    # A refresh writes so many rows at once, and as often in one transaction as fit into that time.
    transaction_rows: int = 100
    transaction_time: timedelta = timedelta(milliseconds=50)
    # The customers of the first list need neither causes nor events: so many at once.
    baseline_rows: int = 500
    # Operations that one transaction judges.
    transaction_operations: int = 100
    # After each transaction: SQLite's lock is not fair, and who waits for it sleeps up to 25 ms between
    # two tries (in the first 128 ms; up to 100 ms later on).
    transaction_pause: timedelta = timedelta(milliseconds=30)
    # The longest pause, where others write too: whoever waits tries again within it.
    transaction_pause_limit: timedelta = timedelta(milliseconds=120)
    # How long the end of a call is tried again on a locked or restarting database before it is kept in a file.
    recording_patience: timedelta = timedelta(seconds=8)
    recording_pause: timedelta = timedelta(milliseconds=250)
    # How often a worker looks for what was queued.
    queue_looks: timedelta = timedelta(milliseconds=200)
    # A call that takes longer is slow: nothing is claimed then before a sender is free.
    slow_call: timedelta = timedelta(seconds=1)
    # What is claimed before a sender is free leaves within this time, if the next calls take as long as the last.
    claimed_ahead: timedelta = timedelta(milliseconds=200)
    # How long a call waits for its turn at the throttle.
    throttle_patience: timedelta = timedelta(seconds=2)
    # Between two looks at the plans that run, and at whether there are any.
    plan_look: timedelta = timedelta(milliseconds=50)
    plan_rest: timedelta = timedelta(seconds=1)
    # The worker's sign of life, and when it counts as gone without one.
    heartbeat: timedelta = timedelta(seconds=5)
    worker_silent_after: timedelta = timedelta(seconds=20)
