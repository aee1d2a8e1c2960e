"""Reading a dictionary by a variable key, which Django's templates cannot."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def lookup(mapping: Mapping[Any, Any], key: object) -> Any:
    return mapping.get(key)
