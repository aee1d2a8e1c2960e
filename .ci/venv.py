"""Make .venv what a lock file says, whatever state it is in: python3 .ci/venv.py requirements.txt

Needs nothing but Python. One that works and holds every locked package is left alone, which takes a moment; anything
else is installed again, and what cannot be mended is made anew.
"""

import shutil
import subprocess
import sys
from pathlib import Path

VENV = Path(__file__).resolve().parent.parent / ".venv"
PYTHON = VENV / "bin" / "python"
# Run by the venv's own Python: exits with 0 when each locked package is there with all its files.
IS_COMPLETE = """
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from pip._vendor.packaging.requirements import Requirement

def is_there(requirement):
    try:
        installed = distribution(requirement.name)
    except PackageNotFoundError:
        return False
    return requirement.specifier.contains(installed.version) and bool(installed.files) and all(
        Path(installed.locate_file(path)).exists() for path in installed.files if path.suffix != ".pyc"
    )

lines = (line.rstrip(" \\\\\\n") for line in open(sys.argv[1]) if line[0].isalnum())
needed = (one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate())
sys.exit(not all(map(is_there, needed)))
"""


def main(lock: str) -> int:
    if works() and is_complete(lock):
        return 0
    print(f"Installing {lock} …", flush=True)
    if works() and install(lock) and is_complete(lock):
        return 0
    make_anew()
    return 0 if install(lock) else 1


def works() -> bool:
    """A Python that starts, is new enough, has pip, and was not moved here from elsewhere."""
    code = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    try:
        first_line = (VENV / "bin" / "pip").read_text().partition("\n")[0]
        is_at_home = Path(first_line.removeprefix("#!")).parent.samefile(PYTHON.parent)
        return (
            is_at_home
            and subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def is_complete(lock: str) -> bool:
    return subprocess.run([PYTHON, "-c", IS_COMPLETE, lock], capture_output=True, check=False).returncode == 0


def install(lock: str) -> bool:
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run([*command, "--require-hashes", "-r", lock], check=False).returncode == 0


def make_anew() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
