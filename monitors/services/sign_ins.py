"""Passwords, within limits that are judged before the hash is computed, and few hashes at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth import authenticate
from django.contrib.auth.models import User

from monitors.models import SignInStep
from monitors.services import failed_sign_ins

HASHES_AT_ONCE = 1  # of one process: a hash takes a core for as long as it lasts
MAX_WAITING, PATIENCE_SECONDS = 3, 2.0  # for their turn: each holds a thread of the web meanwhile
WAIT_MINUTES = int(failed_sign_ins.WINDOW.total_seconds() // 60)

_slots = threading.BoundedSemaphore(HASHES_AT_ONCE)
_places = threading.BoundedSemaphore(HASHES_AT_ONCE + MAX_WAITING)


class NotJudged(Exception):
    """No password was tried; `sentence` says why, to whoever typed it."""

    sentence = ""


class TooMany(NotJudged):
    """Too many attempts failed for this account or from this address."""

    sentence = (
        "Too many wrong passwords for this name or from this address. "
        f"Wait {WAIT_MINUTES} minutes, or ask an administrator for a new password."
    )


class Busy(NotJudged):
    """Too many people are signing in at this moment."""

    sentence = "Many people are signing in at this moment. Try again in a few seconds."


def by_password(username: str, password: str, *, address: str | None) -> User | None:
    """Who it is; None where name or password is wrong. Raises TooMany and Busy."""
    account, network = failed_sign_ins.account_of(username), failed_sign_ins.network_of(address)
    if failed_sign_ins.is_over_limit(account, network):
        raise TooMany
    with _turn():
        row = failed_sign_ins.count(account, network, SignInStep.PASSWORD)
        if failed_sign_ins.is_over_limit(account, network, counted=1):  # others were judged meanwhile
            failed_sign_ins.take_back(row)
            raise TooMany
        person = authenticate(None, username=username, password=password)
    if not isinstance(person, User):
        return None
    failed_sign_ins.take_back(row)
    failed_sign_ins.forgive(account, network)
    return person


def second_factor_failed(person: User, *, address: str | None) -> None:
    """A code or a passkey was wrong. How many are allowed is up to whoever checks them."""
    network = failed_sign_ins.network_of(address)
    failed_sign_ins.count(person.pk, network, SignInStep.SECOND_FACTOR)


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        if not _slots.acquire(timeout=PATIENCE_SECONDS):
            raise Busy
        try:
            yield
        finally:
            _slots.release()
    finally:
        _places.release()
