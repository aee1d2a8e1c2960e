"""What is drawn once for a page's values is what would be drawn anew, whoever came before."""

import re

import pytest
from django.template import Context, Engine, TemplateSyntaxError
from django.utils.safestring import SafeString

from monitors.models import Customer, MonitorRecord, Role
from monitors.templatetags import once
from monitors.wording.text import Text

ENGINE = Engine(libraries={"once": "monitors.templatetags.once"}, builtins=["monitors.templatetags.once"])
PAGES = (
    *(
        "/",
        "/?filter=no-customers&sort=-customers",
        "/home/",
        "/customers/",
        "/operations/",
        "/plans/",
        "/review/",
    ),
    *(
        "/monitored/",
        "/audit/",
        "/insight/",
        "/search/?q=acme",
        "/search/",
        "/upstream/",
        "/records/{record}/",
    ),
    *("/customers/{customer}/", "/records/{record}/history/", "/accounts/login/", "/no-such-page/"),
)
# Made anew for each page: tokens, the chip's version, and the moments beside it.
_OF_ITS_OWN = re.compile(
    r'value="[0-9A-Za-z]{64}"|value="[0-9a-f-]{36}"|version=\w+|<time.*?</time>|/keep/[0-9a-f-]{36}'
)


def drawn(source):
    page = ENGINE.from_string(source)
    return lambda **given: page.render(Context(given))


def test_it_is_drawn_once_for_the_values_that_it_names():
    written = []

    class Noted:
        def __str__(self):
            written.append(self)
            return "drawn"

    draw, noted = drawn("{% once a=a b=b %}{{ a }}{{ b }}{% endonce %}"), Noted()

    assert [draw(a=noted, b=b) for b in (1, 1, 2, 1)] == ["drawn1", "drawn1", "drawn2", "drawn1"]
    assert len(written) == 2


def test_what_stands_in_anew_is_drawn_each_time_with_all_that_the_page_gives():
    draw = drawn("{% once a=a %}{% if a %}<{% anew %}{{ b }}{% endanew %}>{% endif %}{{ a }}{% endonce %}")

    assert [draw(a=1, b=b) for b in ("x", "y<")] == ["<x>1", "<y&lt;>1"]


def test_nothing_else_is_seen_in_it():
    assert drawn("{% once a=a %}{{ a }}{{ b }}{% endonce %}")(a="a", b="somebody else's") == "a"


def test_html_and_the_same_words_as_text_are_not_one():
    draw = drawn("{% once a=a %}{{ a }}{% endonce %}")

    assert [draw(a=a) for a in (SafeString("<b>"), "<b>")] == ["<b>", "&lt;b&gt;"]
    assert [draw(a=a) for a in (1, True)] == ["1", "True"]


def test_one_within_another_keeps_what_is_anew():
    inner = "{% once b=b %}{{ b }}{% anew %}{{ c }}{% endanew %}{% endonce %}"
    draw = drawn("{% once b=b %}" + inner + "{% anew %}" + inner + "{% endanew %}{% endonce %}")

    assert [draw(b="b", c=c) for c in (1, 2)] == ["b1b1", "b2b2"]


def test_anew_stands_by_itself_too():
    assert drawn("{% anew %}{{ a }}{% endanew %}")(a=1) == "1"


def test_a_place_keeps_a_bounded_number_of_variants():
    page = ENGINE.from_string("{% once a=a %}{{ a }}{% endonce %}")
    for number in range(once.MAX_VARIANTS + 5):
        assert page.render(Context({"a": number})) == str(number)

    assert len(page.nodelist[0].drawn) == 5


def test_a_value_without_a_name_is_a_mistake():
    with pytest.raises(TemplateSyntaxError, match="name=value"):
        ENGINE.from_string("{% once a %}{% endonce %}")


def test_a_value_that_cannot_be_told_apart_is_a_mistake():
    with pytest.raises(TypeError, match="unhashable"):
        drawn("{% once a=a %}{% endonce %}")(a=[Text()])


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
@pytest.mark.usefixtures("desk", "stopped_clock")
def test_no_page_shows_what_was_drawn_for_somebody_else(path, as_role, monkeypatch):
    """Each role sees the page after all others, as somebody does for whom nothing was drawn yet."""
    keys = {"record": MonitorRecord.objects.first().pk, "customer": Customer.objects.first().pk}
    people = [as_role(role) for role in Role]
    for person in people:
        person.get(path.format(**keys))
    after_others = [page(person, path.format(**keys)) for person in people]

    monkeypatch.setattr(once.Once, "_parts", once.Once._draw)

    assert [page(person, path.format(**keys)) for person in people] == after_others


def page(person, path):
    return _OF_ITS_OWN.sub("", person.get(path).content.decode())
