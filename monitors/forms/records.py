"""The forms that create, edit and delete a record, and that of `list`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.contrib.auth.models import User

from monitors.forms.fields import (
    PLAIN_INPUT,
    FrequencyField,
    NameField,
    check_edges,
    check_mailbox,
    one_in,
)
from monitors.forms.task import PLACEHOLDER, TaskForm
from monitors.limits import MAX_DESCRIPTION, MAX_MAILBOX, MAX_NAME, MAX_TAG, MAX_TAGS
from monitors.models import MonitorRecord, Operation, RecordDetails
from monitors.models.person import display_name
from monitors.wording.names import visible_text


def people() -> list[tuple[str, str]]:
    """Everybody who can sign in, by their usernames."""
    users = User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")
    named = [(user.get_username(), f"{display_name(user)} ({user.get_username()})") for user in users]
    return [("", "Nobody"), *named]


COPY = " copy"


def _seen() -> forms.IntegerField:
    """Which revision of the record the form shows: who changes it meanwhile is noticed by it."""
    return forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"}))


NAME_HELP = f"Unique, at most {MAX_NAME} characters."


class OursForm(TaskForm):
    """With what the desk itself says of a record: owner, description and tags are never sent."""

    owner = forms.ChoiceField(required=False, choices=people, help_text="Who looks after it.")
    description = forms.CharField(
        required=False,
        max_length=MAX_DESCRIPTION,
        widget=forms.Textarea({"rows": 2}),
        help_text="What it is for.",
    )
    tags = forms.CharField(
        required=False, help_text="Separated by commas.", widget=forms.TextInput(PLAIN_INPUT)
    )
    OURS = ("owner", "description", "tags")

    def clean_tags(self) -> str:
        tags: str = self.cleaned_data["tags"]
        names = [name.strip() for name in tags.split(",")]
        if len(names) > MAX_TAGS:
            raise forms.ValidationError(f"A record has at most {MAX_TAGS} tags.")
        if any(len(name) > MAX_TAG for name in names):
            raise forms.ValidationError(f"A tag has at most {MAX_TAG} characters.")
        return tags

    def details(self) -> dict[str, Any]:
        """What was changed of it, where an empty field is nothing; tags as their names."""
        return self._values_of([name for name in self.OURS if name in self.changed_data])

    def _values_of(self, names: Sequence[str]) -> dict[str, Any]:
        values = {name: self.cleaned_data[name] for name in names}
        if "tags" in values:
            values["tags"] = tuple(values["tags"].split(","))
        return values

    def _ours(self) -> Fieldset:
        return Fieldset("Only at this desk", *self.OURS, css_class="ours")


class CreateForm(OursForm):
    task, parameters, focus = "create", ("name", "email", "frequency"), "name"
    name = NameField(help_text=NAME_HELP)
    email = forms.EmailField(
        label="Mailbox",
        max_length=MAX_MAILBOX,
        help_text="Where the samples are sent.",
        validators=[check_mailbox],
    )
    frequency = FrequencyField(label="Sample")
    with_customers = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        copied: MonitorRecord | None = None,
        copied_details: RecordDetails | None = None,
        **options: Any,
    ) -> None:
        """`copied` is the record that the new one begins as; its customers can come along by a plan."""
        super().__init__(*args, initial=_copy_of(copied) | _details_shown(copied_details), **options)
        self.fields["name"].validators.append(check_edges)
        layout = ["name", "email", one_in("frequency"), self._ours(), "with_customers", "reason", "token"]
        if copied is None or not copied.customer_count:
            layout.remove("with_customers")
            del self.fields["with_customers"]
        else:
            count = copied.customer_count
            self.fields[
                "with_customers"
            ].label = f"Append its {count:,} customer{'' if count == 1 else 's'} too"
            self.fields[
                "with_customers"
            ].help_text = "As a plan: you see what it would do before anything is sent."
        self.helper.layout = Layout(*layout)

    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.parameters}

    def details(self) -> dict[str, Any]:
        """All of it: a copy's own, whether changed or not."""
        return self._values_of(self.OURS)

    def fill_in_again(self, operation: Operation) -> None:
        super().fill_in_again(operation)
        kept = operation.details
        if kept:
            self.data = {**self.data, **kept, "tags": _listed(kept["tags"])}


def _copy_of(record: MonitorRecord | None) -> dict[str, Any]:
    if record is None:
        return {}
    name = f"{record.name[: MAX_NAME - len(COPY)]}{COPY}"
    return {"name": name, "email": record.email, "frequency": record.frequency}


class EditForm(OursForm):
    """Shows the present values and sends only what the person changed; the API keeps the rest."""

    task, focus = "edit", "new_frequency"
    parameters = ("name", "new_name", "new_email", "new_frequency")
    name = forms.CharField(strip=False)
    new_name = NameField(label="Name", required=False, help_text=NAME_HELP)
    new_email = forms.EmailField(label="Mailbox", required=False, max_length=MAX_MAILBOX)
    new_frequency = FrequencyField(label="Sample", required=False)
    seen = _seen()
    CHANGEABLE = ("new_name", "new_email", "new_frequency")

    def __init__(
        self,
        *args: Any,
        record: MonitorRecord,
        details: RecordDetails | None = None,
        seen: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, initial=_shown(record, details) | {"seen": seen}, **options)
        self.fix("name", record.name)
        for name in (*self.CHANGEABLE, *self.OURS):
            # Compare with what the page showed, not with what somebody else has changed since.
            self.fields[name].show_hidden_initial = not self.is_bound or f"initial-{name}" in self.data
        self.helper.layout = Layout(
            "name",
            "new_name",
            "new_email",
            one_in("new_frequency"),
            self._ours(),
            "reason",
            "token",
            "seen",
        )

    @classmethod
    def anew(
        cls, sent: Mapping[str, str], *, record: MonitorRecord, details: RecordDetails | None, seen: int
    ) -> "EditForm":
        """What the person changed in the form that was sent, over the record as it is now."""
        now = _shown(record, details)
        shown = {name: "" if value is None else str(value) for name, value in now.items()}
        kept = {
            name: sent[name] for name in shown if name in sent and sent[name] != sent.get(f"initial-{name}")
        }
        own = {name: sent.get(name, "") for name in ("reason", "token")} | {"seen": str(seen)}
        former = {f"initial-{name}": value for name, value in shown.items()}
        return cls(shown | former | kept | own, record=record, details=details)

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


def _details_shown(details: RecordDetails | None) -> dict[str, str]:
    if details is None:
        return {}
    owner = details.owner.get_username() if details.owner else ""
    return {"owner": owner, "description": details.description, "tags": _listed(details.tags)}


def _listed(tags: Iterable[str]) -> str:
    return ", ".join(tags)


def _shown(record: MonitorRecord, details: RecordDetails | None) -> dict[str, Any]:
    own = {"new_name": record.name, "new_email": record.email, "new_frequency": record.frequency}
    return own | _details_shown(details)


class DeleteForm(TaskForm):
    task, parameters, focus = "delete", ("name",), "name"
    name = forms.CharField(
        label="Type the record's name to confirm", strip=False, widget=forms.TextInput(PLAIN_INPUT)
    )
    seen = _seen()

    def __init__(
        self, *args: Any, record: MonitorRecord, seen: int | None = None, reason: str = "", **options: Any
    ) -> None:
        super().__init__(*args, initial={"seen": seen, "reason": reason}, **options)
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
