"""Somebody who writes and somebody who reads while a list is applied, each a process of its own, as in life."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal
from multiprocessing.synchronize import Semaphore

PAUSE_SECONDS = 0.05
START_SECONDS = 60
PAGES = ("/", "/customers/", "/records/1/", "/upstream/")
_processes = multiprocessing.get_context("spawn")


class Waits:
    """The longest wait of each in seconds, once the block is over."""

    writer = reader = 0.0


@contextmanager
def at_work() -> Iterator[Waits]:
    waits, is_over, is_ready = Waits(), _processes.Event(), _processes.Semaphore(0)
    people = {name: _processes.Pipe(duplex=False) for name in TASKS}
    processes = [
        _processes.Process(target=_work, args=(name, is_ready, is_over, sender), daemon=True)
        for name, (_, sender) in people.items()
    ]
    for process in processes:
        process.start()
    for _ in processes:
        assert is_ready.acquire(timeout=START_SECONDS), "a bystander did not start"
    try:
        yield waits
    finally:
        is_over.set()
        for process in processes:
            process.join()
    waits.writer, waits.reader = (receiver.recv() for receiver, _ in people.values())


def _work(name: str, is_ready: Semaphore, is_over: Signal, sender: Connection) -> None:
    import django
    from django.db import OperationalError

    django.setup()
    act = TASKS[name]()
    act()
    is_ready.release()
    longest = 0.0
    while _has_parent() and not is_over.wait(PAUSE_SECONDS):
        began = time.perf_counter()
        with suppress(OperationalError):  # it waited for its whole timeout
            act()
        longest = max(longest, time.perf_counter() - began)
    sender.send(longest)


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

    override_settings(
        ALLOWED_HOSTS=["testserver"], MIDDLEWARE=_without_files(), STORAGES=_plain_files()
    ).enable()
    client, pages = Client(), cycle(PAGES)
    client.force_login(User.objects.get(username="bench"))

    def read() -> None:
        path = next(pages)
        answer = client.get(path)
        assert answer.status_code in (200, 404), (
            f"{path}: {answer.status_code}"
        )  # no record in the first list yet

    return read


def _without_files() -> list[str]:
    from django.conf import settings

    return [name for name in settings.MIDDLEWARE if "whitenoise" not in name]


def _plain_files() -> dict[str, dict[str, str]]:
    from django.conf import settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return settings.STORAGES | {"staticfiles": plain}


TASKS: dict[str, Callable[[], Callable[[], None]]] = {"writer": _writer, "reader": _reader}
