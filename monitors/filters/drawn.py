"""Fields of filters as HTML, remembered: one that crispy-forms draws anew is a tenth of its page."""

from typing import Any

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django.forms import BoundField
from django.utils.safestring import SafeString

from monitors.remembered import Remembered
from monitors.wording import zones

MAX_REMEMBERED = 500  # fields, each with a value of its own

_remembered: Remembered[SafeString] = Remembered(MAX_REMEMBERED)


def drawn(filters: Any, field: BoundField, address: str) -> SafeString:
    """A field of the filters of the page at `address`; what is wrong with one is never remembered."""
    if field.errors:
        return _draw(field)
    key = (address, field.name, str(field.label), field.data, zones.current_name(), _choices(filters, field))
    return _remembered.of(key, lambda: _draw(field))


def _choices(filters: Any, field: BoundField) -> tuple[Any, ...]:
    """Those that people change."""
    widget: Any = field.field.widget
    return tuple(widget.choices) if field.name in filters.changing else ()


def _draw(field: BoundField) -> SafeString:
    return SafeString(as_crispy_field(field))
