"""The desk's clock under the machine's hand: hours pass at once, and no two moments are the same."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)


class SteppedClock:
    """Goes on by one TICK whenever somebody reads it."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        self.moment += TICK
        return self.moment

    def sleep(self, seconds: float) -> None:
        """Instead of time.sleep."""
        self.moment += timedelta(seconds=seconds)
