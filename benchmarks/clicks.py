"""What a click on Append takes, beside reading the record's page, while SendGrid answers and while it hangs.

python -m benchmarks.clicks [sqlite|postgresql]
"""

import statistics
import time
from typing import TYPE_CHECKING

from benchmarks import databases, scratch

if TYPE_CHECKING:
    from tests.endurance.visitor import Visitor
    from tests.product import Product

CLICKS, RECORD = 40, "/records/1/"
PATIENT = {"SENDGRID_DEADLINE": "60", "SENDGRID_READ_TIMEOUT": "60", "SEND_WITHIN": "60"}
MAX_MILLISECONDS = 300


def main() -> None:
    databases.on_each("benchmarks.clicks", measure, is_durable=True)


def measure(database: str) -> None:
    from tests.product import Product
    from tests.template_database import begin_run, end_run

    print(f"== {database}: medians of {CLICKS}, by the clock")
    folder = begin_run()
    try:
        with scratch.desk(), Product(workers=2, threads=4, worker=1, overrides=PATIENT) as product:
            _measure(product)
    finally:
        end_run(folder)


def _measure(product: "Product") -> None:
    from tests.endurance.visitor import Visitor
    from tests.product import wait_until

    names = [f"customer-{number:03}" for number in range(3 * CLICKS)]
    product.sandbox.store.seed(records=[("one", "a@northmail.example", 5, ())], customers=names)
    wait_until(lambda: product.rows("SELECT asked_at FROM monitors_mirror")[0][0])
    with Visitor(product.url, "ana") as ana:
        _report("warming up", ana, names[:CLICKS])
        _report("SendGrid answers", ana, names[CLICKS : 2 * CLICKS])
        product.sandbox.fault("hang", task="write", times=0)
        _report("SendGrid hangs", ana, names[2 * CLICKS :])


def _report(state: str, visitor: "Visitor", names: list[str]) -> None:
    reads, clicks = zip(*(_read_and_click(visitor, name) for name in names), strict=True)
    read, click = statistics.median(reads) * 1000, statistics.median(clicks) * 1000
    print(
        f"{state}: the page {read:.0f} ms, the click {click:.0f} ms (at most {MAX_MILLISECONDS}), "
        f"{click / read:.1f} times the page; the longest click {max(clicks) * 1000:.0f} ms"
    )


def _read_and_click(visitor: "Visitor", name: str) -> tuple[float, float]:
    """Seconds of each; the click ends with the page that shows the row."""
    began = time.perf_counter()
    assert visitor.get(RECORD).status_code == 200
    read = time.perf_counter()
    answer = visitor.act(f"{RECORD}append/", user=name)
    assert answer.status_code == 302, answer.text
    assert name in visitor.get(answer.headers["Location"]).text
    return read - began, time.perf_counter() - read


if __name__ == "__main__":
    main()
