"""A trend as a drawing: a line and the area under it, in a box of WIDTH × HEIGHT; and what a page lets choose of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.utils.safestring import SafeString

from monitors.models import Refresh
from monitors.selectors.mirror import Desk
from monitors.selectors.trend import Trend
from monitors.views.access import DeskRequest
from monitors.wording.estimates import estimated

WIDTH, HEIGHT = 1000, 200  # units of the drawing; the page stretches it
ROUND_NUMBERS = (2, 4, 6, 8, *range(10, 100, 2))  # times a power of ten; each has a whole half
PERIODS = {30: "30 days", 90: "90 days", 365: "1 year"}
DEFAULT_PERIOD_DAYS = 90
DEFAULT_VOLUME_MESSAGES = 1000  # what each customer is assumed to send
MAX_VOLUME_MESSAGES = 10**12
_ROW = (
    '<tr><td class="wide">{day.day} {day:%b %Y}</td><td class="num" data-label="{label}">{number}</td></tr>'
)


@dataclass(frozen=True, slots=True)
class Chart:
    """`label` is what is counted, as the head of a column. There is at least one day."""

    trend: Trend
    label: str

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEIGHT

    @property
    def is_first_day(self) -> bool:
        return len(self.trend.days) == 1

    @property
    def ceiling(self) -> int:
        """A round number at the top, whose half is whole."""
        ceilings: Iterator[int] = (number * 10**power for power in range(20) for number in ROUND_NUMBERS)
        return next(ceiling for ceiling in ceilings if ceiling >= self.trend.peak)

    @property
    def half(self) -> int:
        return self.ceiling // 2

    @property
    def days(self) -> tuple[date, date, date]:
        """The first, the one under the middle of the line, and the last."""
        days = self.trend.days
        return days[0][0], days[len(days) // 2][0], days[-1][0]

    @property
    def first(self) -> str:
        return estimated(self.trend.days[0][1])

    @property
    def last(self) -> str:
        return estimated(self.trend.days[-1][1])

    @property
    def peak(self) -> str:
        return estimated(self.trend.peak)

    @property
    def summary(self) -> str:
        """What the drawing says, for those who do not see it."""
        if self.is_first_day:
            return f"{self.label}: {self.last} on the first day"
        days = len(self.trend.days)
        return f"{self.label}: from {self.first} to {self.last} in {days} days, at most {self.peak}"

    @property
    def line(self) -> str:
        """The points of a polyline; of a single day a level one."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self._points())

    def _points(self) -> Iterator[tuple[float, float]]:
        counts = [count for _, count in self.trend.days]
        drawn = counts * 2 if self.is_first_day else counts
        step, ceiling = WIDTH / (len(drawn) - 1), self.ceiling
        return ((index * step, HEIGHT - HEIGHT * count / ceiling) for index, count in enumerate(drawn))

    @property
    def area(self) -> str:
        """The points of a polygon: the line, closed along the bottom."""
        return f"0,{HEIGHT} {self.line} {WIDTH},{HEIGHT}"

    @property
    def numbers(self) -> SafeString:
        """The rows of a table, the newest first."""
        rows = (
            _ROW.format(day=day, label=self.label, number=estimated(n))
            for day, n in reversed(self.trend.days)
        )
        return SafeString("".join(rows))


def chosen_period(request: DeskRequest) -> int:
    """In days."""
    days = _whole_number(request.GET.get("days"), DEFAULT_PERIOD_DAYS)
    return days if days in PERIODS else DEFAULT_PERIOD_DAYS


def chosen_volume(request: DeskRequest) -> int:
    """In messages of each customer."""
    return _whole_number(request.GET.get("volume"), DEFAULT_VOLUME_MESSAGES)


def first_list_of(desk: Desk) -> Refresh | None:
    """Of a page that asked for FIRST_LIST beside its frame."""
    return cast("Refresh | None", desk.beside.rows["first_list"])


def _whole_number(text: str | None, default: int) -> int:
    is_number = text and text.isascii() and text.isdigit() and len(text) < 14
    return min(max(int(text), 1), MAX_VOLUME_MESSAGES) if text and is_number else default
