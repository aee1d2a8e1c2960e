"""One sentence, two forms: HTML in which every part is escaped, and plain text without a trace of it."""

import pytest
from django.utils.html import conditional_escape as html

from monitors.models import AuditEvent, Kind, Operation, State, Task
from monitors.wording import operations, outcomes
from monitors.wording.events import event_line, event_sentence
from monitors.wording.states import sample
from monitors.wording.text import Link, Name, Quoted, Strong, Text, compose, join

HOSTILE = "<i>&amp;\u202e"


@pytest.mark.parametrize(
    ("part", "markup", "words"),
    [
        (
            Name(HOSTILE),
            '<bdi title="&lt;i&gt;&amp;amp;‹U+202E›">&lt;i&gt;&amp;amp;<code',
            "<i>&amp;‹U+202E›",
        ),
        (Strong("<i>"), "<b>&lt;i&gt;</b>", "<i>"),
        (Quoted(HOSTILE), '“<bdi title="&lt;i&gt;', "“<i>&amp;‹U+202E›”"),
        (Link("/x/?a=1&b=2", Name("acme")), '<a href="/x/?a=1&amp;b=2"><bdi>acme</bdi></a>', "acme"),
        (
            compose("<u>{} and {name}", "<i>", name=Name("x")),
            "&lt;u&gt;&lt;i&gt; and <bdi>x</bdi>",
            "<u><i> and x",
        ),
        (sample(1_020), "1\N{NO-BREAK SPACE}in\N{NO-BREAK SPACE}1,020", "1 in 1,020"),
        (sample(None), "not\N{NO-BREAK SPACE}readable", "not readable"),
        (join(", ", [Strong("a"), "b"]), "<b>a</b>, b", "a, b"),
        (Text(), "", ""),
    ],
)
def test_each_part_has_both_forms(part, markup, words):
    assert html(part).startswith(markup)
    assert str(part) == words


def test_a_name_that_looks_like_a_place_is_left_alone():
    assert str(compose("{} to {record}", "{record}", record="{0}")) == "{record} to {0}"


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("state", State)
def test_what_is_said_of_an_operation_holds_no_markup_as_plain_text(task, state):
    parameters = {
        "name": "a",
        "user": "b",
        "email": "c@x.example",
        "frequency": "9",
        "new_email": "d@x.example",
    }
    operation = Operation(task=task, state=state, parameters=parameters, record_name="abuse", username="acme")

    texts = [operations.sentence(operation), operations.objective(operation), outcomes.outcome(operation)]

    assert all("<" not in str(text) and "&" not in str(text) for text in texts)
    assert "<b>" in html(texts[0])


@pytest.mark.parametrize("kind", Kind)
def test_what_is_said_of_an_event_holds_no_markup_as_plain_text(kind):
    details = {"change": "edited", "after": {"email": "a@x.example"}, "person": "eve", "changed": ["A"]}
    event = AuditEvent(
        kind=kind, record_id=1, record_name="abuse", customer_id=2, username="acme", details=details
    )

    assert str(event_sentence(event)) == str(event_line(event))
    assert str(event_sentence(event)).strip()
    assert "<" not in str(event_sentence(event))


def test_a_line_leads_to_its_record_and_its_customer():
    event = AuditEvent(
        kind=Kind.DIFFERENCE,
        details={"change": "attached"},
        record_id=3,
        record_name="abuse",
        customer_id=4,
        username="acme",
    )

    assert html(event_line(event)) == (
        '<a href="/customers/4/"><bdi>acme</bdi></a> appeared on <a href="/records/3/"><bdi>abuse</bdi></a>'
    )
