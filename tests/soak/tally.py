"""What the rounds did, added up, and told in one paragraph."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    rounds: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    lists: Counter[str] = field(default_factory=Counter)
    faults: int = 0
    outages: Counter[str] = field(default_factory=Counter)
    kept_ends: int = 0
    differences: list[str] = field(default_factory=list)

    def paragraph(self, *, first_seed: int, minutes: float) -> str:
        last_seed = first_seed + max(self.rounds - 1, 0)
        return (
            f"{self.rounds} rounds in {minutes:.0f} minutes, seeds {first_seed} to {last_seed}: "
            f"requests {_sum(self.requests)}; writes {_sum(self.writes)}; lists {_sum(self.lists)}; "
            f"{self.faults:,} faults; kills and restarts {_sum(self.outages)}; "
            f"{self.kept_ends:,} answers kept in files; "
            f"{len(self.differences):,} differences."
        )


def _sum(counts: Counter[str]) -> str:
    parts = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))
    return f"{counts.total():,} ({parts})"
