"""Ends of calls that the database did not take, kept in files until it does.

One file for each operation: written, fsynced and renamed, so that it is whole or not there. What is in it is
what SendGrid said, never the request's body or the key.
"""

import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from monitors.models import State

logger = logging.getLogger(__name__)
SUFFIX, DRAFT = ".json", ".draft"
DRAFT_SECONDS = 3600  # after which nobody is writing it any more


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnd:
    """How a call ended: the state it leads to, SendGrid's words, our note, and when to try again (seconds).

    `at` is when the call came back; None: now.
    """

    state: State
    words: tuple[str, ...] = ()
    note: str = ""
    http_status: int | None = None
    retry_after: float | None = None
    at: datetime | None = None


def keep(uuid: UUID, end: CallEnd) -> bool:
    """Write the end of an operation's call to the disk; False when the disk does not take it either."""
    folder: Path = settings.SPOOL_DIR
    values = asdict(end) | {"at": end.at.isoformat() if end.at else None}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_whole(folder / f"{uuid}{SUFFIX}", json.dumps(values))
    except OSError:
        logger.exception("the end of operation %s could not be kept: %s", uuid, end.state)
        return False
    return True


def kept_ends() -> Iterator[tuple[UUID, CallEnd, Path]]:
    """What waits to be recorded; a file that cannot be read is logged and left."""
    _remove_old_drafts()
    for path in sorted(settings.SPOOL_DIR.glob(f"*{SUFFIX}")):
        try:
            values = json.loads(path.read_text())
            at = datetime.fromisoformat(values["at"]) if values["at"] else None
            end = CallEnd(
                **values | {"state": State(values["state"]), "words": tuple(values["words"]), "at": at}
            )
            yield UUID(path.stem), end, path
        except FileNotFoundError:
            continue  # another process has recorded it
        except (OSError, ValueError, TypeError, KeyError):
            logger.exception("%s cannot be read", path)


def _remove_old_drafts() -> None:
    """Of processes that were killed before their file was whole: a list settles those operations."""
    for draft in settings.SPOOL_DIR.glob(f"*{DRAFT}"):
        try:
            if time.time() - draft.stat().st_mtime > DRAFT_SECONDS:
                draft.unlink()
        except OSError:  # another process was quicker, or the disk is read-only
            logger.debug("%s was not removed", draft)


def _write_whole(path: Path, text: str) -> None:
    draft = path.with_suffix(f".{os.getpid()}{DRAFT}")
    with draft.open("w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
