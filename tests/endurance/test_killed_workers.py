"""kill -9 of workers in the middle of a long queue: every write is carried out once or settled truthfully."""

import random
import time
from collections import Counter

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.kills import killing_workers
from tests.endurance.ledger import DONE, calls_of_nobody, false_words, let_settle, lines, writes
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until

APPENDS, KILLS = 80, 4
SHORT_WAITS = {"SENDGRID_DEADLINE": "4", "SENDGRID_READ_TIMEOUT": "4", "SEND_WITHIN": "600", "SENDERS": "2"}


@pytest.mark.slow
def test_two_workers_are_killed_and_every_append_is_carried_out_once_or_its_end_is_true():
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    customers = [f"customer {n}" for n in range(APPENDS)]
    sandbox = SandboxServer(control_port=None, latency_ms=150)
    sandbox.store.seed(records=[("one", "a@northmail.example", 5, ())], customers=customers)
    with (
        Product(workers=1, worker=2, sandbox=sandbox, overrides=SHORT_WAITS, is_killed_often=True) as desk,
        Visitor(desk.url, "ben") as ben,
    ):
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_mirror WHERE asked_at IS NOT NULL"))
        with killing_workers(desk, random.Random(seed)) as kills:
            for user in customers:
                assert ben.act("/records/1/append/", user=user).status_code == 302
            wait_until(lambda: len(kills) >= KILLS)
        wait_until(lambda: not desk.rows("SELECT 1 FROM monitors_operation WHERE state = 'queued'"))

        let_settle(desk, ben)

        states = Counter(line.state for line in lines(desk))
        print(f"{len(kills)} kills: {dict(states)}")
        assert sum(states.values()) == APPENDS
        assert calls_of_nobody(desk) == []
        assert false_words(desk) == []
        assert max(Counter(call.parameters["user"] for call in writes(desk)).values()) == 1
        on_record = sandbox.store.snapshot()[0][3]
        assert {line.parameters["user"] for line in lines(desk) if line.state in DONE} == set(on_record)
        assert "events hold" in desk.manage("verify_audit")


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_finishes_what_is_in_flight_and_hands_back_the_rest():
    customers = [f"customer {n}" for n in range(12)]
    sandbox = SandboxServer(control_port=None, latency_ms=700)
    sandbox.store.seed(records=[("one", "a@northmail.example", 5, ())], customers=customers)
    overrides = SHORT_WAITS | {"SENDGRID_DEADLINE": "9", "SENDGRID_READ_TIMEOUT": "9"}
    with (
        Product(workers=1, worker=1, sandbox=sandbox, overrides=overrides) as desk,
        Visitor(desk.url, "ana") as ana,
    ):
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_mirror WHERE asked_at IS NOT NULL"))
        for user in customers:
            ana.act("/records/1/append/", user=user)
        wait_until(lambda: writes(desk))
        time.sleep(0.2)

        desk.stop_worker()

        states = Counter(line.state for line in lines(desk))
        print(dict(states))
        assert set(states) <= {"queued", "accepted", "confirmed"}
        assert states["queued"] > 0
        assert len(writes(desk)) == states["accepted"] + states["confirmed"]
