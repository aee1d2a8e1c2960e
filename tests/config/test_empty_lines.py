"""A page's empty lines are dropped where a line has ended for certain; nothing else of its text changes."""

import re

import pytest
from django.template import Context, Template
from django.template.base import TextNode
from django.template.loader import get_template

from config.empty_lines import drop_empty_lines

pytestmark = pytest.mark.any_database


def drawn(source: str, **values: object) -> str:
    template = Template(source)
    drop_empty_lines(template.nodelist)
    return template.render(Context(values))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\n{% if on %}\nb\n{% endif %}\nc", "a\nb\nc"),
        ("a\n{% if off %}\nb\n{% endif %}\nc", "a\nc"),
        ("a\n{% if off %}\nb\n{% else %}\nd\n{% endif %}\nc", "a\nd\nc"),
        ("a\n{% with x=on %}\nb\n{% endwith %}\nc", "a\nb\nc"),
        ("a\n{% for x in three %}\nb\n{% endfor %}\nc", "a\nb\nb\nb\nc"),
        ("a\n{% for x in none %}\nb\n{% empty %}\nd\n{% endfor %}\nc", "a\nd\nc"),
        ("a\n{% load desk %}\n\n{# why #}\nb", "a\nb"),
        (
            "a\n{% load once %}{% once x=on %}\nb\n{% anew %}\nd\n{% endanew %}\n{% endonce %}\nc",
            "a\nb\nd\nc",
        ),
    ],
)
def test_tags_alone_on_their_lines_leave_none_behind(source, expected):
    assert drawn(source, on=True, off=False, three="xyz", none="") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a{% if off %}\nb\n{% endif %}\nc", "a\nc"),  # else `ac` would be one word
        ("a\n{{ on }}\nc", "a\nTrue\nc"),
        ("a\n{% if on %}b{% endif %}\nc", "a\nb\nc"),
        ("a\n{% for x in three %}\nb{% endfor %}\nc", "a\n\nb\nb\nb\nc"),
        ("a\n{% for x in three %}b\n{% endfor %}\nc", "a\nb\nb\nb\nc"),
        ("{% for x in none %}b\n{% endfor %}\nc", "\nc"),
        ("a{% for x in none %}b\n{% endfor %}\nc", "a\nc"),
        ("a\n{% if on %}{{ on }}{% else %}\n{% endif %}\nc", "a\nTrue\nc"),
        ("a \n{% csrf_token %}\nc", "a \n\nc"),
        ("{{ lines }}", "a\n\n\nb"),
    ],
)
def test_what_parts_words_stays(source, expected):
    assert drawn(source, on=True, off=False, three="xyz", none="", lines="a\n\n\nb") == expected


def test_templates_of_libraries_are_loaded_without_them_too():
    field = get_template("bootstrap5/field.html").template

    assert not any(re.search(r"\n\s", text.s) for text in field.nodelist.get_nodes_by_type(TextNode))
