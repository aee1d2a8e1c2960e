"""Fields that the filters share: moments as people and scripts write them, and names or numbers."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.choices import flatten_choices
from django_filters import Filter, FilterSet

from monitors import moments
from monitors.wording import zones
from monitors.wording.times import absolute

PICKER_FORMAT = "%Y-%m-%dT%H:%M"
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")  # "+01:00" unquoted in a query string


class MomentField(forms.DateTimeField):
    """ISO 8601; without an offset it is the desk's own TIME_ZONE. Shown in the reader's."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=PICKER_FORMAT)

    def __init__(self, *, may_be_ahead: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.may_be_ahead = may_be_ahead

    def to_python(self, value: Any) -> datetime | None:
        text = _LOST_PLUS.sub("+", value) if isinstance(value, str) else value
        try:
            moment = super().to_python(text)
            return _in_own_zone(moment) if moment else None
        except (ValidationError, OverflowError) as error:
            raise ValidationError(
                "“%(value)s” is not a date and time. Write it like %(example)s in %(zone)s time, "
                "or with an offset: %(example)s+01:00.",
                params={"value": value, "example": "2026-03-03T14:00", "zone": settings.TIME_ZONE},
            ) from error

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and value > timezone.now() and not self.may_be_ahead:
            raise ValidationError("This moment is in the future.")

    def prepare_value(self, value: Any) -> Any:
        """The value in the form that the browser's picker understands."""
        try:
            moment = self.to_python(value)
        except ValidationError:
            return value
        if moment is None:
            return value
        moment = zones.local(moment)
        return moment.strftime(f"{PICKER_FORMAT}:%S" if moment.second else PICKER_FORMAT)


def parse_key(text: str) -> int | None:
    """`#12` names one row by its key, as links do; anything else is part of a name."""
    match = re.fullmatch(r"#(\d{1,18})", text)
    return int(match[1]) if match else None


def _in_own_zone(moment: datetime) -> datetime:
    """Raises OverflowError where arithmetic with it would, at either end of time."""
    if not moments.is_usable(moment):
        raise OverflowError
    return timezone.localtime(moment)


class Filters(FilterSet):  # type: ignore[misc]
    """`always_shown` are the fields that no "More filters" hides, `changing` those whose choices people change.

    Choices are functions: a page copies its filters, and would copy each choice.
    """

    always_shown: tuple[str, ...] = ()
    changing: tuple[str, ...] = ()
    _forms: ClassVar[dict[type, type[forms.Form]]] = {}

    def get_form_class(self) -> type[forms.Form]:
        """Made once: a form has copies of its fields."""
        own = type(self)
        if own not in self._forms:
            self._forms[own] = super().get_form_class()
        return self._forms[own]

    @property
    def has_more_open(self) -> bool:
        """Whether one of the filters behind "More filters" is set or wrong: they must be seen then."""
        names = [*query_parameters(self), *self.form.errors]
        return any(name not in self.always_shown for name in names)


class MomentFilter(Filter):  # type: ignore[misc]
    field_class = MomentField


class WholeFilter(Filter):  # type: ignore[misc]
    """A whole number; `min_value` and `max_value` as the field takes them."""

    field_class = forms.IntegerField


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """One filter that is set, as a person reads it; `rest` is the query string without it."""

    name: str
    label: str
    value: str
    rest: str


def active_filters(filters: FilterSet) -> list[ActiveFilter]:
    """The filters that are set, in the order of the form; none for a form with errors."""
    parameters, fields = query_parameters(filters), filters.form.fields
    return [
        ActiveFilter(
            name=name,
            label=str(fields[name].label),
            value=_value_text(fields[name], filters.form.cleaned_data[name]),
            rest=urlencode({other: value for other, value in parameters.items() if other != name}),
        )
        for name in parameters
    ]


def query_parameters(filters: FilterSet, **fixed: str) -> dict[str, str]:
    """The part of the query string that these filters understand, and what is `fixed` to a value."""
    if not filters.form.is_valid():
        return fixed
    values = filters.form.cleaned_data.items()
    return {name: str(filters.data[name]) for name, value in values if value not in (None, "", False)} | fixed


def settled(query: QueryDict) -> str | None:
    """The query string that says the same to everybody; None where this one does.

    Without the fields that a form left empty, and with an offset at each moment that was typed in the `zone` of
    whoever typed it: an address that is passed on must not mean another moment to somebody with another clock.
    """
    pairs = [(name, value) for name, values in query.lists() for value in values]
    zone = zones.named(query.get("zone") or settings.TIME_ZONE)
    filled = [(name, _with_offset(value, zone)) for name, value in pairs if value and name != "zone"]
    return None if filled == pairs else urlencode(filled)


def _with_offset(value: str, zone: tzinfo | None) -> str:
    if zone is None or str(zone) == settings.TIME_ZONE or not _NAIVE.fullmatch(value):
        return value
    try:
        return datetime.fromisoformat(value).replace(tzinfo=zone).isoformat()
    except ValueError:
        return value


def _value_text(field: forms.Field, value: Any) -> str:
    if isinstance(value, datetime):
        return absolute(value)
    if isinstance(field, forms.ChoiceField):
        return str(dict(flatten_choices(list(cast(Any, field.choices)))).get(value, value))
    return "yes" if value is True else str(value)
