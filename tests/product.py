"""The whole product as processes of its own: a sandbox here, a fresh database, gunicorn, and a worker if wanted."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import requests

from monitors.sandbox.server import SandboxServer
from tests.fresh_database import Database, database_in
from tests.template_database import ROOT, environment, manage
from tests.warm_starts import Copy, WarmStarts

GRACE_SECONDS = 10.0  # from SIGTERM to SIGKILL
WAIT_SECONDS = 60.0  # for a condition, on a busy machine
Process = subprocess.Popen[bytes] | Copy


def wait_until(is_so: Callable[[], Any], *, within: float = WAIT_SECONDS, every: float = 0.05) -> Any:
    """The first true value of `is_so`; AssertionError when none came in time."""
    ends_at = time.monotonic() + within
    while not (value := is_so()):
        assert time.monotonic() < ends_at, f"not within {within:g} s"
        time.sleep(every)
    return value


class Product:
    """A context manager; `url` ends with a slash, `sandbox` runs in this process, the people are the demo's.

    `workers` is gunicorn's number, 0 for no web at all until `start_web`; `worker` is how many times
    run_huey is started.
    `overrides` are added to the environment of every process. The web's port is held here, so that it stays the
    same when the web is killed and started again. `is_killed_often`: all processes are warm starts (warm_starts.py).
    """

    def __init__(
        self,
        *,
        workers: int = 1,
        threads: int = 8,
        worker: int = 0,
        overrides: Mapping[str, str] | None = None,
        web_options: Sequence[str] = (),
        sandbox: SandboxServer | None = None,
        database: Database | None = None,
        is_killed_often: bool = False,
    ) -> None:
        self.workers, self.threads, self.worker_count = workers, threads, worker
        self.web_options = web_options
        self.sandbox = sandbox or SandboxServer(control_port=None)
        self._scratch = tempfile.TemporaryDirectory(prefix="monitor-desk-product-")
        self.folder = Path(self._scratch.name)
        self._overrides = dict(overrides or {})
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._web: Process | None = None
        self._workers: dict[int, Process] = {}
        self._is_killed_often = is_killed_often
        self._warm_starts: WarmStarts | None = None
        self.database = database or database_in(self.folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    @property
    def spool(self) -> Path:
        return self.folder / "spool"

    @property
    def environment(self) -> dict[str, str]:
        """Of every process."""
        own = {
            "QUEUE_URL": f"sqlite:///{self.folder / 'queue.sqlite3'}",
            "SENDGRID_API_URL": self.sandbox.url,
            "SPOOL_DIR": str(self.spool),
            "METRICS_DIR": str(self.folder / "metrics"),
        }
        return environment(self.database.url) | own | self._overrides

    def __enter__(self) -> Self:
        try:
            self.sandbox.start()
            self.database.create()
            if self._is_killed_often:
                self._warm_starts = WarmStarts(self.environment, pass_fds=[self._socket.fileno()])
            if self.workers:
                self.start_web()
            for number in range(self.worker_count):
                self.start_worker(number)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for number in list(self._workers):
            self.stop_worker(number)
        self.stop_web()
        if self._warm_starts:
            self._warm_starts.close()
        self._socket.close()
        self.sandbox.close()
        self.database.drop()
        self._scratch.cleanup()

    # The web

    def start_web(self) -> None:
        number = self._socket.fileno()
        self._web = self._start(
            "web",
            *("-m", "gunicorn", "config.wsgi", "--bind", f"fd://{number}", "--worker-class", "gthread"),
            *("--workers", str(self.workers or 1), "--threads", str(self.threads), "--timeout", "90"),
            *("--graceful-timeout", "5", "--no-control-socket", *self.web_options),
            pass_fds=[number],
        )
        wait_until(self._web_answers)

    def stop_web(self) -> None:
        _end(self._web)
        self._web = None

    def kill_web(self) -> None:
        """SIGKILL to the master and all its workers at once."""
        for pid in self.web_pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _end(self._web)
        self._web = None

    @property
    def web_pids(self) -> list[int]:
        """The master's, then its workers'."""
        return [self._web.pid, *_children(self._web.pid)] if self._web else []

    def _web_answers(self) -> bool:
        assert self._web is not None
        assert self._web.poll() is None, self.log_text()
        try:
            return requests.get(f"{self.url}healthz", timeout=2).ok
        except requests.RequestException:
            return False

    # The worker

    def start_worker(self, number: int = 0) -> None:
        name = f"worker {number}" if number else "worker"
        self._workers[number] = self._start(name, "manage.py", "run_huey")

    def stop_worker(self, number: int = 0) -> None:
        _end(self._workers.pop(number, None))

    def kill_worker(self, number: int = 0) -> None:
        """SIGKILL."""
        worker = self._workers.pop(number)
        worker.kill()
        _end(worker)

    @property
    def worker_pids(self) -> list[int]:
        return [worker.pid for worker in self._workers.values()]

    # What happened

    def manage(self, *arguments: str, **more: str) -> str:
        """Run manage.py to its end; its output. `more` is added to the environment."""
        return manage(self.environment | more, *arguments)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the product's database from outside; SQL that SQLite and PostgreSQL share."""
        return self.database.rows(sql)

    def log_text(self) -> str:
        """Everything that the web and the worker wrote, since their first start."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _start(self, name: str, *arguments: str, pass_fds: Sequence[int] = ()) -> Process:
        path = self.folder / f"{name}.log"
        if self._warm_starts:
            return self._warm_starts.start(arguments, path)
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=pass_fds,
            )


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in listed.split()]


def _end(process: Process | None) -> None:
    """SIGTERM, then SIGKILL to the process and whatever it left in its own session."""
    if process is None:
        return
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
