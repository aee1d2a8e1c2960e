"""Rules that hold for every template."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.any_database

FOLDER = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.html"))


def name_of(path):
    return str(path.relative_to(FOLDER))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_begins_with_one_comment_that_names_its_inputs(path):
    assert re.match(r"\{# [A-Z].*\. (In: .*|Blocks .*)?#\}|\{# [A-Z].*\. #\}", path.read_text())


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_it_holds_no_inline_script_or_style_and_no_address_of_another_host(path):
    source = path.read_text()

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on", source)
    assert not re.search(r'(href|src|action|hx-get)="(https?:)?//', source)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_write_is_a_plain_form_that_posts(path):
    source = path.read_text()

    assert "hx-post" not in source
    for form in re.findall(r'<form[^>]*method="post".*?</form>', source, re.DOTALL):
        assert "{% csrf_token %}" in form or "{% crispy form %}" in form


def test_each_fragment_is_included_by_a_page_or_drawn_by_a_view():
    sources = "".join(path.read_text() for path in TEMPLATES)
    python = "".join(path.read_text() for path in (FOLDER.parent / "monitors").rglob("*.py"))

    unused = [
        name
        for path in TEMPLATES
        if (name := name_of(path)).split("/")[-1].startswith("_") and f'"{name}"' not in sources + python
    ]

    assert unused == []
