"""The table of formulas in the methodology names functions and tests that there are, and every comparison with R."""

import importlib
import re

import pytest

from benchmarking.settings import ROOT

TEXT = (ROOT / "docs" / "methodology_estimates.md").read_text(encoding="utf-8")
TABLE = TEXT[TEXT.index("### Each formula") :]
LINES = [line.split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][1:]
FUNCTIONS = sorted({name for line in LINES for name in re.findall(r"`([a-z]+\.\w+)`", line[1])})
TESTS = sorted(set(re.findall(r"`((?:tests/\w+/)?test_\w+)`", TABLE)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_the_table_is_there(name):
    module, function = name.split(".")
    assert callable(getattr(importlib.import_module(f"benchmarking.aggregate.{module}"), function))


@pytest.mark.parametrize("name", TESTS)
def test_a_test_of_the_table_is_there(name):
    assert (ROOT / (name if "/" in name else f"tests/oracles/{name}")).with_suffix(".py").is_file()


def test_every_comparison_with_r_stands_in_the_table():
    about_r = {path.stem for path in (ROOT / "tests" / "oracles").glob("test_oracle_*.py")}
    assert about_r - set(TESTS) == {"test_oracle_invariance", "test_oracle_files"}


def test_the_table_is_read():
    assert (len(LINES) > 20, len(FUNCTIONS) > 20) == (True, True)
