"""One form per task, mirroring its parameter table in monitor_records.md; field names are the API's own."""

import re
import unicodedata
from typing import Any
from uuid import uuid4

from crispy_forms.bootstrap import PrependedAppendedText
from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator

from monitors.models import Customer, MonitorRecord, Operation
from monitors.templatetags.names import visible_text

MAX_NAME = 255
MAX_FREQUENCY = 2**63 - 1
FREQUENCY_HELP = (
    "One sample for every N messages; a lower number means more mail. Each sample costs one e-mail credit."
)
PLAIN_INPUT = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def check_characters(name: str) -> None:
    for character in name:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            raise forms.ValidationError(f"The character U+{ord(character):04X} cannot stand in a name.")


def check_edges(name: str) -> None:
    if name != name.strip():
        raise forms.ValidationError("The name begins or ends with a space. Take it away.")


def check_mailbox(email: str) -> None:
    domains: list[str] = settings.MONITOR_EMAIL_DOMAINS
    if domains and email.rpartition("@")[2].lower() not in domains:
        raise forms.ValidationError(f"Samples may only go to mailboxes at {', '.join(domains)}.")


class NameField(forms.CharField):
    """A name exactly as typed. No maxlength attribute: browsers count UTF-16 units, the API characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, validators=[MaxLengthValidator(MAX_NAME), check_characters], **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | PLAIN_INPUT


class FrequencyField(forms.IntegerField):
    """N of "one sample in N messages": digits only, where int() would also take 1_000 and other scripts' digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_FREQUENCY, help_text=FREQUENCY_HELP, **options)

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not re.fullmatch(r"\s*[+-]?[0-9]+\s*", str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class TaskForm(forms.Form):
    """What every task's form has: the reason, and the number that makes a double click one operation."""

    reason = forms.CharField(
        label="Reason or ticket", required=False, max_length=500, help_text="Kept in the history. Optional."
    )
    token = forms.UUIDField(
        required=False, initial=uuid4, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )
    focus = ""
    use_required_attribute = True
    outcome: Operation | None = None
    blocking: Operation | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields([name for name in self.fields if name not in {"reason", "token"}])
        self.helper = FormHelper()
        self.helper.form_tag = False
        if self.focus in self.fields:
            self.fields[self.focus].widget.attrs["autofocus"] = True

    def show_outcome(self, operation: Operation) -> None:
        """Say why nothing was done and make ready for another try: its number must be a new one."""
        self.outcome = operation
        self.renew()

    def show_blocking(self, operation: Operation) -> None:
        self.blocking = operation

    def renew(self) -> None:
        self.data = {**self.data, "token": str(uuid4())}

    def error(self, field: str | None, message: str) -> None:
        self.add_error(field if field in self.fields else None, message)


class CreateForm(TaskForm):
    name = NameField(help_text="Unique, at most 255 characters.")
    email = forms.EmailField(
        label="Mailbox", max_length=254, help_text="Where the samples are sent.", validators=[check_mailbox]
    )
    frequency = FrequencyField(label="Sample")
    focus = "name"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].validators.append(check_edges)
        self.helper.layout = Layout(
            "name", "email", PrependedAppendedText("frequency", "1 in", "messages"), "reason", "token"
        )

    def parameters(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "email", "frequency")}


class EditForm(TaskForm):
    """Shows what is, sends what the person changed: the API leaves alone what is not sent."""

    new_name = NameField(label="Name", required=False, help_text="Unique, at most 255 characters.")
    new_email = forms.EmailField(label="Mailbox", required=False, max_length=254)
    new_frequency = FrequencyField(label="Sample", required=False)
    focus = "new_frequency"
    CHANGEABLE = ("new_name", "new_email", "new_frequency")

    def __init__(self, *args: Any, record: MonitorRecord, **options: Any) -> None:
        initial = {"new_name": record.name, "new_email": record.email, "new_frequency": record.frequency}
        super().__init__(*args, initial=initial, **options)
        for name in self.CHANGEABLE:
            # Against what the page showed, not against what somebody else made of it since.
            self.fields[name].show_hidden_initial = not self.is_bound or f"initial-{name}" in self.data
        self.helper.layout = Layout(
            "new_name", "new_email", PrependedAppendedText("new_frequency", "1 in", "messages"), "reason", "token"
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

    def changes(self) -> dict[str, Any]:
        """A value for each of the three, None for what stays; an empty field stays too."""
        changed = set(self.changed_data)
        return {name: (self.cleaned_data[name] or None) if name in changed else None for name in self.CHANGEABLE}


class DeleteForm(TaskForm):
    name = forms.CharField(label="Type the record's name to confirm", strip=False, widget=forms.TextInput(PLAIN_INPUT))
    focus = "name"

    def __init__(self, *args: Any, record: MonitorRecord, **options: Any) -> None:
        super().__init__(*args, **options)
        self.record = record

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        # What cannot be typed is typed as the page shows it.
        if typed.strip() not in {self.record.name.strip(), visible_text(self.record.name).strip()}:
            raise forms.ValidationError("This is not the record's name.")
        return self.record.name


class AppendForm(TaskForm):
    """On a record's page the customer is asked for, on a customer's page the record."""

    user = NameField(label="Customer", help_text="A customer registered under your account.")
    name = NameField(label="Record", help_text="The record to put the customer on.")

    def __init__(
        self, *args: Any, record: MonitorRecord | None = None, customer: Customer | None = None, **options: Any
    ) -> None:
        known = {"name": record.name if record else None, "user": customer.username if customer else None}
        self.known = {name: value for name, value in known.items() if value is not None}
        super().__init__(*args, **options)
        for name, value in self.known.items():
            self.fields[name].required = False
            self.fields[name].widget = forms.HiddenInput()
            self.initial[name] = value
        self.helper.layout = Layout(*(self._drawn(name) for name in ("user", "name")), "reason", "token")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in self.known.items():
            if cleaned.get(name) not in (None, "", value):
                self.add_error(None, f"{visible_text(value)} has another name now. Look at the page again.")
            cleaned[name] = value
        return cleaned

    def inline(self) -> "AppendForm":
        """For a row above a table: hints inside the fields instead of labels and help beside them."""
        self.helper.form_show_labels = False
        for name, hint in (("user", "Append a customer: type a name"), ("name", "Append to a record: type a name")):
            self.fields[name].widget.attrs |= {"placeholder": hint, "aria-label": self.fields[name].label}
        self.fields["reason"].widget.attrs |= {"placeholder": "Reason or ticket", "aria-label": "Reason or ticket"}
        for field in self.fields.values():
            field.help_text = ""
        return self

    def _drawn(self, name: str) -> Field | Div:
        if name in self.known:
            return Field(name)
        kind = {"user": "customers", "name": "records"}[name]
        suggestions = HTML(f'{{% include "monitors/_typeahead.html" with field="{name}" kind="{kind}" %}}')
        return Div(Field(name, template="monitors/_combobox.html"), suggestions, css_class="combo")


class DetachForm(TaskForm):
    """Without `name` the API takes the customer off every record; the desk names the record where there is one."""

    user = NameField(label="Customer")
    name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)


class ListForm(forms.Form):
    """The table of `list` holds nothing to fill in."""


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
