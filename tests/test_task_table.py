"""One table says what holds for each task; everything that is done by task has a row for each."""

import pytest

from monitors import forms
from monitors.gateway.client import Gateway
from monitors.models import RULES, Task
from monitors.services import targets
from monitors.services.lists import accepted, evidence
from monitors.wording import operations
from tests.forms.contract import tables

BY_TASK = {
    "rules": RULES,
    "what the mirror says against it": targets.FIND,
    "what an accepted operation changes": accepted.APPLY,
    "what a list shows": evidence.OF_TASK,
    "sentences": operations.SENTENCES,
}


@pytest.mark.parametrize("table", BY_TASK.values(), ids=BY_TASK)
def test_table_has_a_row_for_each_task_and_no_other(table):
    assert list(table) == list(Task)


def test_tasks_are_those_of_the_document_that_change_something():
    assert set(Task.values) == set(tables()) - {"list"}


@pytest.mark.parametrize("task", Task)
def test_parameters_are_those_of_the_document(task):
    named_elsewhere = {"name"} if task is Task.DETACH else set()  # docs/upstream.md, "What is sent"

    assert set(RULES[task].parameters) == set(tables()[task]) | named_elsewhere


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_form_and_a_call_of_its_name(task):
    form = getattr(forms, f"{task.value.capitalize()}Form")

    assert (form.task, tuple(form.parameters)) == (task.value, RULES[task].parameters)
    assert callable(getattr(Gateway, task.value))
