"""A table has one form for all its detach buttons: a double click is one operation, two customers are two."""

from uuid import uuid4

import pytest

from monitors.models import Operation
from tests.views.pages import attributes, value_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(desk, record_named):
    return record_named("abuse-desk")


def test_a_table_has_one_token(ana, record):
    page = ana.get(f"/records/{record.pk}/")

    assert page.content.decode().count('name="page_token"') == 1
    assert value_of(page, "page_token")
    assert attributes(page, "form").count("detach") == 2


def test_two_clicks_on_one_customer_are_one_operation_and_on_two_customers_two(ana, record):
    address, token = f"/records/{record.pk}/detach/", str(uuid4())

    for user in ("acme", "acme", "globex"):
        assert ana.post(address, {"row": user, "page_token": token}).status_code == 302

    assert sorted(Operation.objects.values_list("username", flat=True)) == ["acme", "globex"]


def test_an_invalid_token_is_none(ana, record):
    answer = ana.post(f"/records/{record.pk}/detach/", {"user": "acme", "page_token": "x"})

    assert answer.status_code == 302
