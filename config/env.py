"""Typed readers of the environment: a missing or odd value stops the process with one clear line."""

import ipaddress
import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import environ
from environ.fileaware_mapping import FileAwareMapping

from config import breaches

BASE_DIR = Path(__file__).resolve().parent.parent
# The mapping, not environ.Env: Env would take a password that begins with "$" for the name of a variable.
_environment = FileAwareMapping()
MAIL_OVER_TLS = 465  # the port of mail that begins with TLS
LEAST_KEY = 50  # characters, as Django's own check wants them
_ENCRYPTED = {"require", "verify-ca", "verify-full"}  # values of sslmode that never fall back to plain text


def load_dotenv() -> None:
    """Read `.env` beside manage.py; what the real environment says wins."""
    path = BASE_DIR / ".env"
    if path.is_file():
        environ.Env.read_env(path)


def stop(name: str, problem: str) -> NoReturn:
    raise SystemExit(f"monitor-desk: {name} {problem}.")


def text(name: str, *, default: str | None = None) -> str:
    value = _read(name)
    if value is None or value == "":
        if default is None:
            stop(name, "is not set")
        return default
    return value


def flag(name: str, *, default: bool) -> bool:
    value = text(name, default="true" if default else "false").strip().lower()
    if value not in {"true", "false", "1", "0", "yes", "no", "on", "off"}:
        stop(name, f"must be true or false, not {value!r}")
    return value in {"true", "1", "yes", "on"}


def number(name: str, *, default: float, least: float = 0) -> float:
    value = text(name, default=str(default))
    try:
        parsed = float(value)
    except ValueError:
        stop(name, f"must be a number, not {value!r}")
    if not least < parsed < 1e9:
        stop(name, f"must be a number above {least:g}, not {value!r}")
    return parsed


def whole(name: str, *, default: int, least: int = 1) -> int:
    value = text(name, default=str(default))
    if not (value.isascii() and value.isdigit()) or not least <= int(value) < 10**9:
        stop(name, f"must be a whole number of at least {least}, not {value!r}")
    return int(value)


def choice(name: str, *, default: str, options: tuple[str, ...]) -> str:
    value = text(name, default=default).strip().lower()
    if value not in options:
        stop(name, f"must be one of {', '.join(options)}, not {value!r}")
    return value


def words(name: str, *, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default=default).split(",") if word.strip()]


def subset(name: str, *, of: tuple[str, ...]) -> list[str]:
    chosen = [word.lower() for word in words(name)]
    for word in chosen:
        if word not in of:
            stop(name, f"may list {', '.join(of)}, not {word!r}")
    return chosen


def limits(name: str, *, default: str, of: tuple[str, ...]) -> dict[str, int]:
    """`Support=25,Administrators=10000`: a whole number for each name that is given, in any case."""
    known = {_plain(word): word for word in of}
    found: dict[str, int] = {}
    for entry in words(name, default=default):
        key, _, value = (part.strip() for part in entry.partition("="))
        role = known.get(_plain(key))
        if role is None or not (value.isascii() and value.isdigit()):
            stop(name, f"must be like {default}, not {entry!r}")
        found[role] = int(value)
    return found


def roles(name: str, *, default: tuple[str, ...], of: tuple[str, ...]) -> frozenset[str]:
    """`Administrators, Support`: some of them, in any case. Empty means none; the default is for what is not set."""
    known = {_plain(word): word for word in of}
    value = _read(name)
    if value is None:
        return frozenset(default)
    chosen = [word.strip() for word in value.split(",") if word.strip()]
    for word in chosen:
        if _plain(word) not in known:
            stop(name, f"may list {', '.join(of)}, not {word!r}")
    return frozenset(known[_plain(word)] for word in chosen)


