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
NOT_YET = "…"  # in a shown call, what is not filled in yet
MAX_FREQUENCY = 2**63 - 1
FREQUENCY_HELP = (
    "One sample for every N messages; a lower number means more mail. Each sample costs one e-mail credit."
)
INLINE_HINTS = {
    "user": "Append a customer: type a name",
    "name": "Append to a record: type a name",
    "reason": "Reason or ticket",
}
OTHER_THAN_ADDRESSED = {
    "name": "This is now called {}. Look at the page again.",
    "user": "This page is about {} alone; the form named another customer.",
}
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


def _one_in(frequency: str) -> PrependedAppendedText:
    return PrependedAppendedText(frequency, "1 in", "messages")


class NameField(forms.CharField):
    """A name exactly as typed. No maxlength attribute: browsers count UTF-16 units, the API characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, validators=[MaxLengthValidator(MAX_NAME), check_characters], **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | PLAIN_INPUT


class FrequencyField(forms.IntegerField):
    """N of "one sample in N messages": digits only; int() also takes 1_000 and other scripts' digits."""

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
    task = ""
    parameters: tuple[str, ...] = ()
    focus = ""
    use_required_attribute = True
    outcome: Operation | None = None
    blocking: Operation | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known: dict[str, str] = {}
        self.order_fields([name for name in self.fields if name not in {"reason", "token"}])
        self.helper = FormHelper()
        self.helper.form_tag = False
        if self.focus in self.fields:
            self.fields[self.focus].widget.attrs["autofocus"] = True

    def fix(self, name: str, value: str) -> None:
        """The address says this parameter: it goes along hidden, so that a page grown too old is noticed."""
        self.known[name] = self.initial[name] = value
        field = self.fields[name]
        field.required, field.validators, field.widget = False, [], forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in self.known.items():
            if cleaned.get(name) not in (None, "", value):
                self.add_error(None, OTHER_THAN_ADDRESSED[name].format(visible_text(value)))
            cleaned[name] = value
        return cleaned

    def show_outcome(self, operation: Operation) -> None:
        """Say why nothing was done and make ready for another try: its number must be a new one."""
        self.outcome = operation
        self.data = {name: self.data[name] for name in self.data} | {"token": str(uuid4())}

    def as_call(self) -> dict[str, str]:
        """The API's parameters as far as they are filled in, to be shown."""
        values = {name: self[name].value() for name in self.parameters}
        return {name: str(value or NOT_YET) for name, value in values.items()} | self.known

    def error(self, field: str | None, message: str) -> None:
        self.add_error(field if field in self.fields else None, message)


class CreateForm(TaskForm):
    task, parameters, focus = "create", ("name", "email", "frequency"), "name"
    name = NameField(help_text="Unique, at most 255 characters.")
    email = forms.EmailField(
        label="Mailbox", max_length=254, help_text="Where the samples are sent.", validators=[check_mailbox]
    )
    frequency = FrequencyField(label="Sample")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].validators.append(check_edges)
        self.helper.layout = Layout("name", "email", _one_in("frequency"), "reason", "token")

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.parameters}


class EditForm(TaskForm):
    """Shows what is, sends what the person changed: the API leaves alone what is not sent."""

    task, focus = "edit", "new_frequency"
    parameters = ("name", "new_name", "new_email", "new_frequency")
    name = forms.CharField(strip=False)
    new_name = NameField(label="Name", required=False, help_text="Unique, at most 255 characters.")
    new_email = forms.EmailField(label="Mailbox", required=False, max_length=254)
    new_frequency = FrequencyField(label="Sample", required=False)
    CHANGEABLE = ("new_name", "new_email", "new_frequency")

    def __init__(self, *args: Any, record: MonitorRecord, **options: Any) -> None:
        initial = {"new_name": record.name, "new_email": record.email, "new_frequency": record.frequency}
        super().__init__(*args, initial=initial, **options)
        self.fix("name", record.name)
        for name in self.CHANGEABLE:
            # Against what the page showed, not against what somebody else made of it since.
            self.fields[name].show_hidden_initial = not self.is_bound or f"initial-{name}" in self.data
        self.helper.layout = Layout(
            "name", "new_name", "new_email", _one_in("new_frequency"), "reason", "token"
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
        filled = super().as_call()
        sent = [name for name in self.CHANGEABLE if name in self.changed_data and filled[name] != NOT_YET]
        return self.known | {name: filled[name] for name in sent}

    def changes(self) -> dict[str, Any]:
        """A value for each of the three, None for what stays; an empty field stays too."""
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
        # What cannot be typed is typed as the page shows it.
        if typed.strip() not in {self.record.name.strip(), visible_text(self.record.name).strip()}:
            raise forms.ValidationError("This is not the record's name.")
        return self.record.name


class AppendForm(TaskForm):
    """On a record's page the customer is asked for, on a customer's page the record."""

    task, parameters = "append", ("name", "user")
    user = NameField(label="Customer", help_text="A customer registered under your account.")
    name = NameField(label="Record", help_text="The record to put the customer on.")

    def __init__(
        self,
        *args: Any,
        record: MonitorRecord | None = None,
        customer: Customer | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if record is not None:
            self.fix("name", record.name)
        if customer is not None:
            self.fix("user", customer.username)
        self.helper.layout = Layout(*(self._drawn(name) for name in ("user", "name")), "reason", "token")

    def inline(self) -> "AppendForm":
        """For a row above a table: hints inside the fields instead of labels and help beside them."""
        self.helper.form_show_labels = False
        for name, hint in INLINE_HINTS.items():
            field = self.fields[name]
            field.widget.attrs |= {"placeholder": hint, "aria-label": field.label}
            field.help_text = ""
        return self

    def _drawn(self, name: str) -> Field | Div:
        if name in self.known:
            return Field(name)
        kind = {"user": "customers", "name": "records"}[name]
        suggestions = HTML(f'{{% include "monitors/_typeahead.html" with field="{name}" kind="{kind}" %}}')
        return Div(Field(name), suggestions, css_class="combo")


class DetachForm(TaskForm):
    """Without `name` the API takes the customer off every record; the desk names the one there is."""

    task, parameters, focus = "detach", ("user", "name"), "user"
    user = NameField(label="Customer")
    name = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        record: MonitorRecord | None = None,
        customer: Customer | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        if record is not None:
            self.fix("name", record.name)
        if customer is not None:
            self.fix("user", customer.username)

    def as_call(self) -> dict[str, str]:
        call = super().as_call()
        return call if call["name"] != NOT_YET else {"user": call["user"]}


class ListForm(forms.Form):
    """The table of `list` holds nothing to fill in."""


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
