"""Names are strangers' text: they run nothing, hide nothing and bend nothing beside them."""

import pytest

from monitors.models import Customer, MonitorRecord
from monitors.wording.names import visible, visible_text
from tests.views.pages import attributes, text


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
    import re

    shown = re.sub(r'<code class="odd" title="[^"<>]*">([^<]*)</code>', r"[\1]", visible(name))

    assert shown == f"<bdi>{drawn}</bdi>"


def test_where_no_markup_can_stand_the_codes_are_plain_text():
    assert visible_text("pay\u202elap") == "pay‹U+202E›lap"


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
