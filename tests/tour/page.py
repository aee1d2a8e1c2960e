"""docs/tour.md: written by `make screenshots`, read by the test that holds its numbers true."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.tour.hands import Cost
from tests.tour.walks import WALKS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "tour.md"
PICTURES = ROOT / "docs" / "images" / "tour"
HEAD = """# Tour

Written by `make screenshots`, which does each task once in a browser on the demo;
a test does them again and holds the numbers true.

A *step* is a click, a key that does something, or a field that is filled. *Requests* and *bytes* are what the
task asks the desk for and what comes back on the wire, without what asks in the background whether something has
been confirmed or what there is of a name while it is typed, and without files that the browser has already.

| task | steps | requests | bytes |
|---|---|---|---|
"""
ROW = re.compile(
    r"^\| \[(?P<title>[^]]+)\].* \| (?P<steps>\d+) \| (?P<requests>\d+) \| (?P<size>[\d,]+) \|$", re.MULTILINE
)


def write(costs: Mapping[str, Cost]) -> None:
    """`costs` by the names of the walks."""
    rows = (_row(walk.title, costs[walk.name]) for walk in WALKS)
    parts = (
        f"\n## {walk.title}\n\n{walk.words}\n\n![{walk.title}](images/tour/{walk.name}.png)\n"
        for walk in WALKS
    )
    PAGE.write_text(HEAD + "".join(rows) + "".join(parts))


def _row(title: str, cost: Cost) -> str:
    return f"| [{title}](#{_anchor(title)}) | {cost.steps} | {cost.requests} | {cost.size:,} |\n"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def told() -> dict[str, Cost]:
    """What the page tells, by the titles."""
    return {
        row["title"]: Cost(int(row["steps"]), int(row["requests"]), int(row["size"].replace(",", "")))
        for row in ROW.finditer(PAGE.read_text())
    }
