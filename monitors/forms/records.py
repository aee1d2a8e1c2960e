"""The forms that create, edit and delete a record, and that of `list`."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms

from monitors.forms.fields import (
    PLAIN_INPUT,
    FrequencyField,
    NameField,
    check_edges,
    check_mailbox,
    one_in,
)
from monitors.forms.task import PLACEHOLDER, TaskForm
from monitors.limits import MAX_MAILBOX, MAX_NAME
from monitors.models import MonitorRecord
from monitors.wording.names import visible_text

NAME_HELP = f"Unique, at most {MAX_NAME} characters."


class CreateForm(TaskForm):
    task, parameters, focus = "create", ("name", "email", "frequency"), "name"
    name = NameField(help_text=NAME_HELP)
    email = forms.EmailField(
        label="Mailbox",
        max_length=MAX_MAILBOX,
        help_text="Where the samples are sent.",
        validators=[check_mailbox],
    )
    frequency = FrequencyField(label="Sample")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].validators.append(check_edges)
        self.helper.layout = Layout("name", "email", one_in("frequency"), "reason", "token")

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.parameters}


class EditForm(TaskForm):
    """Shows the present values and sends only what the person changed; the API keeps the rest."""

    task, focus = "edit", "new_frequency"
    parameters = ("name", "new_name", "new_email", "new_frequency")
    name = forms.CharField(strip=False)
    new_name = NameField(label="Name", required=False, help_text=NAME_HELP)
    new_email = forms.EmailField(label="Mailbox", required=False, max_length=MAX_MAILBOX)
    new_frequency = FrequencyField(label="Sample", required=False)
    CHANGEABLE = ("new_name", "new_email", "new_frequency")

    def __init__(self, *args: Any, record: MonitorRecord, **options: Any) -> None:
        initial = {"new_name": record.name, "new_email": record.email, "new_frequency": record.frequency}
        super().__init__(*args, initial=initial, **options)
        self.fix("name", record.name)
        for name in self.CHANGEABLE:
            # Compare with what the page showed, not with what somebody else has changed since.
            self.fields[name].show_hidden_initial = not self.is_bound or f"initial-{name}" in self.data
        self.helper.layout = Layout(
            "name", "new_name", "new_email", one_in("new_frequency"), "reason", "token"
        )

    def clean_new_name(self) -> str:
        return self._checked("new_name", check_edges)

    def clean_new_email(self) -> str:
        return self._checked("new_email", check_mailbox)

    def _checked(self, name: str, check: Any) -> str:
        value: str = self.cleaned_data[name]
        if value and name in self.changed_data:
            check(value)
        return value

    def as_call(self) -> dict[str, str]:
        call = super().as_call()
        names = [name for name in self.CHANGEABLE if name in self.changed_data and call[name] != PLACEHOLDER]
        return self.known | {name: call[name] for name in names}

    def changes(self) -> dict[str, Any]:
        """A value for each of the three, None for what stays as it is; an empty field stays too."""
        values = {
            name: self.cleaned_data[name] if name in self.changed_data else None for name in self.CHANGEABLE
        }
        return {name: value or None for name, value in values.items()}


class DeleteForm(TaskForm):
    task, parameters, focus = "delete", ("name",), "name"
    name = forms.CharField(
        label="Type the record's name to confirm", strip=False, widget=forms.TextInput(PLAIN_INPUT)
    )

    def __init__(self, *args: Any, record: MonitorRecord, **options: Any) -> None:
        super().__init__(*args, **options)
        self.record = record

    def as_call(self) -> dict[str, str]:
        return {"name": self.record.name}

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        # Hidden characters cannot be typed, so the name may be typed as the page shows it.
        if typed.strip() not in {self.record.name.strip(), visible_text(self.record.name).strip()}:
            raise forms.ValidationError("This is not the record's name.")
        return self.record.name


class ListForm(forms.Form):
    """`list` has no parameters of its own."""
