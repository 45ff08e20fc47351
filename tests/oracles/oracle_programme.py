"""The oracle's data put through a programme: answers to staging tables, staging SQL, and the aggregate step."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa

from benchmarking.aggregate import aggregate
from benchmarking.catalog import load_programme
from benchmarking.settings import load_settings
from benchmarking.warehouse import Warehouse
from oracles.survey_oracle import column, rows

PROGRAMMES = Path(__file__).resolve().parents[1] / "data" / "programmes"
KEYS = "(measure, category, statistic, peer_group, peer_value)"


def open_programme(name: str, folder: Path, margins: str = "", threads: str = "") -> Warehouse:
    """Open a programme of tests/data/programmes with an empty warehouse, weighted to the margins named."""
    copy = folder / name
    shutil.copytree(PROGRAMMES / name, copy)
    definition = (copy / "programme.yaml").read_text(encoding="utf-8")
    (copy / "programme.yaml").write_text(
        definition.replace("frame_margins: []", f"frame_margins: [{margins}]"), encoding="utf-8"
    )
    settings = load_settings({"BENCHMARKING_DATA": str(folder / "data"), "BENCHMARKING_THREADS": threads})
    return Warehouse(settings, load_programme(copy))


def stage(warehouse: Warehouse, table: str, answers: pa.Table, files: int = 1) -> None:
    """Write one survey's answers, in so many commits and files, and then the programme's staging tables."""
    size = -(-answers.num_rows // files)
    for start in range(0, answers.num_rows, size):
        warehouse.append(table, answers.slice(start, size))
    for name, path in warehouse.programme.staging_files.items():
        warehouse.overwrite(name, warehouse.connect().sql(path.read_text(encoding="utf-8")).to_arrow_table())


def schools(folder: Path, margins: str = "") -> Warehouse:
    """Stage the simple random sample of schools for 1999 and 2000, and estimate both years."""
    warehouse = open_programme("schools", folder, margins)
    stage(warehouse, "staging.school", school_answers())
    for year in (1999, 2000):
        aggregate(warehouse, year)
    return warehouse


def school_answers() -> pa.Table:
    """Give the answers of the simple random sample of schools for 1999 and 2000."""
    sample, names = "apisrs.csv", [row["cds"] for row in rows("apisrs.csv")]
    parts = [
        pa.table(
            {
                "survey_year": pa.array([year] * len(names), pa.int64()),
                "agency_id": names,
                "stype": [row["stype"] for row in rows(sample)],
                "sch_wide": [row["sch.wide"] for row in rows(sample)],
                "api": column(sample, index),
                "enroll": pa.array(column(sample, "enroll").astype(int)),
                "api_stu": pa.array(column(sample, "api.stu").astype(int)),
                "ell": pa.array(column(sample, "ell").astype(int)),
            }
        )
        for year, index in ((1999, "api99"), (2000, "api00"))
    ]
    return pa.concat_tables(parts)


def people(folder: Path) -> Warehouse:
    """Stage the survival oracle's samples (1 tenure, 2 tenure with delayed entry, 3 lung) and estimate each."""
    warehouse = open_programme("tenure", folder)
    stage(warehouse, "staging.person", person_answers())
    for year in (1, 2, 3):
        aggregate(warehouse, year)
    return warehouse


def person_answers() -> pa.Table:
    """Give the spells of the survival oracle's samples (1 tenure, 2 tenure with delayed entry, 3 lung)."""
    tenure, lung = "km_tenure_input.csv", "km_lung_input.csv"
    spells = [(1, 0.0, *pair, "0") for pair in zip(column(tenure, "months"), column(tenure, "left") == 1, strict=True)]
    delayed = zip(column(tenure, "entry"), column(tenure, "months"), column(tenure, "left") == 1, strict=True)
    spells += [(2, *spell, "0") for spell in delayed]
    ends = zip(column(lung, "time"), column(lung, "status") == 2, [row["sex"] for row in rows(lung)], strict=True)
    spells += [(3, 0.0, *end) for end in ends]
    return pa.table(
        {
            "survey_year": pa.array([spell[0] for spell in spells], pa.int64()),
            "agency_id": [f"person {number:03}" for number in range(len(spells))],
            "entry_months": [float(spell[1]) for spell in spells],
            "exit_months": [float(spell[2]) for spell in spells],
            "has_ended": [bool(spell[3]) for spell in spells],
            "sex": [spell[4] for spell in spells],
        }
    )


def estimates(warehouse: Warehouse, year: int) -> dict[tuple[str, ...], dict[str, object]]:
    """Give the year's estimates by (measure, category, statistic, peer_group, peer_value)."""
    found = warehouse.connect().execute(
        f"SELECT {KEYS} AS key, * FROM benchmark.estimate WHERE survey_year = ?", [year]
    )
    names = [part[0] for part in found.description]
    table = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return {tuple(row["key"].values()) if isinstance(row["key"], dict) else tuple(row["key"]): row for row in table}
