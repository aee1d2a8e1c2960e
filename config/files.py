"""Files that only the desk's own user may read: a copy of them is a copy of every customer and every session."""

import os
from contextlib import suppress
from pathlib import Path

_BESIDE = ("", "-wal", "-shm", "-journal")  # SQLite gives the last three the rights of the first


def keep_private(name: str, *, own_folder: Path) -> None:
    """Make a SQLite file 0600, also one that is there, and its folder 0700 where it is made here or is `own_folder`.

    Another folder that is there already is its owner's business. What the system refuses is left as it is: the
    database says itself what it cannot open.
    """
    if name.startswith(":memory:"):
        return
    path = Path(name)
    with suppress(OSError):
        _make_folder(path.parent, own_folder)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for suffix in _BESIDE:
        with suppress(OSError):
            _close_to_others(path.with_name(path.name + suffix))


def make_private(folder: Path) -> None:
    """A folder of the desk's own: 0700 where it is made here."""
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _make_folder(folder: Path, own_folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder == own_folder:
        _close_to_others(folder)


def _close_to_others(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & 0o077:
        path.chmod(mode & 0o700)
