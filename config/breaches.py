"""Passwords that were breached, in the files of Have I Been Pwned: SHA-1 in hexadecimal, sorted, each with a count.

Either one file of whole hashes (`HASH:COUNT` a line), or a folder with a file for each prefix of five digits
(`00000.txt` to `FFFFF.txt`) of the remaining ones (`SUFFIX:COUNT` a line). Nothing is ever asked of anybody else, and a
look reads some forty lines, however long the file is.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

HASH_DIGITS, PREFIX_DIGITS = 40, 5
MAX_LINE = 80  # bytes
PROBES = 256  # lines of a file that are looked at before it is believed to be sorted
_LINE = re.compile(rb"[0-9A-Fa-f]{%d}(:\d+)?\s*" % HASH_DIGITS)
_FIRST, _LAST = "0" * PREFIX_DIGITS, "F" * PREFIX_DIGITS


def is_breached(path: Path, password: str) -> bool:
    """Raises OSError where it cannot be read."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    if not path.is_dir():
        return _is_in(path, digest)
    prefix = digest[:PREFIX_DIGITS].decode()
    return _is_in(path / f"{prefix}.txt", digest[PREFIX_DIGITS:])


def problem(path: Path) -> str:
    """Why it cannot be used, to follow the name of its setting; empty where it can."""
    try:
        return _problem_of_folder(path) if path.is_dir() else _problem_of_file(path)
    except OSError as error:
        return f"cannot be read: {path} ({error.strerror})"


def _problem_of_folder(path: Path) -> str:
    for name in (f"{_FIRST}.txt", f"{_LAST}.txt"):
        if not (path / name).is_file():
            return f"names a folder without {name}: {path}"
    return ""


def _problem_of_file(path: Path) -> str:
    """Of a long one only lines at even distances are looked at."""
    before = b""
    with path.open("rb", buffering=MAX_LINE * 4) as file:
        size = os.fstat(file.fileno()).st_size
        step = max(size // PROBES, 1) if size > PROBES * MAX_LINE else 1
        at = 0
        while line := _line_from(file, at):
            if not _LINE.fullmatch(line):
                return f"names a file whose lines are no SHA-1 in hexadecimal: {path}"
            if _key(line) < before:
                return f"names a file that is not sorted by hash: {path}"
            before, at = _key(line), max(file.tell(), at + step)
    return "" if before else f"names an empty file: {path}"


def _is_in(path: Path, wanted: bytes) -> bool:
    with path.open("rb", buffering=MAX_LINE * 4) as file:
        low, high = 0, os.fstat(file.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            line = _line_from(file, middle)
            if line and _key(line) < wanted:
                low = middle + 1
            else:
                high = middle
        return _key(_line_from(file, low)) == wanted


def _line_from(file: BinaryIO, at: int) -> bytes:
    """The first line that begins there or later; empty at the end."""
    file.seek(max(at - 1, 0))
    if at:
        file.readline(MAX_LINE)
    return file.readline(MAX_LINE)


def _key(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().upper()
