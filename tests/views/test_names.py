"""Names are strangers' text: on no page do they run, hide or bend anything."""

import pytest

from monitors.models import Customer, MonitorRecord
from tests.views.pages import attributes, text

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "\u202egpj.exe",
    "{{ 7|add:7 }}",
    "'\"><script>",
    "x" * 255,
    "é" * 255,
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_go_through_every_page_unharmed(ana, upstream, load, name):
    upstream.store.seed(records=[(name, "a@northmail.example", 1, (name,))])
    load()
    record, customer = MonitorRecord.objects.get(), Customer.objects.get()

    pages = [
        ana.get(path)
        for path in (
            "/",
            f"/records/{record.pk}/",
            f"/records/{record.pk}/edit/",
            f"/records/{record.pk}/delete/",
            f"/records/{record.pk}/detach/",
            "/customers/",
            f"/customers/{customer.pk}/",
            f"/customers/{customer.pk}/append/",
        )
    ]
    detached = ana.post(f"/records/{record.pk}/detach/", {"user": name}, follow=True)
    deleted = ana.post(f"/records/{record.pk}/delete/", {"name": name}, follow=True)

    for page in (*pages, detached, deleted):
        body = page.content.decode()
        assert page.status_code == 200
        assert "<img src=x" not in body
        assert "<script>" not in body
        assert "\u202e" not in text(page)
    assert attributes(pages[1], "data-customer") == [name]
    assert upstream.store.snapshot() == []
