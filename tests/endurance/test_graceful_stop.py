"""The web is told to end: whoever is being answered gets their answer, and it is true."""

import os
import signal
import threading

import pytest

from monitors.sandbox.server import SandboxServer
from tests.endurance.visitor import Visitor
from tests.product import Product, wait_until


@pytest.mark.slow
@pytest.mark.any_database
def test_a_request_in_flight_gets_its_answer():
    sandbox = SandboxServer(control_port=None, latency_ms=1500)
    sandbox.store.seed(records=[("one", "a@northmail.example", 5, ())], customers=["acme"])
    with Product(workers=1, sandbox=sandbox) as desk, Visitor(desk.url, "ana") as ana:
        ana.post("/refresh/")
        answers = []
        clicking = threading.Thread(target=lambda: answers.append(ana.act("/records/1/append/", user="acme")))
        called = len(sandbox.calls)
        clicking.start()
        wait_until(lambda: desk.rows("SELECT 1 FROM monitors_operation WHERE state = 'pending'"))

        master = desk.web_pids[0]
        os.kill(master, signal.SIGTERM)
        clicking.join(20)

        assert [answer.status_code for answer in answers] == [302]
        assert desk.rows("SELECT state FROM monitors_operation") == [("accepted",)]
        assert len(sandbox.calls) == called + 1
