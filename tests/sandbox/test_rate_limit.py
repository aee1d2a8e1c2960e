"""The rate limit, which is off unless it is asked for."""

import time

from monitors.sandbox.server import SandboxServer
from monitors.sandbox.service import Limiter
from tests.sandbox.raw import CREDENTIALS, say, tell


def test_beyond_the_rate_comes_429_exactly_as_documented() -> None:
    with SandboxServer(rate_per_minute=2, control_port=None) as server:
        say(server, "list")
        say(server, "list")

        heard = tell(server, CREDENTIALS | {"task": "list"})

    assert heard.status == 429
    assert heard.body == b'{"errors":[{"field":null,"message":"too many requests"},]}'
    assert 58 < int(heard.headers["x-ratelimit-reset"]) - time.time() <= 61


def test_the_window_slides() -> None:
    now = 1000.0
    limiter = Limiter(2, clock=lambda: now)

    assert [limiter.reset_time() for _ in range(3)] == [None, None, 1060.0]
    now = 1060.0
    assert limiter.reset_time() is None


def test_without_a_limit_everything_is_admitted() -> None:
    limiter = Limiter(0)

    assert [limiter.reset_time() for _ in range(1000)] == [None] * 1000
