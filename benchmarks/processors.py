"""Seconds of processor that other processes have used, as Linux counts them."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")  # a second
_PARENT, _OWN, _ENDED = 1, slice(11, 13), slice(13, 15)  # among what stands behind a process's name


def used(pid: int) -> float:
    """By a process and its children, those that have ended included."""
    return _seconds(pid, _OWN, _ENDED) + sum(_seconds(child, _OWN) for child in _children(pid))


def used_here() -> float:
    """By this process alone."""
    return _seconds(os.getpid(), _OWN)


def parent(pid: int) -> int:
    return int(_fields(pid)[_PARENT])


def _seconds(pid: int, *columns: slice) -> float:
    """0 of one that has ended meanwhile."""
    try:
        fields = _fields(pid)
    except FileNotFoundError:
        return 0
    return sum(int(ticks) for each in columns for ticks in fields[each]) / _TICKS


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
