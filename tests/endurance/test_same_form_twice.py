"""Double click, reload of a POST, two tabs: one operation, one call. Two processes, each with threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from monitors.sandbox.server import SandboxServer
from tests.endurance.ledger import mirror_of, operations, writes
from tests.endurance.visitor import Visitor
from tests.product import Product

MAILBOX = "a@northmail.example"
# As a browser sends it: also what the page showed.
EDITED = {"name": "first", "new_frequency": "9", "initial-new_frequency": "5"} | {
    name: value
    for field, value in {"new_name": "first", "new_email": MAILBOX}.items()
    for name in (field, f"initial-{field}")
}
TASKS = {
    "create": ("/records/new/", {"name": "new", "email": MAILBOX, "frequency": "5"}),
    "edit": ("/records/{}/edit/", EDITED),
    "delete": ("/records/{}/delete/", {"name": "first"}),
    "append": ("/records/{}/append/", {"user": "bob"}),
    "detach": ("/records/{}/detach/", {"user": "ann"}),
}

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("same form twice")]


@pytest.fixture(scope="module")
def desk() -> Iterator[Product]:
    # Slow enough that a second click always meets the first under way.
    with Product(workers=2, sandbox=SandboxServer(control_port=None, latency_ms=400)) as product:
        yield product


@pytest.fixture
def ana(desk: Product) -> Iterator[Visitor]:
    for name, _, _, users in desk.sandbox.store.snapshot():
        for user in users:
            desk.sandbox.store.detach(user=user)
        desk.sandbox.store.delete(name=name)
    desk.sandbox.store.register(["ann", "bob"])
    desk.sandbox.store.create(name="first", email=MAILBOX, frequency=5)
    with Visitor(desk.url, "ana") as visitor:
        visitor.refresh()
        yield visitor


def prepare(desk: Product, ana: Visitor, task: str) -> tuple[str, dict[str, str]]:
    if task == "detach":
        desk.sandbox.store.append(user="ann", name="first")
        ana.refresh()
    ((record,),) = desk.rows("SELECT id FROM monitors_monitorrecord WHERE name = 'first' AND gone_at IS NULL")
    path, fields = TASKS[task]
    return path.format(record), fields


def at_once(*asks: Callable[[], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(lambda ask: ask(), asks))


@pytest.mark.parametrize("task", TASKS)
def test_four_clicks_are_one_operation_and_one_call(desk, ana, task):
    path, fields = prepare(desk, ana, task)
    before, called = len(operations(desk)), len(writes(desk))
    token = ana.token_of(path)

    answers = at_once(*[lambda: ana.post(path, token=token, **fields)] * 4)

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.headers["Location"] for answer in answers}) == 1 or task == "create"
    assert len(operations(desk)) - before == len(writes(desk)) - called == 1


@pytest.mark.parametrize("task", TASKS)
def test_two_tabs_are_one_operation_and_one_call(desk, ana, task):
    path, fields = prepare(desk, ana, task)
    before, called = len(operations(desk)), len(writes(desk))
    tokens = [ana.token_of(path), ana.token_of(path)]
    desk.sandbox.fault("delay", task=task, seconds=2, applied=True)  # the second meets the first under way

    answers = at_once(*[lambda token=token: ana.post(path, token=token, **fields) for token in tokens])

    assert sorted(answer.status_code for answer in answers) == [302, 422]
    assert len(operations(desk)) - before == len(writes(desk)) - called == 1


@pytest.mark.parametrize("task", TASKS)
def test_form_sent_again_later_shows_the_first_operation_and_calls_nobody(desk, ana, task):
    path, fields = prepare(desk, ana, task)
    token = ana.token_of(path)
    first = ana.post(path, token=token, **fields)
    called, done = len(writes(desk)), mirror_of(desk)

    again = ana.post(path, token=token, **fields)

    assert again.status_code == first.status_code == 302
    assert operation_of(again) == operation_of(first)
    assert (len(writes(desk)), mirror_of(desk)) == (called, done)


def test_refused_form_sent_again_shows_the_same_refusal_and_calls_nobody(desk, ana):
    path, _ = prepare(desk, ana, "append")
    token = ana.token_of(path)
    first = ana.post(path, token=token, user="nobody here")
    called = len(writes(desk))

    again = ana.post(path, token=token, user="nobody here")

    assert first.status_code == again.status_code == 422
    assert "User not found" in first.text
    assert "User not found" in again.text
    assert len(writes(desk)) == called


def operation_of(answer: requests.Response) -> str:
    return answer.headers["Location"].rpartition("operation=")[2]
