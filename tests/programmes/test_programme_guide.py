"""docs/programme.md, followed word for word: its files make a release, and it names every entry there is."""

from __future__ import annotations

import csv
import dataclasses
import re
import shlex

import pytest

from benchmarking import catalog, consistency
from benchmarking.__main__ import main
from benchmarking.settings import ROOT

GUIDE = (ROOT / "docs" / "programme.md").read_text(encoding="utf-8")
FILES = dict(
    re.findall(r"^`([\w./]+)`[^\n]*\n(?:[^`\n][^\n]*\n)*\n```(?:yaml|sql)\n(.*?)```", GUIDE, flags=re.M | re.S)
)
COMMANDS = re.findall(r"^python -m benchmarking (.*)$", GUIDE, flags=re.M)
# Entries that the reader fills in itself.
MADE = {"directory", "sql", "measures", "rules", "options"}


@pytest.fixture(scope="module")
def coffee_shops(tmp_path_factory):
    """Write the guide's files, and forty shops' made-up answers: 100 a barista and shop number, in euros."""
    folder = tmp_path_factory.mktemp("guide")
    for name, text in FILES.items():
        path = folder / "coffee_shops" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    inbox = folder / "data" / "inbox" / "coffee_shops" / "shop"
    inbox.mkdir(parents=True)
    with (inbox / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Shop number", "Year", "Where is the shop?", "training_eur", "How many baristas work there?"])
        rows.writerows([f"S{n:02d}", 2026, ("big", "Small town")[n % 2], 400 * n, 4] for n in range(1, 41))
    return folder


@pytest.mark.slow
def test_the_guide_leads_from_nothing_to_a_release(coffee_shops, monkeypatch, capsys):
    monkeypatch.chdir(coffee_shops)
    monkeypatch.setenv("BENCHMARKING_DATA", str(coffee_shops / "data"))
    assert list(FILES) == [
        "programme.yaml",
        "expectations/shop.yaml",
        "expectations/rules.yaml",
        "sql/staging/agency.sql",
        "sql/measures/training_per_barista.sql",
    ]
    assert [command.split()[0] for command in COMMANDS] == ["suites", "form", "run"]
    for command in COMMANDS:
        assert main(shlex.split(command)) == 0, capsys.readouterr().err
    assert (coffee_shops / "shop.xlsx").stat().st_size > 1000
    release = coffee_shops / "data" / "releases" / "coffee_shops" / "latest"
    with (release / "benchmarks.csv").open(encoding="utf-8", newline="") as file:
        cells = {(row["peer_value"], row["statistic"]): row for row in csv.DictReader(file)}
    # The middle of forty shops lies between 100 x 20 and 100 x 21 a barista.
    assert cells["all", "p50"]["display"] == "€2,050"
    assert cells["all", "p50"]["contributors"] == "40"
    assert cells["small", "p50"]["contributors"] == cells["big", "p50"]["contributors"] == "20"
    assert "Half of shops spend <mark>€2,050</mark> or less" in (release / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "kind", [catalog.Programme, catalog.Survey, catalog.Question, catalog.Roster, catalog.Rule, catalog.Measure,
             catalog.Disclosure],
)  # fmt: skip
def test_the_guide_names_every_entry(kind):
    for field in dataclasses.fields(kind):
        assert field.name in MADE or re.search(rf"`{field.name}\b", GUIDE), f"{kind.__name__}.{field.name}"


@pytest.mark.parametrize("known", [consistency.TYPES, consistency.ROLES, consistency.FORMATS, consistency.BETTER])
def test_the_guide_names_every_type_role_and_format(known):
    assert [name for name in known if f"`{name}`" not in GUIDE] == []
