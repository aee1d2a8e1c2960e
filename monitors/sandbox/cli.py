"""The sandbox as a process: options, one line of output, exit codes."""

import os
import signal
import sqlite3
import sys
import threading
from argparse import ArgumentParser, Namespace
from pathlib import Path

from monitors.sandbox import seed
from monitors.sandbox.server import SandboxServer
from monitors.sandbox.store import SecondAppend, Store

IN_MEMORY = ":memory:"
_SEEDS = ("believable", "none", "large")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8025, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--db",
        default=IN_MEMORY,
        metavar="FILE",
        help="database file for state and call log; created if missing",
    )
    parser.add_argument("--user", help="accepted user; default: SENDGRID_API_USER, else demo")
    parser.add_argument("--key", help="accepted key; default: SENDGRID_API_KEY, else demo-key")
    parser.add_argument("--seed", choices=_SEEDS, default="believable", help="contents of a new database")
    parser.add_argument(
        "--second-append",
        choices=[choice.value for choice in SecondAppend],
        default=SecondAppend.MOVED.value,
        help="what append does with a customer who is on another record",
    )
    parser.add_argument(
        "--latency", type=int, default=0, metavar="MS", help="milliseconds to wait before each answer"
    )
    parser.add_argument(
        "--rate-per-minute", type=int, default=0, metavar="N", help="answer 429 above this rate; 0: no limit"
    )
    parser.add_argument(
        "--fault",
        default="",
        metavar="NAME[:TASK][,...]",
        help="fault to play until cleared; several take turns (see docs/sandbox.md)",
    )
    parser.add_argument(
        "--control-port",
        type=int,
        default=0,
        metavar="N",
        help="port of the control page; 0 takes a free one",
    )


def run(options: Namespace) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    try:
        server = _server(options)
    except (OSError, sqlite3.Error) as error:
        return _complain(f"cannot use {options.db}: {error}")
    try:
        return _serve(server, options)
    finally:
        server.close()


def _server(options: Namespace) -> SandboxServer:
    if options.db != IN_MEMORY:
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
        control_port=options.control_port,
    )


def _serve(server: SandboxServer, options: Namespace) -> int:
    stop = _on_signal()
    _fill(server.store, options.seed)
    try:
        _arm(server, options.fault)
        server.start()
    except ValueError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"cannot listen: {os.strerror(error.errno or 0)} ({_ports(options)})")
    print(f"Sandbox upstream on {server.url}, control page on {server.control_url}", flush=True)
    stop.wait()
    return 0


def _complain(message: str) -> int:
    print(f"sandbox: {message}", file=sys.stderr)
    return 1


def _ports(options: Namespace) -> str:
    return f"{options.host} port {options.port}, control port {options.control_port}"


def _from_environment(name: str, default: str) -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name) or default


def _fill(store: Store, contents: str) -> None:
    if contents == "none" or not store.is_empty():
        return
    customers, records = seed.believable() if contents == "believable" else seed.large()
    store.seed(records=records, customers=customers)


def _arm(server: SandboxServer, faults: str) -> None:
    for item in filter(None, faults.split(",")):
        name, _, task = item.strip().partition(":")
        server.fault(name, task=task or "any", times=0)


def _on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop
