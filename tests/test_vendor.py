"""The vendored front-end files are what the manifest says, and the site can be collected from them."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command

from config.static import JOINED
from monitors.management.commands.vendor import PACKAGES
from monitors.wording.icons import RARE, RARE_ICONS, SPRITE

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "static" / "vendor"
MANIFEST = json.loads((ROOT / "vendored.json").read_text())["packages"]


def test_every_file_has_the_checksum_that_the_manifest_says():
    stated = {name: digest for package in MANIFEST for name, digest in package["files"].items()}
    present = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file()
    }

    assert present == stated


def test_the_manifest_holds_the_versions_that_the_command_fetches():
    assert {(it["name"], it["version"]) for it in MANIFEST} == {(it.name, it.version) for it in PACKAGES}


@pytest.mark.parametrize("package", MANIFEST, ids=lambda it: it["name"])
def test_each_package_comes_with_its_license(package):
    assert package["license"]
    assert any(name.endswith("/LICENSE") for name in package["files"])


def test_every_sheet_is_joined_and_no_page_asks_for_one_by_itself():
    sheets = {f"css/{path.name}" for path in (ROOT / "static/css").iterdir()}
    pages = "".join(it.read_text() for it in (ROOT / "templates").rglob("*.html") if it.name != "_error.html")

    assert {part for name, parts in JOINED.items() if name.endswith(".css") for part in parts} == sheets
    assert not [sheet for sheet in sheets if sheet in pages]


def test_what_is_joined_is_there_once():
    parts = [part for parts in JOINED.values() for part in parts]

    assert len(set(parts)) == len(parts)
    assert all((ROOT / "static" / part).is_file() for part in parts)


@pytest.mark.parametrize("path", sorted((ROOT / "static/js").iterdir()), ids=lambda it: it.name)
def test_no_script_puts_a_template_into_a_template(path):
    """What makes scripts small when they are collected would take the inner one's spaces for its own."""
    assert not re.search(r"\$\{[^}`]*`", path.read_text())


def drawn_in(sprite):
    return set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / sprite).read_text()))


def test_every_icon_in_use_is_in_the_sprite():
    common, rare = (drawn_in(sprite) for sprite in (SPRITE, RARE))
    sources = [
        *(ROOT / "templates").rglob("*.html"),
        ROOT / "monitors/wording/states.py",
        ROOT / "monitors/views/frame.py",
    ]
    text = "".join(path.read_text() for path in sources)
    used = set(re.findall(r'\{% icon "([^"]+)"', text)) | set(
        re.findall(r'(?:Look|Freshness)\([^)]*"([a-z0-9-]+)"(?:, mirror)?\)', text)
    )

    assert used <= common | rare
    assert rare == RARE_ICONS
    assert not common & rare


@pytest.mark.slow
def test_no_file_in_use_is_missing_from_the_collected_site(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "site"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "config.static.CollectedFiles"}}

    call_command("collectstatic", interactive=False, verbosity=0)

    stored = json.loads((tmp_path / "site-manifest" / "staticfiles.json").read_text())["paths"]
    named = re.findall(
        r"\{% static '([^']+)' %\}", "".join(it.read_text() for it in (ROOT / "templates").rglob("*.html"))
    )
    assert {*named, SPRITE, RARE} <= set(stored)
    assert not list((tmp_path / "site").rglob("*manifest*")) + list((tmp_path / "site").rglob("*.json*"))
