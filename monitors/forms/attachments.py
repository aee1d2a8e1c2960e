"""The forms that append a customer to a record and detach one."""

from typing import Any

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from monitors.forms.fields import NameField
from monitors.forms.task import PLACEHOLDER, TaskForm
from monitors.forms.until import UntilField, offer
from monitors.models import Customer, MonitorRecord


class Suggestions:
    """The listbox under a name field. Crispy's own HTML would compile its template anew on each page."""

    def __init__(self, field: str, kind: str) -> None:
        self.context = {"field": field, "kind": kind}

    def render(self, *_: Any, **__: Any) -> SafeString:
        return render_to_string("monitors/_typeahead.html", self.context)


class AppendForm(TaskForm):
    """A record's page asks for the customer, a customer's page for the record."""

    task, parameters = "append", ("name", "user")
    user = NameField(label="Customer", help_text="The customer's username at SendGrid.")
    name = NameField(label="Record", help_text="The record to append the customer to.")
    until = UntilField()
    # What to do with somebody who is on another record; asked for only then.
    elsewhere = forms.ChoiceField(choices=[("too", "Append too"), ("move", "Move")], required=False)
    move_from = forms.IntegerField(required=False, min_value=1, max_value=2**53)

    def __init__(
        self,
        *args: Any,
        record: MonitorRecord | None = None,
        customer: Customer | None = None,
        user: str = "",
        default_until: str = "3d",
        is_endless_allowed: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, initial={"user": user}, **options)
        if record is not None:
            self.fix("name", record.name)
        if customer is not None:
            self.fix("user", customer.username)
        offer(self, default_until, is_endless_allowed=is_endless_allowed)
        names = (self._layout(name) for name in ("user", "name"))
        self.helper.layout = Layout(*names, "reason", Div("until", css_class="until-row"), "token")

    def _layout(self, name: str) -> Field | Div:
        if name in self.known:
            return Field(name)
        kind = {"user": "customers", "name": "records"}[name]
        return Div(Field(name), Suggestions(name, kind), css_class="combo")


class DetachForm(TaskForm):
    """Without `name` the API detaches the customer from every record: the page must say `every` as well."""

    every = "every"
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
        if customer is not None or options.get("initial", {}).get("user"):
            self.focus = "reason"  # the page already says which customer
        super().__init__(*args, **options)
        if record is not None:
            self.fix("name", record.name)
        if customer is not None:
            self.fix("user", customer.username)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not cleaned.get("name") and "name" not in self.known and self.data.get(self.every) != "yes":
            self.add_error(
                None, "Nothing was detached: the form did not say from which record. Press the button again."
            )
        return cleaned

    def as_call(self) -> dict[str, str]:
        call = super().as_call()
        return call if call["name"] != PLACEHOLDER else {"user": call["user"]}
