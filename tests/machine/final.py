"""What holds once everything has settled, and between the mirror's own rows at any time."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from monitors.models import AuditEvent, Operation, RefreshOutcome, State
from monitors.services import ends, held_lists, queue
from monitors.services.log import history, verify
from monitors.services.outbound import spool
from tests.machine import log_of_the_upstream
from tests.machine.mirror_rows import MirrorRows

if TYPE_CHECKING:
    from tests.machine.stage import Stage

LISTS_TO_SETTLE = 3
NEARLY_A_DAY = (10 * 3600.0, 10 * 3600.0)  # seconds, a list after each
SETTLED_BY_A_LIST = (State.CONFIRMED, State.CONTRADICTED, State.NOT_APPLIED)


def check(stage: "Stage") -> None:
    """Deadlines pass, lists come, and those of nearly a day: the mirror is the upstream and every word is true."""
    stage.server.clear()
    stage.let_every_deadline_pass()
    ends.record_kept()
    queue.expire()
    assert list(spool.kept_ends()) == []
    stage.every_change_of_the_mirror_is_explained()
    for _ in range(LISTS_TO_SETTLE):
        _list(stage)
        if not _unsettled(stage.rows):
            break
        stage.let_every_deadline_pass()  # one from before the clock was set back is brought near by a list
    assert stage.rows.facts() == stage.upstream.facts
    assert not _unsettled(stage.rows)
    for seconds in NEARLY_A_DAY:
        stage.clock.sleep(seconds)
        _list(stage)
    assert stage.rows.facts() == stage.upstream.facts
    log_of_the_upstream.demand_words_are_true(stage.upstream)
    log_of_the_upstream.demand_nothing_is_erased(stage.upstream, stage.rows)
    _check_the_log()


def _list(stage: "Stage") -> None:
    """One that is held is accepted, and the next one is then believed."""
    done = stage.fetch_list()
    assert done is not None
    if done.outcome in (RefreshOutcome.HELD, RefreshOutcome.REJECTED):
        held_lists.accept(actor=stage.boss, refresh=done)
        done = stage.fetch_list()
        assert done is not None
    assert done.outcome in (RefreshOutcome.APPLIED, RefreshOutcome.UNCHANGED), done.note
    stage.every_change_of_the_mirror_is_explained()


def _unsettled(rows: MirrorRows) -> list[object]:
    return [row for row in rows.operations.values() if row.settled_at is None]


def _check_the_log() -> None:
    kinds: dict[object, set[str]] = {}
    for operation, kind in AuditEvent.objects.exclude(operation_id=None).values_list("operation_id", "kind"):
        kinds.setdefault(operation, set()).add(kind)
    for operation, state in Operation.objects.values_list("pk", "state"):
        assert "operation.started" in kinds[operation]
        assert kinds[operation] & {"operation.ended", "operation.abandoned"}
        assert state not in SETTLED_BY_A_LIST or "operation.settled" in kinds[operation]
    assert verify.chain().problem == ""
    problem = history.verify().problem
    assert problem == "", problem


def check_revisions_follow_each_other(rows: MirrorRows) -> None:
    """None ends before it began, and none begins before the one before it ended."""
    ends: dict[int, datetime] = {}
    for row in rows.revisions.values():
        assert row.since >= ends.get(row.record_id, row.since), f"begins too early: {row}"
        ends[row.record_id] = row.until or row.since
        assert ends[row.record_id] >= row.since, f"ends before it began: {row}"


def check_rows_agree(rows: MirrorRows) -> None:
    """Counts are those of the rows; a living record has one open revision, which says what the record says.

    No attachment ends before it began or begins before the one before it on that record ended.
    """
    ends: dict[tuple[int, str], datetime] = {}
    for row in rows.attachments.values():
        pair = (row.record_id, row.customer__username)
        assert row.detached_at is None or row.detached_at >= row.attached_at, f"ends before it began: {row}"
        assert row.attached_at >= ends.get(pair, row.attached_at), f"begins too early: {row}"
        ends[pair] = row.detached_at or row.attached_at
    lasting = [row for row in rows.attachments.values() if row.detached_at is None]
    on_record = Counter(row.record_id for row in lasting)
    of_customer = Counter(row.customer__username for row in lasting)
    now = {row.record_id: row for row in rows.revisions.values() if row.until is None}
    for record in rows.records.values():
        assert record.customer_count == on_record[record.pk]
        assert (record.pk in now) is (record.gone_at is None)
        if record.pk in now:
            fields = (now[record.pk].name, now[record.pk].email, now[record.pk].frequency)
            assert fields == (record.name, record.email, record.frequency)
        else:
            assert not on_record[record.pk]
    for username, count in rows.customer_counts.items():
        assert count == of_customer[username]
