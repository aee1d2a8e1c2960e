"""How much the machine has played in this process."""

from collections import Counter


class Tally(Counter[str]):
    def count(self, **numbers: int) -> None:
        self.update(numbers)


TALLY = Tally()
