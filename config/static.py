"""Collected files: our own sheets and scripts joined into one of each and made small; the list of versions is apart.

Every file is a request. The parts stay files of their own; an error page, which must not depend on collected files,
names them so.
"""

from collections.abc import Iterator
from typing import Any

import rcssmin
import rjsmin
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

JOINED = {
    "css/all.css": (
        "css/base.css",
        "css/desk.css",
        "css/tables.css",
    ),
    "css/evidence.css": ("css/audit.css",),
    "css/rare.css": (
        "css/home.css",
        "css/plans.css",
        "css/people.css",
        "css/charts.css",
    ),  # on pages that few open, none of them the first
    "js/all.js": (
        "js/times.js",
        "js/typeahead.js",
        "js/selection.js",
        "js/countdown.js",
        "js/in_place.js",
        "js/palette.js",
        "js/keys.js",
        "js/desk.js",
    ),
}


class CollectedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage, with each file of JOINED added."""

    is_joined = True

    def __init__(self, *args: Any, **options: Any) -> None:
        manifest = FileSystemStorage(location=f"{settings.STATIC_ROOT}-manifest")
        super().__init__(*args, **options | {"manifest_storage": manifest})

    def post_process(
        self, paths: dict[str, tuple[Any, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        if not dry_run:
            for name, parts in JOINED.items():
                self._join(name, parts)
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)

    def _join(self, name: str, parts: tuple[str, ...]) -> None:
        self.delete(name)
        make_small = rcssmin.cssmin if name.endswith(".css") else rjsmin.jsmin
        self.save(name, ContentFile(make_small("\n".join(map(self._text, parts))).encode()))

    def _text(self, part: str) -> str:
        with self.open(part) as file:
            text: bytes = file.read()
        return text.decode()
