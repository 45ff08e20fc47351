"""The command line lists every command without loading what the commands need."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys

import pytest

from benchmarking.__main__ import main
from benchmarking.commands import MODULES, TEXTS

LISTING = """
import sys
from benchmarking.__main__ import main
try:
    main(["--help"])
except SystemExit:
    loaded = {name.split(".")[0] for name in sys.modules}
    print("loaded:", *sorted(loaded & {"duckdb", "pyarrow", "numpy", "scipy", "deltalake", "great_expectations"}))
"""


def test_the_list_of_commands_loads_no_engine():
    listed = subprocess.run(
        [sys.executable, "-c", LISTING],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ).stdout
    assert listed.splitlines()[-1] == "loaded:"
    assert all(f"    {name}" in listed for name in TEXTS)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_registers_the_commands_it_is_listed_with(module):
    commands = argparse.ArgumentParser().add_subparsers()
    importlib.import_module(module).register(commands)
    assert set(commands.choices) == set(MODULES[module])


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_says_what_it_does_and_takes_a_programme(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert " ".join(TEXTS[name].split()) in shown
    assert "--programme DIR" in shown


def test_an_unknown_command_is_answered_with_those_there_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["agregate"])
    assert ended.value.code == 2
    assert "invalid choice: 'agregate'" in capsys.readouterr().err
