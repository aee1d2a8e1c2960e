"""Reading answered pages in tests."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse


def text(response: HttpResponse | Any) -> str:
    """What a person would read, in one line."""
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    body = re.sub(r"</?(?:a|b|bdi|code|small|span|time)\b[^>]*>", "", body)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def attributes(response: HttpResponse | Any, name: str) -> list[str]:
    """The values of an attribute, in the order of the page."""
    return [unescape(value) for value in re.findall(rf'\b{name}="([^"]*)"', response.content.decode())]


def value_of(response: HttpResponse | Any, field: str) -> str:
    """The value of a form's field."""
    tag = re.search(rf'<input[^>]*\bname="{field}"[^>]*>', response.content.decode())
    assert tag, f"no field {field}"
    value = re.search(r'\bvalue="([^"]*)"', tag[0])
    return unescape(value[1]) if value else ""
