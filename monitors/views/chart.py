"""The trend as a drawing: a line and the area under it, in a box of WIDTH × HEIGHT."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString

from monitors.selectors.trend import Trend

WIDTH, HEIGHT = 1000, 200  # units of the drawing; the page stretches it
ROUND_NUMBERS = (2, 4, 6, 8, *range(10, 100, 2))  # times a power of ten; each has a whole half
_ROW = '<tr><td class="wide">{day.day} {day:%b %Y}</td><td class="num" data-label="Customers">{n:,}</td></tr>'


@dataclass(frozen=True, slots=True)
class Chart:
    trend: Trend

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def ceiling(self) -> int:
        """A round number at the top, whose half is whole."""
        ceilings: Iterator[int] = (number * 10**power for power in range(12) for number in ROUND_NUMBERS)
        return next(ceiling for ceiling in ceilings if ceiling >= self.trend.peak)

    @property
    def half(self) -> int:
        return self.ceiling // 2

    @property
    def middle(self) -> date:
        """The day under the middle of the line."""
        return self.trend.days[len(self.trend.days) // 2][0]

    @property
    def line(self) -> str:
        """The points of a polyline."""
        step, ceiling = WIDTH / max(len(self.trend.days) - 1, 1), self.ceiling
        points = (
            (index * step, HEIGHT - HEIGHT * count / ceiling)
            for index, (_, count) in enumerate(self.trend.days)
        )
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)

    @property
    def area(self) -> str:
        """The points of a polygon: the line, closed along the bottom."""
        return f"0,{HEIGHT} {self.line} {WIDTH},{HEIGHT}"

    @property
    def numbers(self) -> SafeString:
        """The rows of a table, the newest first."""
        return SafeString("".join(_ROW.format(day=day, n=n) for day, n in reversed(self.trend.days)))