def role_map(name: str, *, of: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """`desk-admins=Administrators, everybody=Auditors`: which roles each group gives; one may stand more than once."""
    known = {_plain(word): word for word in of}
    found: dict[str, tuple[str, ...]] = {}
    for entry in words(name):
        group, _, role = (part.strip() for part in entry.rpartition("="))
        if not group or _plain(role) not in known:
            stop(name, f"must be like desk-admins=Administrators, not {entry!r}")
        found[group] = (*found.get(group, ()), known[_plain(role)])
    return found


def secure_url(name: str) -> str:
    """An https:// address without a user, or http:// of this machine; empty where it is not set."""
    value = text(name, default="")
    if value and not re.match(r"(https://[^/@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/|$)", value):
        stop(name, "must begin with https:// and hold no user")
    return value


def breached_passwords(name: str) -> Path | None:
    """A file or folder of config.breaches; None where it is not set."""
    value = text(name, default="")
    if not value:
        return None
    path = Path(value)
    if problem := breaches.problem(path):
        stop(name, problem)
    return path


def by_role(name: str, *, default: str, roles: tuple[str, ...], of: str) -> dict[str, str]:
    """`3d` or `3d, support=1d`: a value for each role and, under "", for everybody else; `of` is its pattern."""
    entries: dict[str, str] = {"": default}
    for word in words(name):
        role, _, value = word.lower().rpartition("=")
        role, value = role.strip(), value.strip()
        if role and role not in roles:
            stop(name, f"may name {', '.join(roles)}, not {role!r}")
        if not re.fullmatch(of, value):
            stop(name, f"must be like 4h, today, 3d, 1w or none, not {value!r}")
        entries[role] = value
    return entries


def pattern(name: str, *, default: str) -> str:
    value = text(name, default=default)
    if value == default:
        return value
    import regex  # noqa: PLC0415 - 6 MB that only a pattern of one's own needs

    try:
        regex.compile(value)
    except regex.error as error:
        stop(name, f"is not a regular expression: {error}")
    return value


def http_url(name: str, *, default: str) -> str:
    value = text(name, default=default)
    if not value.startswith(("http://", "https://")):
        stop(name, f"must begin with http:// or https://, not {value!r}")
    return value.rstrip("/")


def key(name: str, *, default: str | None = None) -> str:
    """A secret that signs; `default` for the loopback alone. Its value is never repeated."""
    value = text(name, default=default)
    if value != default and len(value) < LEAST_KEY:
        stop(name, f"must have at least {LEAST_KEY} characters")
    return value


def word(name: str, *, least: int) -> str:
    """A secret word, or "" for none. Its value is never repeated."""
    value = text(name, default="")
    if value and len(value) < least:
        stop(name, f"must have at least {least} characters")
    return value


def old_keys(name: str) -> list[str]:
    """Keys that were replaced: what they signed is still believed."""
    values = words(name)
    if any(len(value) < LEAST_KEY for value in values):
        stop(name, f"may list keys of at least {LEAST_KEY} characters, separated by commas")
    return values


def hosts(name: str, *, default: str, is_debug: bool) -> list[str]:
    values = words(name, default=default)
    if "*" in values:
        stop(name, "must name the desk's own hosts; * would believe whatever a visitor writes")
    public = [value for value in values if not is_loopback(value)]
    if is_debug and public:
        stop(
            "DEBUG", f"shows settings and code to every visitor; {name} names {public[0]}, which others reach"
        )
    return values


def upstream_url(name: str, *, default: str) -> str:
    """An http(s) URL to which the key is sent: encrypted, or on this machine. The value is not repeated."""
    value = text(name, default=default)
    if "@" in value:
        stop(name, "must not hold a user or a password; these are SENDGRID_API_USER and SENDGRID_API_KEY")
    url = http_url(name, default=default)
    if url.startswith("http://") and not is_loopback(host_of(url)):
        stop(
            name,
            "must begin with https:// where it is not the loopback: the key would be readable on its way",
        )
    return url


def without_eavesdroppers(name: str, *, default: str, is_plain_allowed: bool) -> str:
    """The address of a database or a queue: over TLS, on this machine, or plain where a setting says so."""
    value = text(name, default=default)
    if is_plain_allowed or not _is_readable_on_its_way(value):
        return value
    stop(
        name,
        "leads to another machine without TLS; add ?sslmode=verify-full, use rediss://, or set ALLOW_PLAIN_DATABASE",
    )


def _is_readable_on_its_way(address: str) -> bool:
    scheme = address.partition(":")[0].lower()
    host = host_of(address)
    if scheme not in {"postgres", "postgresql", "redis"} or not host or host.startswith(("/", "%2f")):
        return False  # a file, rediss, or a socket
    mode = parse_qs(address.partition("?")[2]).get("sslmode", [""])[-1]
    return not is_loopback(host) and not (scheme != "redis" and mode in _ENCRYPTED)


def host_of(address: str) -> str:
    """In lower case; "" where there is none, or where it cannot be read."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def contact(name: str) -> str:
    """Where to report a hole: an address of the web or of mail; "" for none."""
    value = text(name, default="")
    if value and (not value.startswith(("https://", "mailto:")) or any(mark.isspace() for mark in value)):
        stop(name, f"must begin with https:// or mailto:, not {value!r}")
    return value


def database(name: str, *, default: str, is_plain_allowed: bool = False) -> dict[str, Any]:
    value = without_eavesdroppers(name, default=default, is_plain_allowed=is_plain_allowed)
    try:
        parsed: dict[str, Any] = environ.Env.db_url_config(value)
    except Exception:  # noqa: BLE001 - the parser raises whatever its pieces raise
        parsed = {}
    if "sqlite" not in parsed.get("ENGINE", "") and "postgresql" not in parsed.get("ENGINE", ""):
        # The value holds a password, so it is not repeated.
        stop(name, "must be a sqlite:/// or postgres:// URL")
    return parsed


def _plain(role: str) -> str:
    return role.lower().replace(" ", "-")


def _read(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path and not Path(path).is_file():
        stop(f"{name}_FILE", f"names a file that is not there: {path}")
    try:
        value: str | None = _environment.get(name)
    except OSError as error:
        stop(name, f"cannot be read: {error.strerror}")
    return value.strip("\r\n") if path and value else value
