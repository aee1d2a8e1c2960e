"""A list of 100,000 customers: reading and applying it, each against the raw limit in the same run.

python -m benchmarks.lists
"""

import json
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

from benchmarks import scratch
from monitors.sandbox.server import SandboxServer


def main() -> None:
    with scratch.desk(seed="large") as server:
        from monitors.services.lists import refresh
        from monitors.services.outbound import gateway as outbound_gateway

        raw_body = _fetch(server.url)
        print(f"list: {len(raw_body) / 2**20:.1f} MB, 100,000 customers on 1,000 records")
        raw = _median(lambda: json.loads(_fetch(server.url)), 5)
        read = _median(lambda: outbound_gateway.connect().list_records(), 5)
        print(f"fetch and read, against urllib and json.loads: {read:.2f} s, {read / raw:.1f} x")
        first = _median(lambda: refresh.run(source="bench"), 1)
        print(f"first list applied: {first:.1f} s, {100_000 / first:,.0f} attachments/s")
        same = _median(lambda: refresh.run(source="bench"), 5)
        print(f"the same list again, against fetching and reading it: {same:.2f} s, {same / read:.1f} x")
        counter = iter(range(100))
        changed = _median(lambda: _change_and_refresh(server, next(counter)), 5)
        print(
            f"a list with one difference, against fetching and reading it: {changed:.2f} s, {changed / read:.1f} x"
        )


def _change_and_refresh(server: SandboxServer, turn: int) -> None:
    from monitors.services.lists import refresh

    name = server.store.snapshot()[0][0]
    server.store.edit(name=name, new_frequency=1000 + turn)
    refresh.run(source="bench")


def _fetch(url: str) -> bytes:
    form = {"api_user": "demo", "api_key": "demo-key", "method": "monitor", "task": "list"}
    with urllib.request.urlopen(f"{url}.json", urllib.parse.urlencode(form).encode()) as answer:
        body: bytes = answer.read()
    return body


def _median(run: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
