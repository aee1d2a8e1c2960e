"""The desk's clock under the machine's hand: hours pass at once, and no two moments are the same."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


class SteppedClock:
    """Goes on by one TICK whenever somebody reads it; somebody may set it to another hour."""

    def __init__(self) -> None:
        self.steady = START  # never set
        self.ahead = timedelta(0)
        self.latest: datetime | None = None  # that it told before it was set back

    def __call__(self) -> datetime:
        self._go_on(TICK)
        return self.moment

    @property
    def moment(self) -> datetime:
        return self.steady + self.ahead

    @property
    def is_repeating(self) -> bool:
        """Whether it tells moments that have been before."""
        return self.latest is not None and self.moment <= self.latest

    def sleep(self, seconds: float) -> None:
        """Instead of time.sleep."""
        self._go_on(timedelta(seconds=seconds))

    def stopwatch(self) -> float:
        """Instead of time.monotonic."""
        return (self.steady - START).total_seconds()

    def set_ahead(self, ahead: timedelta) -> None:
        """Of the steady time; less than before sets it back."""
        if ahead < self.ahead:
            self.latest = max(self.latest or START, self.moment)
        self.ahead = ahead

    def _go_on(self, time: timedelta) -> None:
        self.steady += time
