"""kill -9 of workers at random moments through a plan: each change is carried out once, and all of it settles."""

import random
import re
from collections import Counter

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.kills import killing_workers
from tests.endurance.ledger import writes
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until

MAILBOX = "a@northmail.example"
CUSTOMERS = [f"customer-{number:03}" for number in range(300)]
DIGEST = re.compile(r'name="digest" value="([0-9a-f]{64})"')
SHORT_WAITS = {"SENDGRID_DEADLINE": "2", "SENDGRID_READ_TIMEOUT": "2", "SEND_WITHIN": "10"}


@pytest.mark.slow
def test_each_change_of_a_plan_is_carried_out_once_however_often_workers_are_killed():
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    sandbox = SandboxServer(control_port=None, latency_ms=50)
    sandbox.store.seed(records=[("first", MAILBOX, 5, ())], customers=CUSTOMERS)
    with (
        Product(sandbox=sandbox, worker=2, overrides=SHORT_WAITS, is_killed_often=True) as desk,
        Visitor(desk.url, "ana") as ana,
    ):
        ana.refresh()
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_monitorrecord"))
        address = drawn(ana)

        with killing_workers(desk, random.Random(seed)) as kills:
            ana.post(f"{address}run/", digest=digest(ana, address))
            wait_until(lambda: len(writes(desk)) > len(CUSTOMERS) * 0.8, within=120)
        wait_until(lambda: state(desk) == "done", within=120)

        print(f"{len(kills)} kills, {len(writes(desk))} calls, {states(desk)}")
        assert len(kills) > 1
        assert set(states(desk)) == {"done"}
        carried_out = Counter(call.parameters["user"] for call in writes(desk) if call.applied)
        assert carried_out == Counter(CUSTOMERS)
        wait_until(lambda: not desk.rows("SELECT 1 FROM monitors_operation WHERE settled_at IS NULL"))
        assert "events hold" in desk.manage("verify_audit")


def drawn(ana: Visitor) -> str:
    names = "\n".join(CUSTOMERS)
    answer = ana.act("/plans/new/", kind="append", name="first", names=names, until="none")
    address = answer.headers["Location"]
    ana.post(f"{address}edit/", do="insist")
    return address


def digest(ana: Visitor, address: str) -> str:
    match = DIGEST.search(ana.get(address).text)
    assert match is not None
    return match[1]


def state(desk: Product) -> str:
    ((value,),) = desk.rows("SELECT state FROM monitors_plan")
    return str(value)


def states(desk: Product) -> dict[str, int]:
    return dict(desk.rows("SELECT state, COUNT(*) FROM monitors_change GROUP BY state"))
