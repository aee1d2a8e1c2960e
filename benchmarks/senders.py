"""How long a worker takes for a thousand appends that SendGrid answers after 50 ms each, without a rate limit.

python -m benchmarks.senders [sqlite|postgresql]
"""

import os
import resource
import subprocess
import sys
import time

from benchmarks import databases, scratch

APPENDS, LATENCY_MS, MAX_RATIO = 1_000, 50, 1.15


def main() -> None:
    databases.on_each("benchmarks.senders", measure, is_durable=True)


def measure(database: str) -> None:
    print(f"== {database}")
    os.environ["SEND_WITHIN"] = "600"
    with scratch.desk(latency_ms=LATENCY_MS) as server:
        names = [f"customer-{number:04}" for number in range(APPENDS)]
        server.store.seed(records=[("bulk", "a@northmail.example", 5, ())], customers=names)
        _enqueue(names)
        worker = subprocess.Popen([sys.executable, "manage.py", "run_huey"], stderr=subprocess.DEVNULL)
        try:
            _report()
        finally:
            worker.terminate()
            worker.wait()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"processor of the worker, its lists included: {used.ru_utime + used.ru_stime:.1f} s")


def _enqueue(names: list[str]) -> None:
    from django.contrib.auth.models import User

    from monitors.demo.people import make_people
    from monitors.models import MonitorRecord, Source, Task
    from monitors.services import operations
    from monitors.services.lists import refresh
    from monitors.services.operations import Request
    from monitors.services.submission import Submission

    make_people()
    assert refresh.run(source="command") is not None
    by = Submission(actor=User.objects.get(username="ana"), source=Source.PLAN)
    record = MonitorRecord.objects.get(name="bulk")
    operations.enqueue(
        [
            Request(submission=by, task=Task.APPEND, parameters={"name": "bulk", "user": name}, record=record)
            for name in names
        ]
    )


def _report() -> None:
    from django.conf import settings
    from django.db.models import Count, Max, Min

    from monitors.models import Operation

    while Operation.objects.filter(ended_at=None).exists():
        time.sleep(1)
    operations = Operation.objects.aggregate(Min("claimed_at"), Max("ended_at"))
    seconds = (operations["ended_at__max"] - operations["claimed_at__min"]).total_seconds()
    least = APPENDS * LATENCY_MS / 1000 / settings.SENDERS
    states = dict(Operation.objects.values_list("state").annotate(Count("pk")))
    print(
        f"{APPENDS:,} appends by {settings.SENDERS} senders: {seconds:.1f} s, "
        f"{seconds / least:.2f} times the calls alone (at most {MAX_RATIO}); {states}"
    )


if __name__ == "__main__":
    main()
