"""Each form mirrors its parameter table: the same fields, the same duties, the same limits."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ValidationError

from monitors.forms import AppendForm, CreateForm, DeleteForm, DetachForm, EditForm, ListForm
from monitors.models import MonitorRecord
from tests.forms.contract import Parameter, tables

FORMS = {
    "create": CreateForm,
    "edit": EditForm,
    "delete": DeleteForm,
    "list": ListForm,
    "append": AppendForm,
    "detach": DetachForm,
}
DESK_FIELDS = {
    *("reason", "token", "until", "elsewhere", "move_from", "seen"),
    *("owner", "description", "tags", "with_customers"),
}

# docs/upstream.md: where the document is damaged or silent.
CORRECTED = {
    # The row holds append's words; edit's row and the sibling page say what is meant.
    ("create", "frequency"): Parameter("frequency", True, "Must be an integer and greater than 0"),
    # Required on the sibling page: always sent.
    ("append", "name"): Parameter("name", True, "Must be a valid monitor record"),
    # Optional on the sibling page, and recorded working.
    ("detach", "name"): Parameter("name", False, ""),
}

LIMITS = {
    "255 characters": (["x", "日" * 255, "😀" * 255], ["x" * 256, "😀" * 256]),
    "email format": (["a@example.com"], ["a", "a@b", "@example.com", "a b@example.com"]),
    "integer and greater than 0": (
        ["1", " 7 ", "007", str(2**63 - 1)],
        ["0", "-1", "1.5", "1e3", "1_000", "١٢", "ten", str(2**63), "9" * 5000],
    ),
}


def corrected_tables() -> dict[str, dict[str, Parameter]]:
    rows = {task: dict(table) for task, table in tables().items()}
    for (task, name), row in CORRECTED.items():
        rows[task][name] = row
    return rows


def limit_cases() -> Iterator[tuple[str, str, str, bool]]:
    for task, table in corrected_tables().items():
        for row in table.values():
            for words, (good, bad) in LIMITS.items():
                if words in row.requirements:
                    yield from ((task, row.name, value, True) for value in good)
                    yield from ((task, row.name, value, False) for value in bad)


def field_of(task, name):
    form = CreateForm() if task == "create" else None
    return form.fields[name] if form else FORMS[task].base_fields[name]


def test_the_document_has_the_six_tasks():
    assert set(tables()) == set(FORMS)


@pytest.mark.parametrize("task", FORMS)
def test_a_form_has_exactly_its_tables_parameters(task):
    assert set(FORMS[task].base_fields) - DESK_FIELDS == set(corrected_tables()[task])


@pytest.mark.parametrize("task", FORMS)
def test_a_field_is_required_where_its_table_says_so(task):
    required = {
        name: field.required for name, field in FORMS[task].base_fields.items() if name not in DESK_FIELDS
    }

    assert required == {name: row.is_required for name, row in corrected_tables()[task].items()}


def test_every_limit_is_met_in_some_table():
    words = {row.requirements for table in corrected_tables().values() for row in table.values()}

    assert all(any(limit in text for text in words) for limit in LIMITS)


@pytest.mark.parametrize(("task", "name", "value", "is_good"), list(limit_cases()))
def test_a_field_keeps_to_its_tables_limit(task, name, value, is_good):
    try:
        field_of(task, name).clean(value)
    except ValidationError:
        assert not is_good
    else:
        assert is_good


def test_help_says_what_the_frequency_means():
    for form, name in (
        (CreateForm(), "frequency"),
        (EditForm(record=MonitorRecord(name="a")), "new_frequency"),
    ):
        text = form.fields[name].help_text
        assert "One sample for every N messages" in text
        assert "lower number means more mail" in text
        assert "one e-mail credit" in text
