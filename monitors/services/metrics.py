"""What each process counts for /metrics. With METRICS_TOKEN set, all processes of a machine count in one folder.

A process that is gone has left its file there: `tidy` adds it to the file of all that are gone, so that no count ever
falls and the folder does not grow.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import Counter, Histogram
from prometheus_client.mmap_dict import MmapedDict

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the library reads it from the environment when it is imported
GONE = "0"  # in place of a process's number
_FILE = re.compile(r"(counter|histogram)_(\d+)\.db")

REQUESTS = Counter("desk_requests", "Requests answered", ["view", "method", "status"])
REQUEST_SECONDS = Histogram("desk_request_seconds", "From a request to its answer's first byte", ["view"])
CALLS = Counter("desk_sendgrid_calls", "Calls to SendGrid: answered, failed or limited (429)", ["result"])
CALL_SECONDS = Histogram(
    "desk_sendgrid_call_seconds",
    "How long calls to SendGrid took",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
HELD_BACK = Counter("desk_sendgrid_held_back", "Calls that the throttle did not let out")
ENDED = Counter("desk_operations_ended", "Operations whose call ended, by task and state", ["task", "state"])


def tidy() -> None:
    """Called when a process starts."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    with suppress(OSError), _alone_in(Path(folder)):
        for path in sorted(Path(folder).iterdir()):
            match = _FILE.fullmatch(path.name)
            if match and match[2] != GONE and not _is_alive(int(match[2])):
                _add(path, path.with_name(f"{match[1]}_{GONE}.db"))
                path.unlink()


def _add(path: Path, total_path: Path) -> None:
    total = MmapedDict(str(total_path))
    try:
        for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(path)):
            before, _ = total.read_value(key)
            total.write_value(key, before + value, timestamp)
    finally:
        total.close()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
