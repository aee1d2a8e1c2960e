"""Whoever gets past the triggers is found by walking the chain, from the first link that does not hold."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from monitors.models import AuditEvent, Kind, guards
from monitors.services import clock
from monitors.services.log import audit, history, verify
from tests.services.rows import minute

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


# From an anchor on


def test_what_came_after_an_anchor_is_verified_alone(log, tamper):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 1")

    verdict = verify.chain(since=(3, log[2].hash))

    assert verdict == verify.Verdict(5, log[-1].hash, since=3)


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        (3, "event 3 was changed after it was written"),
        (4, "event 4 was changed after it was written"),
        (5, "event 5 was changed after it was written"),
    ],
)
def test_the_event_of_the_anchor_and_each_after_it_must_be_as_they_were(log, tamper, number, problem):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = {number}")

    assert verify.chain(since=(3, log[2].hash)).problem == problem


def test_an_anchor_of_another_log_is_found(log, tamper):
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")
    rewrite_from(tamper, 2)

    assert verify.chain(since=(3, log[2].hash)).problem == (
        "event 3 is not the one that the anchor was printed for"
    )


def test_an_anchor_whose_event_was_cut_off_is_found(log, tamper):
    tamper(f"DELETE FROM {TABLE} WHERE number > 3")

    assert (
        verify.chain(since=anchor_of(log)).problem == "event 5 is missing, and an anchor was printed for it"
    )


def test_events_written_while_the_log_is_read_are_verified_too(log, monkeypatch):
    """The count that is read in the end is of the events until then."""
    read = verify._tail_problem

    def slow(*args):
        if AuditEvent.objects.count() == 5:
            audit.write(audit.Event(kind="sign_out"))
        return read(*args)

    monkeypatch.setattr(verify, "_tail_problem", slow)

    assert (verify.chain().problem, verify.chain().length) == ("", 6)


def test_a_log_of_several_chunks_holds(log, monkeypatch):
    monkeypatch.setattr(verify, "_CHUNK_EVENTS", 2)

    assert verify.chain(anchor=anchor_of(log)) == verify.Verdict(5, log[-1].hash)


# Each night


def night(number):
    with clock.reading(lambda: minute(number * 24 * 60)):
        return verify.nightly()


def test_a_night_verifies_what_came_since_the_last_one(log):
    assert night(0) == verify.Verdict(5, log[-1].hash)
    audit.write(audit.Event(kind="sign_out"))

    assert (night(1).since, night(1).length, night(2).since) == (5, 6, 6)


def test_the_whole_log_is_verified_each_week(log, tamper):
    night(0)
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")

    assert [night(number).problem for number in (1, 6)] == ["", ""]
    assert [night(number).problem for number in (7, 8)] == ["event 2 was changed after it was written"] * 2


def test_a_log_that_was_forged_whole_since_the_last_night_is_found(log, tamper):
    night(0)
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")
    rewrite_from(tamper, 2)

    problem = "event 5 is not the one that the anchor was printed for"
    assert [night(number).problem for number in (1, 7)] == [problem] * 2


def test_a_problem_is_told_each_night_until_it_is_gone(log, tamper):
    night(0)
    tamper(f"DELETE FROM {TABLE} WHERE number = 5")

    assert [night(number).problem for number in (1, 2)] == [
        "event 5 is missing, and an anchor was printed for it"
    ] * 2


def test_a_clock_that_was_set_back_leads_to_a_whole_check(log):
    night(0)

    assert night(-1).since == 0


def test_the_command_verifies_what_is_new_when_asked_to(log, tamper, capsys):
    night(0)
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")
    guards.install(connection)

    call_command("verify_audit", new=True)
    call_command("verify_audit", new=True, anchor=f"3:{log[2].hash}")

    assert capsys.readouterr().out == (
        f"Events 5 to 5 hold. Anchor: 5:sha256:{log[-1].hash}\n"
        f"Events 3 to 5 hold. Anchor: 5:sha256:{log[-1].hash}\n"
    )


def test_the_command_verifies_the_whole_log_unless_asked_otherwise(log, tamper):
    night(0)
    tamper(f"UPDATE {TABLE} SET reason = 'x' WHERE number = 2")

    with pytest.raises(SystemExit):
        call_command("verify_audit")


def test_the_command_prints_an_anchor_that_holds_later(log, capsys):
    call_command("verify_audit")
    anchor = capsys.readouterr().out.rpartition(" ")[2].strip()
    audit.write(audit.Event(kind="sign_out"))

    call_command("verify_audit", anchor=anchor)

    assert anchor == f"5:sha256:{log[-1].hash}"
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


@pytest.mark.parametrize("named", ["", "sha256:"])
def test_an_anchor_is_taken_with_its_algorithm_and_as_older_versions_printed_it(log, named, capsys):
    call_command("verify_audit", anchor=f"3:{named}{log[2].hash}")

    assert "5 events hold." in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("verify_audit", anchor=f"3:{named}{log[1].hash}")


def test_an_anchor_of_another_algorithm_is_refused_by_its_name(log):
    words = "The anchor names the algorithm md5, and this desk knows sha256 alone"
    with pytest.raises(CommandError, match=words):
        call_command("verify_audit", anchor=f"3:md5:{log[2].hash}")


def test_a_log_that_names_another_algorithm_is_not_said_to_hold(log):
    audit.write(audit.Event(kind=Kind.DIGEST, details={"algorithm": "sha3-256", "upto": 5}))

    assert verify.chain().problem == (
        "event 6 names the algorithm sha3-256, and this desk knows sha256 alone"
    )


def test_the_digest_of_a_night_names_the_algorithm(log):
    assert (
        history.write_digest()["algorithm"]
        == AuditEvent.objects.latest("number").details["algorithm"]
        == "sha256"
    )
    assert verify.chain().problem == ""
