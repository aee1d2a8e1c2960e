"""What is made once for a key and kept by the process."""

import pytest

from monitors.remembered import Remembered

pytestmark = pytest.mark.any_database


def test_a_value_is_made_once_for_its_key():
    made: list[str] = []
    kept: Remembered[str] = Remembered(2)

    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    assert [kept.of(name, lambda name=name: make(name)) for name in "aab"] == ["A", "A", "B"]
    assert made == ["a", "b"]


def test_a_full_one_is_begun_anew_and_forgets_nothing_that_is_being_made():
    kept: Remembered[str] = Remembered(1)

    def make_while_another_fills_it() -> str:
        return kept.of("b", lambda: "B").lower() + "A"

    assert kept.of("a", make_while_another_fills_it) == "bA"
    assert len(kept) == 1
