"""What goes on beside the people: again and again, in a thread of its own."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def again_and_again(do: Callable[[], object], *, pause: float | Callable[[], float]) -> Iterator[None]:
    """In a thread of its own until the block ends; what it raises is raised then. `pause` is in seconds."""
    is_over = threading.Event()
    seconds = pause if callable(pause) else lambda: pause

    def run() -> None:
        while not is_over.wait(seconds()):
            do()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield
        finally:
            is_over.set()
        running.result()
