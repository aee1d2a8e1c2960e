"""Fetch the front-end files anew from npm into static/vendor/, with a manifest of their checksums."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from monitors.wording.icons import RARE_ICONS

VENDOR = Path(settings.BASE_DIR) / "static" / "vendor"
MANIFEST = (
    Path(settings.BASE_DIR) / "vendored.json"
)  # not below /static/: no visitor needs a list of versions
SVG = "http://www.w3.org/2000/svg"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: which of its files we serve. `icons` are drawn together into one sprite.svg, those that
    no first page shows into rare.svg."""

    name: str
    version: str
    files: tuple[str, ...]
    icons: tuple[str, ...] = ()
    rare_icons: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        return f"{self.name.removesuffix('.org')}-{self.version}"


PACKAGES = (
    Package("htmx.org", "2.0.11", ("dist/htmx.min.js", "LICENSE")),
    Package(
        "bootstrap-icons",
        "1.13.2",
        ("LICENSE",),
        icons=(
            "activity",
            "arrow-counterclockwise",
            "arrow-left-right",
            "arrow-repeat",
            "arrow-right",
            "box-arrow-right",
            "check-circle",
            "check-lg",
            "clock",
            "copy",
            "dash-circle",
            "download",
            "exclamation-triangle",
            "hourglass-split",
            "info-circle",
            "lock",
            "pencil",
            "people",
            "plus-lg",
            "question-circle",
            "search",
            "trash3",
            "x-circle",
            "x-lg",
        ),
        rare_icons=tuple(sorted(RARE_ICONS)),
    ),
)


class Command(BaseCommand):
    help = "Fetch the front-end files from npm into static/vendor/ and write vendored.json."

    def handle(self, *_: Any, **__: Any) -> None:
        entries = []
        for old in VENDOR.glob("*-*"):
            shutil.rmtree(old)
        for package in PACKAGES:
            with tempfile.TemporaryDirectory() as folder:
                entries.append(_install(package, Path(folder)))
            self.stdout.write(f"{package.name} {package.version}")
        MANIFEST.write_text(json.dumps({"packages": entries}, indent=2) + "\n")


def _install(package: Package, scratch: Path) -> dict[str, Any]:
    source = _fetch(package, scratch)
    target = VENDOR / package.folder
    target.mkdir(parents=True)
    for file in package.files:
        shutil.copyfile(source / file, target / Path(file).name)
    if package.icons:
        (target / "sprite.svg").write_text(_sprite(source / "icons", package.icons))
        (target / "rare.svg").write_text(_sprite(source / "icons", package.rare_icons))
    return {
        "name": package.name,
        "version": package.version,
        "license": json.loads((source / "package.json").read_text())["license"],
        "files": {
            f"{package.folder}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(target.iterdir())
        },
    }


def _fetch(package: Package, scratch: Path) -> Path:
    command = ["npm", "pack", "--silent", f"{package.name}@{package.version}"]
    try:
        subprocess.run(command, cwd=scratch, check=True, capture_output=True, timeout=120)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise CommandError(f"npm could not fetch {package.name} {package.version}: {error}") from error
    with tarfile.open(next(scratch.glob("*.tgz"))) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / "package"


def _sprite(folder: Path, icons: tuple[str, ...]) -> str:
    ET.register_namespace("", SVG)
    sprite = ET.Element(f"{{{SVG}}}svg")
    for icon in icons:
        drawing = ET.parse(folder / f"{icon}.svg").getroot()  # noqa: S314 - ours by name and version
        symbol = ET.SubElement(
            sprite, f"{{{SVG}}}symbol", id=icon, viewBox=drawing.get("viewBox", "0 0 16 16")
        )
        symbol.extend(drawing)
    for element in sprite.iter():
        element.text = element.tail = None  # white space between drawings
    return ET.tostring(sprite, encoding="unicode") + "\n"
