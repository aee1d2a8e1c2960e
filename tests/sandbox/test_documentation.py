"""docs/sandbox.md lists every fault and every option of the command."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from monitors.sandbox.cli import add_arguments
from monitors.sandbox.faults import FAULTS, NAMES, status

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in status.TABLE])
def test_fault_is_in_a_table_with_its_summary(name: str) -> None:
    assert f"| `{name}` | {FAULTS[name].summary}" in TEXT


@pytest.mark.parametrize("name", list(status.TABLE))
def test_status_fault_is_named_by_its_status(name: str) -> None:
    assert f"`{name}`" in TEXT or f"`{name.rpartition('_')[0]}`" in TEXT


def test_every_option_of_the_command_is_explained() -> None:
    parser = ArgumentParser(add_help=False)
    add_arguments(parser)

    options = [option for action in parser._actions for option in action.option_strings]
    assert [option for option in options if f"`{option}" not in TEXT] == []
