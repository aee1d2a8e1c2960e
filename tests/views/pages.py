"""Reading answered pages in tests."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from monitors.models import Operation


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


def notice_of(client: Client, operation: Operation) -> Any:
    """What the operation's page says of how it stands."""
    page = client.get(f"/operations/{operation.pk}/").content.decode()
    return _Part("<p " + page.partition('id="notice"')[2].partition("</section>")[0])


def pieces(response: HttpResponse | Any) -> dict[str, str]:
    """What an open page puts in its place, as a person would read it, by how and where."""
    page = response.content.decode()
    found = re.findall(r'<template data-swap="([^"]+)"[^>]*>(.*?)</template>', page, re.DOTALL)
    return {unescape(place): text(_Part(f"<p>{html}")) for place, html in found}


class _Part:
    """Of an answer, to be read like the whole."""

    def __init__(self, html: str) -> None:
        self.content = html.encode()
