"""The import contracts of pyproject.toml hold, and each of them can fail."""

import subprocess
import sys
from copy import deepcopy
from functools import cache
from graphlib import TopologicalSorter

import grimp
import pytest
from grimp import ImportGraph
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import Contract

from tests.template_database import ROOT

TYPES: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
}
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS = {options["id"]: options for options in CONFIGURATION["contracts_options"]}

# The contract, and imports that it forbids: who imports what.
WRONG_IMPORTS = [
    ("rooms", "monitors.services.records", "monitors.views.records"),
    ("rooms", "monitors.wording.times", "monitors.views.frame"),
    ("rooms", "monitors.selectors.records", "monitors.services.clock"),
    ("rooms", "monitors.limits", "monitors.models.record"),
    ("rooms", "monitors.gateway.client", "monitors.models.record"),
    ("no-circles", "monitors.services.clock", "monitors.services.operations"),
    ("no-circles", "monitors.gateway.errors", "monitors.gateway.client"),
    ("no-circles", "config.env", "config.settings"),
    ("drawers", "monitors.services.log.audit", "monitors.services.lists.schedule"),
    ("drawers", "monitors.services.outbound.throttle", "monitors.services.lists.schedule"),
    ("drawers", "monitors.services.outbound.throttle", "monitors.services.log.audit"),
    ("plain-python", "monitors.gateway.client", "django"),
    ("plain-python", "monitors.gateway.client", "config.pace"),
    ("plain-python", "monitors.sandbox.store", "django"),
    ("gateway-apart-from-sandbox", "monitors.sandbox.wire", "monitors.gateway.errors"),
    ("gateway-apart-from-sandbox", "monitors.gateway.errors", "monitors.sandbox.wire"),
    ("http-client", "monitors.sandbox.server", "requests"),
    ("http-client", "monitors.services.records", "requests"),
    ("http-client", "monitors.views.records", "requests"),
    ("http-client", "monitors.tasks", "requests"),
    ("http-client", "monitors.management.commands.refresh", "requests"),
    ("models", "monitors.models.record", "monitors.services.clock"),
    ("models", "monitors.models.record", "monitors.wording.times"),
    ("reading", "monitors.selectors.records", "monitors.gateway.records"),
    ("reading", "monitors.filters.audit", "monitors.services.rights"),
    ("reading", "monitors.filters.audit", "monitors.forms.fields"),
    ("services", "monitors.services.records", "monitors.selectors.records"),
    ("services", "monitors.services.records", "monitors.forms.records"),
    ("forms", "monitors.forms.records", "monitors.services.rights"),
    ("forms", "monitors.forms.records", "monitors.gateway.records"),
    ("views", "monitors.views.records", "monitors.wiring"),
    ("views", "monitors.views.records", "monitors.gateway.client"),
    ("views", "monitors.views.records", "monitors.services.lists.schedule"),
    ("views", "monitors.views.records", "monitors.services.log.audit"),
    ("views", "monitors.views.records", "monitors.services.outbound.throttle"),
    ("no-pages-in-the-background", "monitors.tasks", "monitors.views.frame"),
    ("no-pages-in-the-background", "monitors.management.commands.refresh", "monitors.views.frame"),
    ("wording", "monitors.wording.events", "monitors.services.rights"),
    ("wording", "monitors.wording.events", "monitors.templatetags.desk"),
]
ALLOWED_IMPORTS = [
    ("views", "monitors.views.records", "monitors.gateway.errors"),
    ("views", "monitors.views.records", "monitors.services.outbound.preview"),
    ("rooms", "monitors.gateway.client", "monitors.limits"),
    ("drawers", "monitors.services.lists.schedule", "monitors.services.outbound.throttle"),
]


@cache
def imports() -> ImportGraph:
    return grimp.build_graph("monitors", "config", include_external_packages=True, cache_dir=None)


def holds(contract: str, graph: ImportGraph) -> bool:
    options = CONTRACTS[contract]
    made = TYPES[options["type"]](options["name"], CONFIGURATION["session_options"], options)
    return made.check(graph, verbose=False).kept


def with_import(importer: str, imported: str) -> ImportGraph:
    graph = deepcopy(imports())
    assert {importer, imported} <= graph.modules, "the example names a module that is gone"
    graph.add_import(importer=importer, imported=imported)
    return graph


@pytest.mark.parametrize("contract", CONTRACTS)
def test_contract_holds(contract: str) -> None:
    assert holds(contract, imports())


@pytest.mark.parametrize(("contract", "importer", "imported"), WRONG_IMPORTS)
def test_contract_forbids(contract: str, importer: str, imported: str) -> None:
    assert not holds(contract, with_import(importer, imported))


@pytest.mark.parametrize(("contract", "importer", "imported"), ALLOWED_IMPORTS)
def test_contract_allows(contract: str, importer: str, imported: str) -> None:
    assert holds(contract, with_import(importer, imported))


def test_every_contract_has_an_example_of_what_it_forbids() -> None:
    assert {contract for contract, _, _ in WRONG_IMPORTS} == set(CONTRACTS)


def test_a_room_without_a_place_breaks_the_layers() -> None:
    graph = deepcopy(imports())
    graph.add_module("monitors.attic")

    assert not holds("rooms", graph)


def test_only_the_gateway_may_be_missing_among_those_who_call_nobody() -> None:
    rooms = imports().find_children("monitors")

    assert rooms - set(CONTRACTS["http-client"]["source_modules"]) == {"monitors.gateway"}


@pytest.mark.parametrize("room", ["services", "forms", "wording", "models"])
def test_linter_keeps_http_out_of(room: str) -> None:
    """Import contracts see no deeper than `django`."""
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", f"monitors/{room}/new.py", "-"]
    done = subprocess.run(
        command, cwd=ROOT, input="from django import http", capture_output=True, text=True, check=False
    )

    assert "TID251" in done.stdout


def test_no_module_imports_itself_in_a_circle() -> None:
    """The contract compares siblings; this sees a package and its own modules too."""
    graph = imports()

    TopologicalSorter(
        {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    ).prepare()
