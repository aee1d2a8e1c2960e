"""The sandbox as a process: its options, its one line of output, its end."""

import os
import signal
import sys
import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path

from . import seed
from .server import SandboxServer
from .store import SecondAppend, Store

_SEEDS = ("believable", "none", "large")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8025, help="0 takes a free one")
    parser.add_argument(
        "--db", default=":memory:", metavar="FILE", help="keeps the state; made if it is missing"
    )
    parser.add_argument("--user", help="default: SENDGRID_API_USER, else demo")
    parser.add_argument("--key", help="default: SENDGRID_API_KEY, else demo-key")
    parser.add_argument("--seed", choices=_SEEDS, default="believable", help="contents of a new file")
    parser.add_argument(
        "--second-append",
        choices=[choice.value for choice in SecondAppend],
        default=SecondAppend.MOVED.value,
        help="what append does to a customer who is on another record",
    )
    parser.add_argument(
        "--latency", type=int, default=0, metavar="MS", help="milliseconds before each answer"
    )
    parser.add_argument(
        "--rate-per-minute", type=int, default=0, metavar="N", help="429 beyond it; 0 is no limit"
    )


def run(options: Namespace) -> int:
    """Serve until SIGINT or SIGTERM; the exit code."""
    try:
        server = _server(options)
        _fill(server.store, options.seed)
        server.start()
    except OSError as error:
        print(f"sandbox: cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    try:
        print(_greeting(server), flush=True)
        _wait_for_signal()
    finally:
        server.close()
    return 0


def _server(options: Namespace) -> SandboxServer:
    if options.db != ":memory:":
        Path(options.db).parent.mkdir(parents=True, exist_ok=True)
    return SandboxServer(
        db=options.db,
        host=options.host,
        port=options.port,
        user=options.user or _from_environment("SENDGRID_API_USER", "demo"),
        key=options.key or _from_environment("SENDGRID_API_KEY", "demo-key"),
        second_append=options.second_append,
        latency_ms=options.latency,
        rate_per_minute=options.rate_per_minute,
    )


def _from_environment(name: str, default: str) -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name) or default


def _fill(store: Store, wanted: str) -> None:
    if wanted == "none" or not store.is_empty():
        return
    customers, records = seed.believable() if wanted == "believable" else seed.large()
    store.seed(records=records, customers=customers)


def _greeting(server: SandboxServer) -> str:
    return f"Sandbox upstream on {server.url}"


def _wait_for_signal() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()
