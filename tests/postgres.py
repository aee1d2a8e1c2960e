"""Run a command against a private PostgreSQL cluster: python -m tests.postgres COMMAND…

The cluster lives in a temporary folder, listens on a free port of the loopback and is
gone when the command ends. PostgreSQL refuses to run as root, so root lends it to `postgres`.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")


def tools() -> Path | None:
    """The newest installed version's programs."""
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return installed[-1].parent if installed else Path(on_path).resolve().parent if on_path else None


class Cluster:
    """A private cluster with its own folder and port, which stay the same when it is stopped and started again."""

    def __init__(self, programs: Path, *, is_durable: bool = False) -> None:
        """`is_durable`: what was committed outlives a kill of its processes, which costs time."""
        self.folder = Path(tempfile.mkdtemp(prefix="monitor-desk-pg-"))
        self.port = _free_port()
        self._programs = programs
        speed = "-F -c full_page_writes=off" + ("" if is_durable else " -c synchronous_commit=off")
        self._options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 {speed}"

    @property
    def url(self) -> str:
        return f"postgres://desk@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        more = ("-U", "desk", "-A", "trust", "-E", "UTF8", "--locale=C")
        _run(str(self._programs / "initdb"), "-D", str(self.folder / "data"), *more)

    def start(self) -> None:
        self._control("-o", self._options, "start")

    def stop(self, *, mode: str = "immediate") -> None:
        """`fast` breaks off transactions and shuts down; `immediate` is a crash."""
        self._control("-m", mode, "stop")

    def _control(self, *arguments: str) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        _run(str(self._programs / "pg_ctl"), "-D", data, "-w", "-l", log, *arguments)


@contextmanager
def cluster(*, is_durable: bool = False) -> Iterator[Cluster]:
    """A cluster that runs, and is gone with its data at the end."""
    programs = tools()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    own = Cluster(programs, is_durable=is_durable)
    try:
        own.create()
        own.start()
        try:
            yield own
        finally:
            own.stop()
    finally:
        shutil.rmtree(own.folder, ignore_errors=True)


def _run(*command: str) -> None:
    as_owner = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_owner, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", check=False
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout.decode()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


if __name__ == "__main__":
    with cluster() as own:
        environment = os.environ | {"DATABASE_URL": own.url}
        status = subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    raise SystemExit(status)
