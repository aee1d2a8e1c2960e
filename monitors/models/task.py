"""The API's five writes, and the table of what holds for each."""

from dataclasses import dataclass

from django.db import models


class Task(models.TextChoices):
    """The API's own words for what changes something upstream."""

    CREATE = "create", "Create"
    EDIT = "edit", "Edit"
    DELETE = "delete", "Delete"
    APPEND = "append", "Append"
    DETACH = "detach", "Detach"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRules:
    """One row of the table.

    `parameters` are the API's own, in the order in which they are sent. `changes_record`: it changes the record
    itself, so nothing else on that record may be under way. `verb` and `past` begin a sentence; `shown` and
    `not_shown` go on after "the list of 10:05" when the list shows it was done, or was not. `brief` names it in
    plain text.
    """

    parameters: tuple[str, ...]
    changes_record: bool
    verb: str
    past: str
    shown: str
    not_shown: str
    brief: str


RULES: dict[Task, TaskRules] = {
    Task.CREATE: TaskRules(
        parameters=("name", "email", "frequency"),
        changes_record=True,
        verb="Create",
        past="Created",
        shown="shows the record",
        not_shown="does not show the record",
        brief="Create {record}",
    ),
    Task.EDIT: TaskRules(
        parameters=("name", "new_name", "new_email", "new_frequency"),
        changes_record=True,
        verb="Change",
        past="Changed",
        shown="shows the change",
        not_shown="does not show the change",
        brief="Change {record}",
    ),
    Task.DELETE: TaskRules(
        parameters=("name",),
        changes_record=True,
        verb="Delete",
        past="Deleted",
        shown="no longer shows the record",
        not_shown="still shows the record",
        brief="Delete {record}",
    ),
    Task.APPEND: TaskRules(
        parameters=("name", "user"),
        changes_record=False,
        verb="Append",
        past="Appended",
        shown="shows the customer there",
        not_shown="does not show the customer there",
        brief="Append {customer} to {record}",
    ),
    Task.DETACH: TaskRules(
        parameters=("user", "name"),
        changes_record=False,
        verb="Detach",
        past="Detached",
        shown="no longer shows the customer there",
        not_shown="still shows the customer there",
        brief="Detach {customer} from {record}",
    ),
}
RECORD_TASKS = tuple(task for task, rules in RULES.items() if rules.changes_record)
