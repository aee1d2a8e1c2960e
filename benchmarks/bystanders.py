"""Somebody who writes and somebody who reads while a list is applied, each a process of its own, as in life."""

import logging
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal
from multiprocessing.synchronize import Semaphore

PAUSE_SECONDS = 0.05
START_SECONDS = 120
PAGES = ("/", "/customers/", "/records/1/", "/upstream/")
_processes = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class Acts:
    """What those of one role did: how long each act took in seconds, and how many failed."""

    seconds: list[float] = field(default_factory=list)
    failures: int = 0

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0)

    @property
    def percentile_99(self) -> float:
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[-1]


@dataclass(slots=True)
class Waits:
    """Those of each role, once the block is over."""

    writer: Acts = field(default_factory=Acts)
    reader: Acts = field(default_factory=Acts)


@contextmanager
def at_work(*, writers: int = 1, readers: int = 1) -> Iterator[Waits]:
    waits, is_over, is_ready = Waits(), _processes.Event(), _processes.Semaphore(0)
    people = [(role, _processes.Pipe(duplex=False)) for role in ["writer"] * writers + ["reader"] * readers]
    processes = [
        _processes.Process(target=_work, args=(role, is_ready, is_over, sender), daemon=True)
        for role, (_, sender) in people
    ]
    for process in processes:
        process.start()
    for _ in processes:
        assert is_ready.acquire(timeout=START_SECONDS), "a bystander did not start"
    try:
        yield waits
    finally:
        is_over.set()
        for role, (receiver, _) in people:
            done, acts = receiver.recv(), getattr(waits, role)
            acts.seconds += done.seconds
            acts.failures += done.failures
        for process in processes:
            process.join()


def _work(role: str, is_ready: Semaphore, is_over: Signal, sender: Connection) -> None:
    import django
    from django.db import OperationalError

    django.setup()
    act, done = TASKS[role](), Acts()
    act()
    is_ready.release()
    while _has_parent() and not is_over.wait(PAUSE_SECONDS):
        began = time.perf_counter()
        try:
            act()
        except (OperationalError, AssertionError) as error:  # it waited for its whole timeout
            done.failures += 1
            print(f"{role}: {error}", flush=True)
        done.seconds.append(time.perf_counter() - began)
    sender.send(done)


def _has_parent() -> bool:
    """A benchmark that is killed leaves nobody behind."""
    parent = _processes.parent_process()
    return parent is not None and parent.is_alive()


def _writer() -> Callable[[], None]:
    from django.db import transaction

    from monitors.models import Kind
    from monitors.services import writers_lock
    from monitors.services.log import audit

    def write() -> None:
        with transaction.atomic():
            writers_lock.take()
            audit.write(audit.Event(kind=Kind.EXPORT))

    return write


def _reader() -> Callable[[], None]:
    from itertools import cycle

    from django.contrib.auth.models import User
    from django.test import Client, override_settings

    logging.getLogger("django.request").setLevel(logging.ERROR)  # no record in the first list yet
    override_settings(
        ALLOWED_HOSTS=["testserver"], MIDDLEWARE=_without_files(), STORAGES=_plain_files()
    ).enable()
    client, pages = Client(), cycle(PAGES)
    client.force_login(User.objects.get(username="bench"))

    def read() -> None:
        path = next(pages)
        answer = client.get(path)
        assert answer.status_code in (200, 404), f"{path}: {answer.status_code}"

    return read


def _without_files() -> list[str]:
    from django.conf import settings

    return [name for name in settings.MIDDLEWARE if "whitenoise" not in name]


def _plain_files() -> dict[str, dict[str, str]]:
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return settings.STORAGES | {"staticfiles": plain}


TASKS: dict[str, Callable[[], Callable[[], None]]] = {"writer": _writer, "reader": _reader}
