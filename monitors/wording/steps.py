"""One change of a record between two of its revisions: what, and by whom."""

from typing import Any, Protocol

from monitors.models import RecordRevision
from monitors.wording.operations import changes
from monitors.wording.text import Part, Text
from monitors.wording.who import doer

OUTSIDE = "outside the desk"


class Step(Protocol):
    @property
    def after(self) -> RecordRevision: ...
    @property
    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]: ...


def step_change(step: Step) -> Text:
    """`sample from 1 in 100 to 1 in 50`"""
    return changes(*step.fields)


def step_doer(step: Step) -> Part:
    operation = step.after.began_by
    return doer(operation) if operation is not None else OUTSIDE
