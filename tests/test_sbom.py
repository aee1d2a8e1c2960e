"""The bill of materials names every locked package and every file of the browser's, and its reader accepts it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.xdist_group("bill of materials")


@pytest.fixture(scope="module")
def bom(tmp_path_factory):
    file = tmp_path_factory.mktemp("sbom") / "bom.json"
    subprocess.run(
        [sys.executable, ".ci/sbom.py", "requirements-postgres.txt", str(file)], cwd=ROOT, check=True
    )
    return file.read_text()


def test_every_locked_package_is_in_it_with_its_hashes(bom):
    locked = set(
        re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements-postgres.txt").read_text(), re.MULTILINE)
    )

    stated = {
        (it["name"], it["version"])
        for it in json.loads(bom)["components"]
        if it["purl"].startswith("pkg:pypi")
    }

    assert len(locked) > 25
    assert {(name, version) for name, version in stated} == locked
    assert bom.count("SHA-256") > len(locked)


def test_every_file_of_the_browsers_is_in_it(bom):
    served = {
        name
        for package in json.loads((ROOT / "vendored.json").read_text())["packages"]
        for name in package["files"]
    }

    named = {file["name"] for it in json.loads(bom)["components"] for file in it.get("components", ())}

    assert named == served


def test_a_strict_reader_accepts_it(bom):
    # Here, since it compiles grammars for seconds, and each process of a run imports this file.
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bom) is None
