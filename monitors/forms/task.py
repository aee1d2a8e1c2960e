"""What the forms of all tasks have in common."""

from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings

from monitors.limits import MAX_REASON
from monitors.models import Operation
from monitors.wording.names import visible_text

PLACEHOLDER = "…"  # for an empty field in the API call that a page shows
ADDRESS_MISMATCH = {
    "name": "This record is now called {}. Reload the page.",
    "user": "This page is only for {}, but the form names another customer.",
}
NO_REASON = "Enter a reason or ticket."


class TaskForm(forms.Form):
    """The reason, and the token that makes a double click one operation."""

    reason = forms.CharField(
        label="Reason or ticket",
        required=False,
        max_length=MAX_REASON,
        help_text="Kept in the history. Optional.",
    )
    token = forms.UUIDField(
        required=False, initial=uuid4, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )
    task = ""
    parameters: tuple[str, ...] = ()
    focus = ""
    use_required_attribute = True
    outcome: Operation | None = None
    blocking: Operation | None = None
    # The customer, and the records that it is on, where somebody must choose what to do about that.
    elsewhere_user: str = ""
    elsewhere_on: dict[int, str] | None = None
    race: object = None  # what became of the record while the form was open
    is_unchanged = False  # sent as it was: no mistake, and nothing to send
    trouble: object = ""  # why it would probably not get through, as a sentence

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known: dict[str, str] = {}
        self.order_fields([name for name in self.fields if name not in {"reason", "token"}])
        if self.task in settings.REQUIRE_REASON:
            self._demand_reason()
        self.helper = FormHelper()
        self.helper.form_tag = False
        if self.focus in self.fields:
            self.fields[self.focus].widget.attrs["autofocus"] = True

    def _demand_reason(self) -> None:
        field = self.fields["reason"]
        field.required, field.help_text = True, "Kept in the history. Required here."
        field.error_messages["required"] = NO_REASON

    def fix(self, name: str, value: str) -> None:
        """The URL sets this parameter; it is sent along hidden, so that an outdated page is noticed."""
        self.known[name] = self.initial[name] = value
        field = self.fields[name]
        field.required, field.validators, field.widget = False, [], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in self.known.items():
            if cleaned.get(name) not in (None, "", value):
                self.add_error(None, ADDRESS_MISMATCH[name].format(visible_text(value)))
            cleaned[name] = value
        return cleaned

    def show_outcome(self, operation: Operation) -> None:
        """Say why nothing was done; another try needs a new token."""
        self.outcome = operation
        self.data = {name: self.data[name] for name in self.data} | {"token": str(uuid4())}

    def fill_in_again(self, operation: Operation) -> None:
        """As it was sent for an operation that came to nothing; `outcome` says why."""
        shown = {name: self[name].value() for name in self.fields}
        former = {f"initial-{name}": value for name, value in shown.items()}
        wanted = operation.parameters | {"reason": operation.reason, "token": str(uuid4())}
        if operation.until:
            wanted["until"] = operation.until
        self.data = {
            name: "" if value is None else value for name, value in (former | shown | wanted).items()
        }
        self.is_bound, self.outcome = True, operation

    def as_call(self) -> dict[str, str]:
        """The API's parameters as a page shows them, with a placeholder for each empty field."""
        values = {name: self[name].value() for name in self.parameters}
        return {name: str(value or PLACEHOLDER) for name, value in values.items()} | self.known

    def error(self, field: str | None, message: str) -> None:
        self.add_error(field if field in self.fields else None, message)
