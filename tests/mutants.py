"""`make mutants`: which tests judge which module, and the score of each module afterwards.

mutmut runs every test that calls a mutated function. Nearly every page's test loads a list, so that a mutant in
`services.lists` would run them all; as pytest's plugin this module leaves only the tests that are about the module.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutmut.stats import status_by_exit_code

# The first that fits counts; the module's name is what `make mutants ONLY=…` takes.
JUDGES = {
    "monitors.services.people_log": ("tests/services/test_people_log.py",),
    "monitors.services.people": ("tests/services/test_people.py",),
    "monitors.services.accounts": ("tests/services/test_accounts.py", "tests/views/test_people.py"),
    "monitors.services.sessions": ("tests/views/test_sessions.py",),
    "monitors.services.user_sessions": ("tests/views/test_sessions.py",),
    "monitors.services.passwords": ("tests/views/test_sessions.py",),
    "monitors.services.second_factors": ("tests/views/test_second_factor.py",),
    "monitors.services.invitations": ("tests/views/test_links.py", "tests/views/test_people.py"),
    "monitors.services.id_tokens": ("tests/views/test_sso.py",),
    "monitors.services.sso": ("tests/views/test_sso.py",),
    "monitors.services.log": ("tests/history/", "tests/services/"),
    "monitors.services": ("tests/services/",),
    "monitors.gateway": ("tests/gateway/",),
    "monitors.selectors.audit": ("tests/views/test_audit.py", "tests/history/"),
    "monitors.selectors": ("tests/views/", "tests/history/"),
    "monitors.views": ("tests/views/",),
}
MUTANTS = Path("mutants")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests that judge the mutant under test, or what `ONLY` asks for; the module's own come first."""
    mutant = os.environ.get("MUTANT_UNDER_TEST", "")
    module = mutant if mutant.startswith("monitors.") else os.environ.get("ONLY", "")
    judges = next((tests for name, tests in JUDGES.items() if module.startswith(name)), ("",))
    config.hook.pytest_deselected(items=[item for item in items if not item.nodeid.startswith(judges)])
    own = f"test_{module.split('.x', maxsplit=1)[0].rpartition('.')[2]}"
    items[:] = sorted(
        (item for item in items if item.nodeid.startswith(judges)), key=lambda item: own not in item.nodeid
    )


def scores() -> Iterator[tuple[str, Counter[str]]]:
    """Each module with how many of its mutants ended how; those not looked at are left out."""
    for meta in sorted(MUTANTS.glob("monitors/**/*.meta")):
        ends = json.loads(meta.read_text())["exit_code_by_key"].values()
        counted = Counter(status_by_exit_code[end] for end in ends if end is not None)
        if counted:
            yield str(meta.relative_to(MUTANTS)).removesuffix(".py.meta").replace("/", "."), counted


def _line(name: str, ends: Counter[str]) -> str:
    caught, late = ends["killed"], ends["timeout"]
    survived = ends.total() - caught - late
    return f"{name:44} {ends.total():7} {caught:6} {late:7} {survived:8} {caught / ends.total():5.0%}"


def main() -> int:
    """Print the table."""
    total: Counter[str] = Counter()
    print(f"{'module':44} mutants caught timeout survived score")
    for name, ends in scores():
        print(_line(name, ends))
        total += ends
    if total:
        print(_line("all", total))
    return 0


if __name__ == "__main__":
    sys.exit(main())
