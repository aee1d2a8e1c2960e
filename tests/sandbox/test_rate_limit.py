"""The rate limit, which is off by default."""

import time

from monitors.sandbox.server import SandboxServer
from monitors.sandbox.service import Limiter
from tests.sandbox.raw import CREDENTIALS, answer_to, post_form


def test_call_above_the_rate_gets_429_as_documented() -> None:
    with SandboxServer(rate_per_minute=2, control_port=None) as server:
        before = time.time()
        answer_to(server, "list")
        answer_to(server, "list")

        response = post_form(server, CREDENTIALS | {"task": "list"})

    assert response.status == 429
    assert response.body == b'{"errors":[{"field":null,"message":"too many requests"},]}'
    assert before + 58 < int(response.headers["x-ratelimit-reset"]) <= time.time() + 61


def test_the_window_slides() -> None:
    now = 1000.0
    limiter = Limiter(2, clock=lambda: now)

    assert [limiter.reset_time() for _ in range(3)] == [None, None, 1060.0]
    now = 1060.0
    assert limiter.reset_time() is None


def test_without_a_limit_everything_is_admitted() -> None:
    limiter = Limiter(0)

    assert [limiter.reset_time() for _ in range(1000)] == [None] * 1000
