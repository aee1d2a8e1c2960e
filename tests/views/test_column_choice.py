"""Which columns of a table somebody sees, and how close its rows stand: remembered, and no cookie breaks it."""

import re

import pytest

from monitors.wording import tables


def shown(page):
    """The classes of the first table."""
    return re.search(r'<table class="([^"]*)"', page.content.decode())[1].split()


def test_a_choice_holds_from_then_on(ida, desk):
    answer = ida.post(
        "/columns/",
        {"table": "monitored", "column": ["mail", "since"], "density": "tight", "next": "/monitored/"},
    )

    assert answer.url == "/monitored/"
    page = ida.get("/monitored/")
    assert {"no-sample", "no-by", "no-why", "no-until", "tight"} <= set(shown(page))
    assert not {"no-mail", "no-since"} & set(shown(page))
    assert 'value="mail" autocomplete="off" checked' in " ".join(page.content.decode().split())


def test_each_table_keeps_its_own(ida, desk):
    for table, column in (("records", "mail"), ("customers", "on")):
        ida.post("/columns/", {"table": table, "column": column})

    assert "no-mail" not in shown(ida.get("/"))
    assert "no-sample" in shown(ida.get("/"))
    assert "no-on" not in shown(ida.get("/customers/"))
    assert not [word for word in shown(ida.get("/monitored/")) if word.startswith("no-")]


def test_paper_is_always_whole(ida, desk):
    ida.post("/columns/", {"table": "monitored"})

    assert not [word for word in shown(ida.get("/monitored/print/")) if word.startswith("no-")]


def test_an_open_page_that_has_followed_it_gets_no_page_back(ida):
    answer = ida.post("/columns/", {"table": "audit"}, headers={"hx-request": "true"})

    assert answer.status_code == 204
    assert answer.cookies[tables.COOKIE]


def test_a_table_that_there_is_not_changes_nothing(ida):
    answer = ida.post("/columns/", {"table": "people", "next": "//evil.example/"})

    assert answer.url == "/"
    assert tables.COOKIE not in answer.cookies


@pytest.mark.parametrize(
    "cookie", ["", "monitored", "monitored=%22%3E%3Cscript%3E x no-mail", "=&&=", "x" * 5000]
)
def test_a_cookie_adds_no_word_of_its_own(cookie):
    assert set().union(*tables.read(cookie).values()) == set()


def test_what_is_written_is_read_again():
    choices = tables.read("") | {"audit": frozenset({"by", tables.TIGHT})}

    assert tables.read(tables.write(choices)) == choices
