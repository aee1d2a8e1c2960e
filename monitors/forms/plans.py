"""The forms of plans: a new one, what a selection still needs to say, and what may change before it runs."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils import timezone

from monitors import moments
from monitors.forms.attachments import Suggestions
from monitors.forms.fields import FrequencyField, NameField, check_mailbox, one_in
from monitors.forms.until import UntilField, offer
from monitors.limits import MAX_MAILBOX, MAX_REASON
from monitors.models import ChangeKind, MonitorRecord
from monitors.wording import zones

KINDS = ((ChangeKind.APPEND, "Append"), (ChangeKind.MOVE, "Move"), (ChangeKind.DETACH, "Detach"))
MAX_PASTED = 1_000_000  # characters: ten thousand names, and long ones


def reason_field() -> forms.CharField:
    return forms.CharField(label="Reason or ticket", required=False, max_length=MAX_REASON)


def token_field() -> forms.UUIDField:
    return forms.UUIDField(
        required=False, initial=uuid4, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
    )


def record_row() -> Div:
    """The name of a record, with suggestions."""
    return Div(Field("name"), Suggestions("name", "records"), css_class="combo")


class _EndingForm(forms.Form):
    """Of what is appended: a subclass has the field `until`, which is fitted to the person."""

    def __init__(
        self,
        *args: Any,
        default_until: str = "3d",
        is_endless_allowed: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        offer(self, default_until, is_endless_allowed=is_endless_allowed)
        self.helper = FormHelper()
        self.helper.form_tag = False


class _ToRecordForm(_EndingForm):
    """A subclass has the field `name`, the record's."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name and MonitorRecord.objects.named(name) is None:
            raise forms.ValidationError("SendGrid's list has no record of this name.")
        return name


class PlanForm(_ToRecordForm):
    """Names pasted or a file, and what is to be done with them."""

    kind = forms.ChoiceField(label="What", choices=KINDS, initial=ChangeKind.APPEND)
    name = NameField(label="Record", required=False, help_text="Or name the record in each row of the file.")
    names = forms.CharField(
        label="Customers",
        required=False,
        max_length=MAX_PASTED,
        help_text="One per line; commas and semicolons work too.",
        widget=forms.Textarea({"rows": 10, "spellcheck": "false", "autocapitalize": "none"}),
    )
    file = forms.FileField(
        label="Or a file",
        required=False,
        help_text="CSV or XLSX with a column for the customer; record, reason and until are optional. "
        "At most 10,000 rows and 5 MB.",
        widget=forms.FileInput({"accept": ".csv,.txt,.xlsx,text/csv"}),
    )
    reason, until, token = reason_field(), UntilField(), token_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper.layout = Layout("kind", record_row(), "names", "file", "reason", "until", "token")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_names, has_file = bool(cleaned.get("names", "").strip()), bool(cleaned.get("file"))
        if has_names == has_file and not self.errors:
            self.add_error(
                "names",
                "Paste names or choose a file."
                if not has_names
                else "Paste names or choose a file, not both.",
            )
        return cleaned

    def error(self, field: str | None, message: str) -> None:
        self.add_error(field if field in self.fields else None, message)


class PlanEditForm(_EndingForm):
    """What holds for a whole plan."""

    reason, until = reason_field(), UntilField()


class ReadersMomentField(forms.DateTimeField):
    """Typed and shown in the reader's zone."""

    def to_python(self, value: Any) -> Any:
        with timezone.override(zones.current()):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(zones.current()):
            return super().prepare_value(value)


class ScheduleForm(forms.Form):
    """When a plan is to begin."""

    starts_at = ReadersMomentField(
        label="Begin at",
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def clean_starts_at(self) -> datetime:
        moment: datetime = self.cleaned_data["starts_at"]
        if not moments.is_usable(moment):
            raise forms.ValidationError("Choose a date and time.")
        return moment


class MoveManyForm(_ToRecordForm):
    """Where a selection goes."""

    name = NameField(label="Move to", help_text="The record they go to.")
    reason, until, token = reason_field(), UntilField(), token_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper.layout = Layout(record_row(), "reason", "until", "token")


class EditManyForm(forms.Form):
    """What many records get at once; an empty field stays as it is."""

    new_email = forms.EmailField(
        label="Mailbox", required=False, max_length=MAX_MAILBOX, validators=[check_mailbox]
    )
    new_frequency = FrequencyField(label="Sample", required=False)
    reason, token = reason_field(), token_field()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout("new_email", one_in("new_frequency"), "reason", "token")

    def clean(self) -> dict[str, Any]:
        """With `parameters`, the API's own."""
        cleaned = super().clean() or {}
        values = {key: cleaned.get(key) for key in ("new_email", "new_frequency")}
        cleaned["parameters"] = {key: str(value) for key, value in values.items() if value}
        if not self.errors and not cleaned["parameters"]:
            self.add_error(None, "Change at least one field.")
        return cleaned
