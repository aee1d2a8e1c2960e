"""Hashes are Django's own, computed by one thread of a process, which yields to the others."""

import os
import threading

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from config.hashers import NICENESS, YieldingPBKDF2

pytestmark = pytest.mark.any_database


def test_a_hash_is_the_same_as_djangos():
    ours, djangos = YieldingPBKDF2(), PBKDF2PasswordHasher()

    assert ours.encode("secret", "salt", 10) == djangos.encode("secret", "salt", 10)
    assert ours.verify("secret", djangos.encode("secret", "salt", 10))
    assert not ours.verify("another", djangos.encode("secret", "salt", 10))
    assert ours.must_update(djangos.encode("secret", "salt", 10))


def test_it_is_computed_by_one_thread_that_yields(monkeypatch):
    threads = []

    def note(_self, *_args):
        niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        threads.append((threading.get_native_id(), niceness))
        return "hash"

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", note)
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    for _ in range(3):
        assert YieldingPBKDF2().encode("secret", "salt") == "hash"

    (thread, niceness), *others = threads
    assert others == [(thread, niceness)] * 2
    assert thread != threading.get_native_id()
    assert niceness == max(before, NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


def test_an_error_reaches_whoever_asked():
    with pytest.raises(ValueError, match="salt"):
        YieldingPBKDF2().encode("secret", "a$b")
