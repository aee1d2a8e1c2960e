"""How far a plan is, as a drawing: one bar of five parts, each also a pattern and a word."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitors.selectors.plans import Progress

WIDTH = 1000  # units of the drawing; the page stretches it


@dataclass(frozen=True, slots=True)
class Part:
    kind: str
    x: float
    width: float
    count: int


@dataclass(frozen=True, slots=True)
class Meter:
    progress: Progress

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def words(self) -> str:
        """`24 of 37: 20 done, 2 failed, 1 unknown, 1 sending, 13 left`"""
        named = ", ".join(f"{part.count:,} {part.kind}" for part in self.parts())
        return f"{self.progress.sent:,} of {self.progress.total:,}: {named}"

    def parts(self) -> Iterator[Part]:
        """Those that are not empty, from the left; what is left stays the ground."""
        x, total = 0.0, max(self.progress.total, 1)
        for kind in ("done", "failed", "unknown", "sending", "left"):
            count = getattr(self.progress, kind)
            width = WIDTH * count / total
            if count:
                yield Part(kind, round(x, 1), round(width, 1), count)
            x += width
