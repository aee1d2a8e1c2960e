"""Collected files, whose list of names and versions is kept where no visitor can ask for it."""

from typing import Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    def __init__(self, *args: Any, **options: Any) -> None:
        manifest = FileSystemStorage(location=f"{settings.STATIC_ROOT}-manifest")
        super().__init__(*args, **options | {"manifest_storage": manifest})
