"""Icons as HTML, and the addresses of static files, each looked up once."""

from functools import cache
from typing import Any

from django.core.files.storage import storages
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.static import JOINED

SPRITE = "vendor/bootstrap-icons-1.13.2/sprite.svg"


def asset(path: str) -> str:
    """The address of a static file, as Django's `static` says it."""
    return _address(storages["staticfiles"], path)


def joined(name: str) -> list[str]:
    """The addresses of a joined file, or of its parts where nothing was collected."""
    storage = storages["staticfiles"]
    is_joined = getattr(storage, "is_joined", False)
    return [_address(storage, path) for path in ((name,) if is_joined else JOINED[name])]


def icon(name: str) -> SafeString:
    return _drawing(asset(SPRITE), name)


@cache
def _address(storage: Any, path: str) -> str:
    return str(storage.url(path))


@cache
def _drawing(sprite: str, name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite, name)
