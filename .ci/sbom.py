"""What the product is made of, as CycloneDX: the locked Python packages and the browser's files from npm.

python .ci/sbom.py requirements-postgres.txt FILE; the same lock gives the same bytes
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_OPTIONS = ("--pyproject", "pyproject.toml", "--output-reproducible", "--of", "JSON")


def main(lock: str, file: str) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "requirements", lock, *_OPTIONS],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    bom = json.loads(made.stdout)
    bom["components"] += [_component(package) for package in _vendored()]
    Path(file).write_text(json.dumps(bom, indent=1, sort_keys=True) + "\n")


def _vendored() -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = json.loads((ROOT / "vendored.json").read_text())["packages"]
    return packages


def _component(package: dict[str, Any]) -> dict[str, Any]:
    address = f"pkg:npm/{package['name']}@{package['version']}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": package["name"],
        "version": package["version"],
        "purl": address,
        "licenses": [{"license": {"id": package["license"]}}],
        "components": [
            {"type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": digest}]}
            for name, digest in package["files"].items()
        ],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
