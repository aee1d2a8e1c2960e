"""How long: a row of choices, and a date of one's own."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.safestring import SafeString

from monitors import moments
from monitors.wording import times, zones

AT = "at"  # the choice beside which the date stands
LABELS = {
    "4h": "4 hours",
    "today": "Today",
    "3d": "3 days",
    "1w": "1 week",
    AT: "Date…",
    "none": "No end",
}
HELP = "Hours count from the moment a list confirms it; days end at {}."
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}
_PICKER = "%Y-%m-%dT%H:%M"


class UntilWidget(forms.Widget):
    """`until` is one of the choices, or (`at`) what `until_at` holds; a script may send a moment as `until` itself."""

    template_name = "monitors/_until.html"
    use_fieldset = True
    choices: Sequence[str] = tuple(LABELS)
    default = ""
    help = HELP

    def value_from_datadict(self, data: Mapping[str, Any], _files: Any, name: str) -> str:
        value = str(data.get(name) or "")
        return _with_offset(str(data.get(f"{name}_{AT}") or AT)) if value == AT else value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        text = str(value or self.default)
        is_preset = text in self.choices or re.fullmatch(r"\d+[hdw]", text) is not None
        chosen = text if is_preset or not text else AT
        choices = [*self.choices] if chosen in (*self.choices, "") else [chosen, *self.choices]
        context["widget"] |= {
            "options": [(choice, _label(choice), choice == chosen) for choice in choices],
            "at": _picker(text) if chosen == AT and text != AT else "",
            "at_name": f"{name}_{AT}",
            "help": self.help.format(_day_end()),
        }
        return context

    def id_for_label(self, id_: str, _index: str | None = None) -> str:
        return id_


class UntilField(forms.CharField):
    """What somebody wrote, as it is: the service reads it. Empty: the role's default."""

    widget: UntilWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(label="Until", required=False, max_length=40, widget=UntilWidget(), **options)

    def offer(self, *, default: str, is_endless_allowed: bool) -> None:
        """What this person may choose, and what is chosen when they say nothing."""
        self.initial = self.widget.default = default
        if not is_endless_allowed:
            self.widget.choices = [choice for choice in LABELS if choice != "none"]

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text == AT:
            raise forms.ValidationError("Choose the date and time.")
        return text


def offer(form: forms.Form, default: str, *, is_endless_allowed: bool) -> None:
    """Fit the form's field `until` to what this person may choose for how long."""
    until = cast(UntilField, form.fields["until"])
    until.offer(default=default, is_endless_allowed=is_endless_allowed)


def row(default_until: str, *, is_endless_allowed: bool) -> SafeString:
    """The field as the pages have it on which somebody appends, and nothing chosen yet."""
    return _row(default_until, is_endless_allowed, _day_end())


@lru_cache(maxsize=64)  # roles × the ends of days in the zones that people read
def _row(default: str, is_endless_allowed: bool, _day_end: str) -> SafeString:
    field = UntilField()
    field.offer(default=default, is_endless_allowed=is_endless_allowed)
    return field.widget.render("until", default, {"id": "id_until"})


def _label(choice: str) -> str:
    return LABELS.get(choice) or f"{choice[:-1]} {_UNITS[choice[-1]]}"


def _picker(text: str) -> str:
    """A moment as the browser's picker writes it; what is none as it was typed."""
    moment = moments.parse(text)
    return zones.local(moment).strftime(_PICKER) if moment else text


def _with_offset(typed: str) -> str:
    """A moment from the picker, which was in the reader's zone; anything else as it is."""
    try:
        moment = datetime.strptime(typed, _PICKER)
    except ValueError:
        return typed
    return typed if zones.is_own() else moment.replace(tzinfo=zones.current()).isoformat()


def _day_end() -> str:
    """When days end in the desk's zone, as the reader's clock shows it."""
    end = timezone.localtime().replace(hour=18, minute=0, second=0, microsecond=0)
    return times.of_day(end)
