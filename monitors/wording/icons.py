"""Icons as HTML, and the addresses of static files, each looked up once."""

from functools import cache
from typing import Any

from django.core.files.storage import storages
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.static import JOINED

_FOLDER = "vendor/bootstrap-icons-1.13.2"
SPRITE, RARE = f"{_FOLDER}/sprite.svg", f"{_FOLDER}/rare.svg"
RARE_ICONS = frozenset(
    {
        "box-arrow-up-right",
        "calendar-event",
        "chevron-left",
        "chevron-right",
        "inbox",
        "pause-fill",
        "play-fill",
        "plug",
    }
)  # that no first page shows


def asset(path: str) -> str:
    """The address of a static file, as Django's `static` says it."""
    return _address(storages["staticfiles"], path)


def joined(name: str) -> list[str]:
    """The addresses of a joined file, or of its parts where nothing was collected."""
    storage = storages["staticfiles"]
    is_joined = getattr(storage, "is_joined", False)
    return [_address(storage, path) for path in ((name,) if is_joined else JOINED[name])]


def icon(name: str) -> SafeString:
    return _drawing(asset(RARE if name in RARE_ICONS else SPRITE), name)


@cache
def _address(storage: Any, path: str) -> str:
    return str(storage.url(path))


@cache
def _drawing(sprite: str, name: str) -> SafeString:
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', sprite, name)
