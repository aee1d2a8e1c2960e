"""The page *What the states mean* knows every state, by the words and looks that the chips have."""

import re

import pytest

from monitors.models import UNSUCCESSFUL, ChangeState, PlanState, Refresh, RefreshOutcome, State
from monitors.wording.state_help import sections
from monitors.wording.states import LOOKS, refresh_word

pytestmark = pytest.mark.any_database

ENTRIES = {entry.key: entry for section in sections() for entry in section.entries}


def word_of(state):
    return refresh_word(Refresh(outcome=state)) if state in RefreshOutcome else state.label


@pytest.mark.parametrize(
    ("states", "before"),
    [(State, ""), (RefreshOutcome, "list-"), (PlanState, "plan-"), (ChangeState, "change-")],
)
def test_every_state_is_explained_by_its_own_word(states, before):
    for state in states:
        entry = ENTRIES[f"{before}{state.value}"]

        assert entry.word == word_of(state)
        assert re.fullmatch(r"[A-Z].{10,}\.", entry.means), state
        assert re.fullmatch(r"[A-Z].{5,}\.", entry.to_do), state


def test_no_key_stands_twice():
    assert len(ENTRIES) == sum(len(section.entries) for section in sections())


@pytest.mark.parametrize("state", State)
def test_the_look_is_that_of_the_chip(state):
    assert ENTRIES[state.value].look == LOOKS[state]


@pytest.mark.parametrize("state", State)
def test_it_says_to_try_again_just_where_the_desk_offers_it(state):
    assert ("ry again" in ENTRIES[state.value].to_do) == (state in UNSUCCESSFUL)


def test_what_was_superseded_has_a_colour_of_its_own():
    tones = {look.tone for look in LOOKS.values()}

    assert ENTRIES["superseded"].look.tone not in tones
    assert ENTRIES["superseded"].word == "Superseded"
