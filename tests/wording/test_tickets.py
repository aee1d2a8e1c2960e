"""Reasons: tickets become links, and nothing else of what somebody typed becomes markup."""

import pytest
from django.utils.html import conditional_escape

from monitors.wording import tickets as wording


def ticket_links(reason):
    return conditional_escape(wording.ticket_links(reason))


pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def tickets(settings):
    settings.TICKET_URL = "https://tickets.example/browse/{id}?from=desk"
    settings.TICKET_PATTERN = r"[A-Z][A-Z0-9]+-\d+"


def test_each_ticket_is_a_link_and_the_words_between_stay():
    assert ticket_links("See ESC-4471 and FIN-311.") == (
        "<bdi>See</bdi> "
        '<a href="https://tickets.example/browse/ESC-4471?from=desk" rel="external noreferrer"><bdi>ESC-4471</bdi></a>'
        " <bdi>and</bdi> "
        '<a href="https://tickets.example/browse/FIN-311?from=desk" rel="external noreferrer"><bdi>FIN-311</bdi></a>'
        "<bdi>.</bdi>"
    )


def test_a_reason_without_a_ticket_is_shown_as_it_is():
    assert ticket_links("Onboarding review") == '<bdi title="Onboarding review">Onboarding review</bdi>'
    assert ticket_links("") == ""


def test_markup_in_a_reason_stays_text():
    shown = ticket_links('<script>alert("ESC-1")</script>')

    assert "<script>" not in shown
    assert "&lt;script&gt;alert(&quot;" in shown


def test_a_pattern_that_takes_anything_cannot_leave_the_address(settings):
    settings.TICKET_PATTERN = r"\S+"

    shown = ticket_links('"><img/../?x=1')

    assert 'href="https://tickets.example/browse/%22%3E%3Cimg%2F..%2F%3Fx%3D1?from=desk"' in shown
    assert "<img" not in shown


def test_hidden_characters_are_marked_beside_a_ticket_too():
    assert "U+202E" in ticket_links("ESC-1\u202etxt")


def test_a_pattern_that_matches_nothing_much_does_not_eat_the_reason(settings):
    settings.TICKET_PATTERN = r"\d*"

    assert "abc" in ticket_links("abc")


def test_a_pattern_that_would_never_end_is_given_up_at_once(settings, caplog):
    settings.TICKET_PATTERN = r"(a|aa)+b\d"
    reason = "a" * 500

    shown = {ticket_links(reason) for _ in range(50)}

    assert shown == {f'<bdi title="{reason}">{reason}</bdi>'}
    assert [record.getMessage() for record in caplog.records] == [
        "TICKET_PATTERN takes too long; tickets are not found until the next start"
    ]


@pytest.mark.parametrize("url", ["", "javascript:alert({id})", "//tickets.example/{id}"])
def test_without_a_web_address_there_are_no_links(settings, url):
    settings.TICKET_URL = url

    assert ticket_links("ESC-1") == "<bdi>ESC-1</bdi>"


def test_a_reason_in_a_file_is_plain_text():
    assert str(wording.ticket_links("See ESC-4471 <b>\u202e")) == "See ESC-4471 <b>‹U+202E›"
