"""docs/security.md has every item of the standard once, and each test that it names is there."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = (ROOT / "docs/security.md").read_text().partition("## By item of the OWASP ASVS 5.0, level 2")[2]
LEVEL_2 = (Path(__file__).parent / "asvs-5.0-level-2.txt").read_text().split()
NAMED = sorted(set(re.findall(r"`((?:\w+/)*test_\w+\.py)::(\w+\*?)`", DOCUMENT)))
_ITEMS = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{1,2}\b")


def test_every_item_of_levels_one_and_two_stands_there_once():
    first_cells = re.findall(r"^\| ([\d., ]+) \|", DOCUMENT, re.MULTILINE)
    without = re.findall(r"^\* ([\d., \n]+):", DOCUMENT, re.MULTILINE)

    counted = Counter(_ITEMS.findall(" ".join(first_cells + without)))

    assert {item: count for item, count in counted.items() if count > 1} == {}
    assert set(counted) == set(LEVEL_2)


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_each_test_that_it_names_is_there(file):
    path = ROOT / "tests" / file
    assert path.is_file(), file
    present = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}

    named = {name for other, name in NAMED if other == file}

    assert {name for name in named if name != "test_*"} <= present
    assert present & {name for name in present if name.startswith("test_")}
