"""Passwords are hashed one at a time in each process, by a thread that yields to those that answer pages."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache

from django.contrib.auth.hashers import PBKDF2PasswordHasher

NICENESS = 10  # of 19; Linux gives each thread its own


class YieldingPBKDF2(PBKDF2PasswordHasher):
    """Django's own, with the same hashes; hashlib lets go of Python's lock while it computes."""

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        return _thread().submit(super().encode, password, salt, iterations).result()


@cache
def _thread() -> ThreadPoolExecutor:
    """Made by the first password of a process: not before it was forked."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords", initializer=_yield)


def _yield() -> None:
    with suppress(OSError, AttributeError):  # where threads have no niceness of their own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
