"""The environment of a demo, set before Django reads its settings; what is set already wins."""

import os
import secrets
import socket
from pathlib import Path

from config import env

FOLDER = Path(os.environ.get("DEMO_FOLDER") or Path(__file__).resolve().parent.parent.parent / "var" / "demo")
HOST = "127.0.0.1"
METRICS_TOKEN = "only-for-the-demo-s-numbers"  # noqa: S105 - printed on the screen, for the loopback alone


def prepare() -> None:
    """Called by manage.py for `demo` alone. Ends the process with one line when the port is taken."""
    _refuse_foreign()
    port = os.environ.setdefault("PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SystemExit(f"monitor-desk: PORT must be a number from 1 to 65535, not {port!r}.")
    if not _is_free(int(port)):
        raise SystemExit(
            f"monitor-desk: port {port} is taken. Stop what listens there, or choose another: PORT=9000 make run"
        )
    FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    sandbox_port = _kept_port("sandbox")
    defaults = {
        "SECRET_KEY": _secret(),
        "DEBUG": "false",
        "HTTPS_ONLY": "false",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": f"sqlite:///{FOLDER / 'desk.sqlite3'}",
        "QUEUE_URL": f"sqlite:///{FOLDER / 'queue.sqlite3'}",
        "SPOOL_DIR": str(FOLDER / "spool"),
        "SENDGRID_API_URL": f"http://{HOST}:{sandbox_port}/api/distributor.manage",
        "SENDGRID_API_USER": "northmail",
        "SENDGRID_API_KEY": "only-for-the-sandbox",
        "DESK_URL": f"http://{HOST}:{port}",
        "REFRESH_SECONDS": "60",
        "METRICS_TOKEN": METRICS_TOKEN,
        "METRICS_DIR": str(FOLDER / "metrics"),
        "LOG_LEVEL": "warning",
        "LOG_FORMAT": "console",
        "REQUIRE_MFA": "",  # its people sign in by their names
        "DEMO_SANDBOX_PORT": str(sandbox_port),
        "DEMO_CONTROL_PORT": str(_kept_port("control")),
        "PYTHONUNBUFFERED": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def _refuse_foreign() -> None:
    """The demo makes people whose password everybody knows, and asks its upstream for lists."""
    env.load_dotenv()
    for name in sorted(os.environ):
        if os.environ[name] and name.startswith(("DATABASE_URL", "QUEUE_URL", "SENDGRID_")):
            raise SystemExit(
                f"monitor-desk: the demo brings its own database and its own SendGrid; {name} is set. "
                "Unset it, or start the desk by the Procfile."
            )


def is_demo(arguments: list[str]) -> bool:
    return arguments[1:2] == ["demo"] and not {"-h", "--help"} & set(arguments)


def _secret() -> str:
    path = FOLDER / "secret"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _kept_port(name: str) -> int:
    """The port of the last start where it is free: the upstream's address is a setting that is watched."""
    path = FOLDER / f"{name}.port"
    port = int(path.read_text()) if path.is_file() else 0
    if not port or not _is_free(port):
        port = _free_port()
        path.write_text(str(port))
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
