import gzip
import subprocess
import sys
import time

import pytest

from monitors.sandbox.server import SandboxServer

from .calls import FORMATS, gateway
from .replay import http, replay

MEGABYTE = 2**20
SLACK_BYTES = 10 * MEGABYTE
CAPS_BYTES = {"list": 64 * MEGABYTE, "create": 64 * 2**10}


pytestmark = pytest.mark.slow


def peak_of(url: str, form: str, task: str) -> tuple[int, str]:
    probe = subprocess.run(
        [sys.executable, "-m", "tests.gateway.memory_probe", url, form, task],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    kibibytes, end = probe.stdout.split()
    return int(kibibytes) * 1024, end


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("task", ["list", "create"])
@pytest.mark.parametrize("fault", ["huge_body", "huge_body_chunked", "gzip_bomb", "gzip_bomb_twice"])
def test_answer_of_200_megabytes_takes_no_more_memory_than_the_cap_and_ten(fault, task, form):
    with SandboxServer(key="canary", control_port=None) as server:
        server.fault(fault, task=task, times=0)

        peak, end = peak_of(server.url, form.value, task)

    assert end in ("UnusableList", "OutcomeUnknown")
    assert peak < CAPS_BYTES[task] + SLACK_BYTES


def test_redirect_with_a_bomb_for_a_body_takes_no_more_memory_than_the_cap_and_ten():
    bomb = gzip.compress(bytes(100 * MEGABYTE))
    redirect = http(bomb, "302 Found", Location="http://127.0.0.1:9/", Content_Encoding="gzip")

    with replay(http(b"[]"), redirect) as server:
        peak, end = peak_of(server.url, "json", "create")

    assert end == "OutcomeUnknown"
    assert peak < CAPS_BYTES["create"] + SLACK_BYTES


@pytest.mark.parametrize("form", FORMATS)
def test_list_of_100000_customers_is_read_in_two_seconds(form):
    customers = [f"customer-{number}@example.com" for number in range(100_000)]
    rows = [(f"record {n}", "a@b.example", 5, tuple(customers[n * 100 : n * 100 + 100])) for n in range(1000)]
    with SandboxServer(key="canary", control_port=None) as server:
        server.store.register(customers)
        server.store.seed(records=rows)
        caller = gateway(server.url, form, key="canary", deadline=30)
        caller.list_records()
        start = time.thread_time()  # its own work: others may keep the machine busy

        listing = caller.list_records()

        assert time.thread_time() - start < 2
        assert sum(len(record.users or ()) for record in listing.records) == 100_000
