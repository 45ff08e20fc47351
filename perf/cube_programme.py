"""The cube benchmark's programme: the folder that the aggregate step reads, and the warehouse with its rows.

Files lie as the pipeline leaves them: Delta tables whose rows are in the order of agencies. All engines read the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from deltalake import write_deltalake

import cube_data
from benchmarking.catalog import load_programme
from benchmarking.settings import Settings
from benchmarking.warehouse import Warehouse

NAME, YEAR = "cube", 2026
PROGRAMME = """
name: {name}
title: The cube benchmark
is_made_up: true
years: [{year}]
contributor_noun: [agency, agencies]
surveys: [marketer]
peer_groups: [{cuts}]
frame_margins: []
"""
SURVEY = """
survey: marketer
title: Marketers
form_version: "{year}"
questions:
  - {{name: agency_id, wording: Agency, type: text, role: agency}}
  - {{name: survey_year, wording: Year, type: count, role: year}}
"""
AGENCY = """/* title: Agency */
SELECT * FROM staging.agency
"""
AGENCY_YEAR = """/* title: Agency year */
SELECT survey_year, agency_id, count(*) AS people, {sums}
FROM staging.marketer
GROUP BY survey_year, agency_id
"""
HEADER = "/*\ntitle: {title}\nkind: {kind}\nunit: {unit}\nrounds_to: 1\nformat: number\nbetter: neutral\ngroup: Cube\n"
HEADER += "version: 1\ndefinition: Made up.\n*/\n"
RATIO = """SELECT survey_year, agency_id, {name} AS numerator, people AS denominator, people
FROM staging.agency_year
"""
SHARE = """SELECT survey_year, agency_id, decider AS category
FROM staging.agency
SEMI JOIN staging.agency_year USING (survey_year, agency_id)
"""
SURVIVAL = """SELECT survey_year, agency_id, entry_months, exit_months, has_ended, seniority
FROM staging.marketer
"""


def write(folder: Path, cuts: int, ratios: int) -> Path:
    """Write the programme with so many cuts and ratios; give its folder."""
    home = folder / f"programme-{cuts}-{ratios}"
    names = cube_data.RATIOS[:ratios]
    sums = ", ".join(f"sum(CAST({cube_data.NUMERATORS[name]} AS BIGINT)) AS {name}" for name in names)
    measures = {name: ("ratio", RATIO.format(name=name)) for name in names}
    measures |= {"decider": ("share", SHARE), "tenure": ("survival", SURVIVAL)}
    groups = ", ".join(list(cube_data.CUTS)[:cuts])
    files = {
        "programme.yaml": PROGRAMME.format(name=NAME, year=YEAR, cuts=groups),
        "expectations/marketer.yaml": SURVEY.format(year=YEAR),
        "sql/staging/agency.sql": AGENCY,
        "sql/staging/agency_year.sql": AGENCY_YEAR.format(sums=sums),
    }
    for name, (kind, select) in measures.items():
        files[f"sql/measures/{name}.sql"] = HEADER.format(title=name, kind=kind, unit="each") + select
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return home


def open_warehouse(folder: Path, programme: Path) -> Warehouse:
    """Open the benchmark's warehouse as the programme."""
    return Warehouse(Settings(folder, str(folder / "warehouse"), (programme,)), load_programme(programme))


def home(folder: Path, table: str) -> Path:
    """Give the folder of a table."""
    return folder / "warehouse" / NAME / "staging" / table


def files(folder: Path, table: str) -> str:
    """Give the pattern of a table's Parquet files."""
    return str(home(folder, table) / "*.parquet")


def fill(folder: Path, rows: int) -> None:
    """Write the warehouse's tables; the same number of rows gives the same rows."""
    connection = duckdb.connect()
    for table, select in cube_data.selects(rows, YEAR).items():
        home(folder, table).mkdir(parents=True)
        write_deltalake(str(home(folder, table)), connection.execute(select).to_arrow_reader(1 << 18))
    connection.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
