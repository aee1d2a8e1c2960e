"""Fields that the filters share: moments as people and scripts write them, and names or numbers."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.choices import flatten_choices
from django_filters import Filter, FilterSet

PICKER = "%Y-%m-%dT%H:%M"
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")  # "+01:00" unquoted in a query string


class MomentField(forms.DateTimeField):
    """ISO 8601; without an offset it is the desk's own TIME_ZONE."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=PICKER)

    def __init__(self, *, is_ahead_fine: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.is_ahead_fine = is_ahead_fine

    def to_python(self, value: Any) -> datetime | None:
        written = _LOST_PLUS.sub("+", value) if isinstance(value, str) else value
        try:
            moment = super().to_python(written)
            return _within_reach(moment) if moment else None
        except (ValidationError, OverflowError) as error:
            raise ValidationError(
                "“%(value)s” is not a date and time. Write it like %(example)s in %(zone)s time, "
                "or with an offset: %(example)s+01:00.",
                params={"value": value, "example": "2026-03-03T14:00", "zone": settings.TIME_ZONE},
            ) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value > timezone.now() and not self.is_ahead_fine:
            raise ValidationError("That moment has not come yet.")

    def prepare_value(self, value: Any) -> Any:
        """What was asked for, in the form that the browser's picker understands."""
        try:
            moment = self.to_python(value)
        except ValidationError:
            return value
        if moment is None:
            return value
        return moment.strftime(PICKER if not moment.second else f"{PICKER}:%S")


def number_in(text: str) -> int | None:
    """`#12` names one row by its key, as links do; anything else is part of a name."""
    found = re.fullmatch(r"#(\d{1,18})", text)
    return int(found[1]) if found else None


def _within_reach(moment: datetime) -> datetime:
    """In the desk's own zone. Raises OverflowError where reckoning with it would, at either end of time."""
    if not 1900 <= moment.year < 9000:
        raise OverflowError
    return timezone.localtime(moment)


class MomentFilter(Filter):  # type: ignore[misc]
    field_class = MomentField


class WholeFilter(Filter):  # type: ignore[misc]
    """A whole number; `min_value` and `max_value` as the field takes them."""

    field_class = forms.IntegerField


@dataclass(frozen=True, slots=True)
class Chosen:
    """One filter that is set, as a person reads it; `rest` is the query string without it."""

    name: str
    label: str
    value: str
    rest: str


def chosen(filters: FilterSet) -> list[Chosen]:
    """The filters that are set, in the order of the form; none for a form with errors."""
    kept, fields = query(filters), filters.form.fields
    return [
        Chosen(
            name=name,
            label=str(fields[name].label),
            value=_told(fields[name], filters.form.cleaned_data[name]),
            rest=urlencode({other: value for other, value in kept.items() if other != name}),
        )
        for name in kept
    ]


def query(filters: FilterSet, **pinned: str) -> dict[str, str]:
    """The part of the query string that these filters understand, and what is `pinned` to a value."""
    if not filters.form.is_valid():
        return pinned
    asked = filters.form.cleaned_data.items()
    kept = {name: str(filters.data[name]) for name, value in asked if value not in (None, "", False)}
    return kept | pinned


def tidied(asked: QueryDict) -> str | None:
    """The query string without the fields that a form left empty; None where it is tidy, to be passed on as it is."""
    kept = [(name, value) for name, values in asked.lists() for value in values if value]
    return None if len(kept) == sum(len(values) for _, values in asked.lists()) else urlencode(kept)


def is_wide_open(filters: FilterSet) -> bool:
    """Whether one of the filters behind "More filters" is set or wrong: they must be seen then."""
    return any(name not in filters.front for name in [*query(filters), *filters.form.errors])


def _told(field: forms.Field, value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value.day} {value:%b %Y, %H:%M:%S %Z}"
    if isinstance(field, forms.ChoiceField):
        return str(dict(flatten_choices(list(cast(Any, field.choices)))).get(value, value))
    return "yes" if value is True else str(value)
