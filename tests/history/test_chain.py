"""Whoever gets past the triggers is found by walking the chain, from the first link that does not hold."""

import pytest
from django.core.management import CommandError, call_command

from monitors.models import AuditEvent
from monitors.services.log import audit, verify

TABLE = "monitors_auditevent"
EARLIER = "something was removed, inserted or reordered"


def anchor_of(log):
    return log[-1].number, log[-1].hash


def rehash(tamper, number):
    """Give an event the hash that fits what it says now."""
    event = AuditEvent.objects.get(number=number)
    tamper(f"UPDATE {TABLE} SET hash = '{audit.digest(event)}' WHERE number = {number}")


def rewrite_from(tamper, number):
    """Forge the whole rest of the chain, and the row that says where it ends."""
    last = AuditEvent.objects.count()
    for it in range(number, last + 1):
        if it > 1:
            before = AuditEvent.objects.get(number=it - 1).hash
            tamper(f"UPDATE {TABLE} SET previous_hash = '{before}' WHERE number = {it}")
        rehash(tamper, it)
    head = AuditEvent.objects.get(number=last).hash
    tamper(f"UPDATE monitors_auditchain SET length = {last}, head = '{head}'")


def test_an_untouched_chain_holds(log):
    verdict = verify.chain(anchor=anchor_of(log))

    assert (verdict.problem, verdict.length, verdict.head) == ("", 5, log[-1].hash)


def test_an_empty_chain_holds(db):
    assert verify.chain().problem == ""


@pytest.mark.parametrize(
    "column",
    ["reason = 'x'", "kind = 'sign_out'", "actor_name = 'eve'", "details = '{\"a\": 1}'", "record_id = 7"],
)
def test_a_changed_event_is_named(log, tamper, column):
    tamper(f"UPDATE {TABLE} SET {column} WHERE number = 3")

    assert verify.chain().problem == "event 3 was changed after it was written"


def test_a_changed_time_is_found(log, tamper):
    tamper(f"UPDATE {TABLE} SET at = '2020-01-01 00:00:00' WHERE number = 3")

    assert verify.chain().problem == "event 3 was changed after it was written"


def test_a_changed_event_with_a_hash_of_its_own_breaks_the_next_link(log, tamper):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 3")
    rehash(tamper, 3)

    assert EARLIER in verify.chain().problem
    assert verify.chain().problem.startswith("event 4 ")


def test_a_removed_event_is_named(log, tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number = 3")

    assert verify.chain().problem == "event 3 is missing: the next one there is 4"


def test_a_removed_event_with_the_rest_renumbered_breaks_the_link(log, tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number = 3")
    tamper(f"UPDATE {TABLE} SET number = 3 WHERE number = 4")
    tamper(f"UPDATE {TABLE} SET number = 4 WHERE number = 5")

    assert verify.chain().problem == f"event 3 does not follow the one before it: {EARLIER}"


def test_an_inserted_event_breaks_the_link(log, tamper):
    tamper(f"UPDATE {TABLE} SET number = 6 WHERE number = 5")
    tamper(f"UPDATE {TABLE} SET number = 5 WHERE number = 4")
    event = AuditEvent.objects.get(number=3)
    event.number, event.reason, event.previous_hash = 4, "slipped in", event.hash
    event.hash = audit.digest(event)
    AuditEvent.objects.bulk_create([event])

    assert verify.chain().problem == f"event 5 does not follow the one before it: {EARLIER}"


def test_two_events_in_each_others_place_break_the_link(log, tamper):
    for number, place in ((3, 30), (4, 3), (30, 4)):
        tamper(f"UPDATE {TABLE} SET number = {place} WHERE number = {number}")

    assert verify.chain().problem == f"event 3 does not follow the one before it: {EARLIER}"


def test_a_cut_tail_is_found_by_the_count(log, tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number > 3")

    assert verify.chain().problem == "the log ends at event 3, but 5 were written"


def test_a_cut_tail_with_a_forged_count_is_found_by_an_anchor(log, tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number > 3")
    rewrite_from(tamper, 3)

    assert verify.chain().problem == ""
    assert verify.chain(anchor=anchor_of(log)).problem == (
        "the log ends at event 3, but the anchor was printed for event 5"
    )


def test_a_chain_forged_whole_is_found_by_an_anchor_alone(log, tamper):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")
    rewrite_from(tamper, 2)

    assert verify.chain().problem == ""
    assert verify.chain(anchor=anchor_of(log)).problem == (
        "event 5 is not the one that the anchor was printed for"
    )


def test_the_command_prints_an_anchor_that_holds_later(log, capsys):
    call_command("verify_audit")
    anchor = capsys.readouterr().out.rpartition(" ")[2].strip()
    audit.write(audit.Event(kind="sign_out"))

    call_command("verify_audit", anchor=anchor)

    assert anchor == f"5:{log[-1].hash}"
    assert "6 events hold." in capsys.readouterr().out


def test_the_command_ends_with_one_at_the_first_broken_link(log, tamper, capsys):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number IN (2, 4)")

    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit")

    assert ended.value.code == 1
    assert "does not hold: event 2 was changed" in capsys.readouterr().err


@pytest.mark.parametrize("anchor", ["5", "5:abc", "x:" + "0" * 64])
def test_an_anchor_that_is_none_is_refused(log, anchor):
    with pytest.raises(CommandError):
        call_command("verify_audit", anchor=anchor)
