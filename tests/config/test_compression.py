"""Pages are compressed, files are not, and no secret stands in two answers alike."""

import gzip
import re

import brotli
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from monitors.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser():
    auditor = User.objects.create(username="auditor")
    auditor.groups.add(Group.objects.get(name=Role.AUDITORS))
    client = Client(headers={"accept-encoding": "gzip"})
    client.force_login(auditor)
    return client


def test_a_page_is_compressed(browser):
    page = browser.get("/")

    assert page.headers["Content-Encoding"] == "gzip"
    assert b"<h1>Records</h1>" in gzip.decompress(page.content)
    assert "Accept-Encoding" in page.headers["Vary"]


def test_a_page_is_smaller_yet_for_who_takes_brotli(browser):
    plain = browser.get("/", headers={"accept-encoding": "gzip"})
    page = browser.get("/", headers={"accept-encoding": "gzip, deflate, br"})

    assert page.headers["Content-Encoding"] == "br"
    assert int(page.headers["Content-Length"]) == len(page.content) < len(plain.content)
    assert b"<h1>Records</h1>" in brotli.decompress(page.content)
    assert "Accept-Encoding" in page.headers["Vary"]


def test_a_page_goes_out_without_the_indentation_of_its_templates(browser):
    page = browser.get("/", headers={"accept-encoding": "identity"}).content.decode()

    assert re.findall(r"\n[ \t]+|[ \t]+\n", page) == []


@pytest.mark.parametrize("accepted", ["gzip, br;q=0", "gzip, xbr", "gzip"])
def test_nobody_gets_brotli_who_does_not_take_it(browser, accepted):
    assert browser.get("/", headers={"accept-encoding": accepted}).headers["Content-Encoding"] == "gzip"


def test_the_length_of_a_page_is_blurred(browser):
    paddings = {
        len(browser.get("/", headers={"accept-encoding": "br"}).headers["X-Padding"]) for _ in range(8)
    }

    assert len(paddings) > 1
    assert max(paddings) <= 100


def test_a_file_goes_out_row_by_row_as_it_is(browser):
    answer = browser.post("/audit/export.csv")

    assert answer.streaming
    assert "Content-Encoding" not in answer.headers


def test_the_token_in_a_page_is_another_one_each_time(browser):
    tokens = {
        re.findall(rb'name="csrfmiddlewaretoken" value="([^"]+)"', gzip.decompress(browser.get("/").content))[
            0
        ]
        for _ in range(2)
    }

    assert len(tokens) == 2
