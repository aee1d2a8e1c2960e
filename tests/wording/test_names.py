"""Names are strangers' text: nothing in them hides, in HTML as in plain text."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitors.wording import names
from monitors.wording.names import visible, visible_text


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("plain", "plain"),
        ("two words", "two words"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a\"b'c&d", "a&quot;b&#x27;c&amp;d"),
        ("zero\u200bwidth", "zero[U+200B]width"),
        ("\u202egpj.exe", "[U+202E]gpj.exe"),
        ("nul\x00", "nul[U+0000]"),
        ("line\nfeed", "line[U+000A]feed"),
        ("no\u00a0break", "no[U+00A0]break"),
        ("soft\u00adhyphen", "soft[U+00AD]hyphen"),
        ("filler\u3164", "filler[U+3164]"),
        ("\ud800", "[U+D800]"),
        ("tag\U000e0041", "tag[U+E0041]"),
        (" outer ", "[␣]outer[␣]"),
        ("two  spaces", "two [␣]spaces"),
        ("Zürich 東京 😀 ❤️", "Zürich 東京 😀 ❤️"),
    ],
)
def test_every_character_that_hides_is_shown_as_its_code(name, drawn):
    shown = re.sub(r'<code class="odd" title="[^"<>]*">([^<]*)</code>', r"[\1]", visible(name))

    assert re.sub(r'<bdi title="[^"<>]*">', "<bdi>", shown) == f"<bdi>{drawn}</bdi>"


def test_what_a_column_may_cut_off_is_whole_in_its_title():
    assert visible("a-name-of-17-char") == '<bdi title="a-name-of-17-char">a-name-of-17-char</bdi>'
    assert visible('"><script>' * 2).startswith('<bdi title="&quot;&gt;&lt;script&gt;')
    assert visible("pay\u202elap").startswith('<bdi title="pay‹U+202E›lap">')


def test_where_no_markup_can_stand_the_codes_are_plain_text():
    assert visible_text("pay\u202elap") == "pay‹U+202E›lap"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain", "plain"),
        (" outer ", "␣outer␣"),
        ("two  spaces", "two ␣spaces"),
        ("nul\x00", "nul‹U+0000›"),
        ("no\u00a0break", "no‹U+00A0›break"),
        ("<b>&", "<b>&"),
    ],
)
def test_plain_text_marks_what_html_marks(name, written):
    assert visible_text(name) == written
    assert written.count("‹") + written.count("␣") == visible(name).count("<code")


@given(st.text(st.characters() | st.sampled_from("  a\u2800\ufe0f\ufe0e\u3164"), max_size=8))
@example("")
@example("plain\n")
def test_a_name_is_written_at_once_exactly_where_no_character_needs_a_mark(name):
    assert names._is_plain(name) == (not any(code for _, code in names._coded(name)))
