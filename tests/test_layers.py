"""One way down: view → service → gateway. Each module imports only what its layer may."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "monitors"

# Layer -> prefixes it must not import. Longest matching layer wins.
FORBIDDEN = {
    "monitors/gateway": ("django", "config", "monitors!monitors.gateway"),
    "monitors/sandbox": ("django", "config", "requests", "monitors!monitors.sandbox"),
    "monitors/models": ("monitors!monitors.models", "requests"),
    "monitors/selectors": (
        "monitors.services",
        "monitors.gateway",
        "monitors.forms",
        "monitors.views",
        "requests",
    ),
    "monitors/filters": (
        "monitors.services",
        "monitors.gateway",
        "monitors.forms",
        "monitors.views",
        "requests",
    ),
    "monitors/services": (
        "monitors.forms",
        "monitors.views",
        "django.http",
        "requests",
        "monitors.selectors",
    ),
    "monitors/forms": ("monitors.services", "monitors.gateway", "monitors.views", "requests"),
    "monitors/views": ("monitors.wiring", "monitors.gateway!monitors.gateway.errors", "requests"),
    "monitors/tasks.py": ("monitors.views", "requests", "monitors.gateway", "monitors.wiring"),
    "monitors/management": ("monitors.views", "requests"),
    "monitors/demo": ("monitors.views", "requests"),
}


def layer_of(path: str) -> str | None:
    matching = [layer for layer in FORBIDDEN if path.startswith(layer)]
    return max(matching, key=len, default=None)


def imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "a relative import hides its layer: use the full name"
            yield str(node.module)
            yield from (f"{node.module}.{name.name}" for name in node.names)


def offends(imported: str, rule: str) -> bool:
    """A rule is `prefix` or `prefix!exception`."""
    prefix, _, exception = rule.partition("!")
    is_under = imported == prefix or imported.startswith(prefix + ".")
    is_excepted = bool(exception) and (
        imported == exception or imported.startswith(exception + ".") or exception.startswith(imported + ".")
    )
    return is_under and not is_excepted


def offences(path: str, source: str) -> list[str]:
    layer = layer_of(path)
    rules = FORBIDDEN[layer] if layer else ()
    return sorted(
        {name for name in imports(source) for rule in rules if offends(name, rule) and name != "monitors"}
    )


MODULES = sorted(
    str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts
)


@pytest.mark.parametrize("module", MODULES)
def test_module_imports_only_what_its_layer_may(module):
    assert offences(module, (ROOT / module).read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("monitors/gateway/x.py", "import django.conf"),
        ("monitors/gateway/x.py", "from monitors.models import Mirror"),
        ("monitors/sandbox/x.py", "from monitors.gateway import errors"),
        ("monitors/views/x.py", "from monitors.gateway.client import Gateway"),
        ("monitors/views/x.py", "from monitors import wiring"),
        ("monitors/services/x.py", "from django.http import HttpRequest"),
        ("monitors/forms.py", "from monitors.services import records"),
    ],
)
def test_the_rules_catch_a_wrong_import(module, source):
    assert offences(module, source) != []
