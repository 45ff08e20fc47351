"""One engine of the cube benchmark, in a process of its own: `cube_engine.py ENGINE FOLDER CUTS RATIOS`."""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import cube_data
import cube_programme

PACKAGE = ("duckdb", "pandas", "benchmarking.aggregate.step", "benchmarking.catalog")
LIBRARIES = {"scan": ("duckdb",), "count": PACKAGE, "ours": PACKAGE, "polars": ("polars",), "pandas": ("pandas",)}
Rows = list[tuple[str, str, str, str, float]]


def main() -> None:
    """Run one engine and write its figures."""
    engine, folder, cuts, ratios = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    runs = {"scan": scan, "count": count, "ours": ours, "polars": in_polars, "pandas": in_pandas}
    # Loading libraries is part of the whole process, and no part of the work. DuckDB loads pandas when it is there.
    for name in LIBRARIES[engine]:
        importlib.import_module(name)
    started, before = time.perf_counter(), time.process_time()
    rows = runs[engine](folder, cube_data.cuts(cuts), cube_data.RATIOS[:ratios])
    print(json.dumps({"wall": time.perf_counter() - started, "cpu": time.process_time() - before}))
    if rows:
        columns = zip(*rows, strict=True)
        pq.write_table(
            pa.table(dict(zip([*cube_data.KEYS, "value"], columns, strict=True))), folder / f"{engine}.parquet"
        )


def scan(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Read the same columns and add them up."""
    import duckdb

    duckdb.connect().execute(
        "SELECT sum(agency_id), max(seniority), sum(entry_months), sum(exit_months), sum(CAST(has_ended AS INT)), "
        f"sum(budget_pence), sum(spend_pence), sum(tools_pence) FROM '{cube_programme.files(folder, 'marketer')}'"
    ).fetchall()
    return []


def _books(folder: Path, cuts: dict, ratios: tuple[str, ...]):
    """Read every measure and count its people, as the aggregate step does."""
    from benchmarking.aggregate import compare
    from benchmarking.aggregate.figures import Book
    from benchmarking.aggregate.panel import prepare
    from benchmarking.aggregate.step import read_year

    home = cube_programme.write(folder, len(cuts) - 1, len(ratios))
    warehouse = cube_programme.open_warehouse(folder, home)
    connection = warehouse.connect()
    # The last part of validation, which writes the programme's staging tables.
    select = warehouse.programme.staging_files["staging.agency_year"].read_text(encoding="utf-8")
    connection.execute("CREATE TABLE staging.agency_year AS " + select)
    prepare(connection, warehouse.programme)
    panels = read_year(connection, warehouse, cube_programme.YEAR)
    return connection, {name: Book.of(panel, compare.categories_of(panel)) for name, panel in panels.items()}


def count(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Do the counting alone: contributors of every cell, and people by agency, seniority and month."""
    from benchmarking.aggregate.step import count_cells

    connection, books = _books(folder, cuts, ratios)
    count_cells(connection, [book.panel for book in books.values()])
    for book in books.values():
        if book.counts is not None:
            # Who was at risk in which month is added up when it is first asked for.
            book.counts.everybody  # noqa: B018
    return []


def ours(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Make the cube as the aggregate step does, intervals and all."""
    from benchmarking.aggregate.step import estimate_rows

    connection, books = _books(folder, cuts, ratios)
    rows: Rows = []
    for cell in estimate_rows(connection, books, cube_programme.YEAR).to_pylist():
        key = (cell["measure"], cell["peer_group"], cell["peer_value"])
        value = np.nan if cell["value"] is None else cell["value"]
        if cell["statistic"] == "pooled":
            names = ("contributors", "holdings", "people", "largest_share", "p_percent_excess")
            rows += [(*key, name, float(cell[name])) for name in names]
        if cell["statistic"] != "share" or value > 0:
            rows.append((*key, cell["category"] or cell["statistic"], value))
    return rows


def _counts(measure: str, group: str, value: str, counted: tuple) -> Rows:
    names = ("contributors", "holdings", "people", "largest_share", "p_percent_excess")
    return [(measure, group, value, name, float(number)) for name, number in zip(names, counted, strict=True)]


def _survival(group: str, value: str, months: np.ndarray, at_risk: np.ndarray, ended: np.ndarray) -> Rows:
    figures = cube_data.survival_figures(months.astype(float), at_risk, ended)
    return [("tenure", group, value, name, figure) for name, figure in figures.items()]


def in_polars(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Make the cube in polars, lazily and streaming where it can, collapsing to agencies first as ours does."""
    import polars as pl

    marketer = pl.scan_parquet(cube_programme.files(folder, "marketer"))
    agency = pl.read_parquet(cube_programme.files(folder, "agency"))
    sums = [pl.col(cube_data.NUMERATORS[name]).cast(pl.Int64).sum().alias(name) for name in ratios]
    per_agency = (
        marketer.group_by("agency_id").agg(pl.len().cast(pl.Int64).alias("people"), *sums)
        .collect(engine="streaming").join(agency, on="agency_id")
    )  # fmt: skip
    joined = marketer.select("agency_id", "seniority", "entry_months", "exit_months", "has_ended").join(
        agency.lazy(), on="agency_id"
    )
    rows: Rows = []
    for group, names in (dict(cuts) | {"seniority": ("seniority",)}).items():
        keys = [pl.concat_str([pl.col(name) for name in names], separator=" x ") if names else pl.lit("all")]
        if group != "seniority":
            rows += _polars_ratios(per_agency.with_columns(keys[0].alias("value")), group, ratios)
        keyed = joined.with_columns(keys[0].alias("value"))
        left = keyed.group_by("value", pl.col("exit_months").alias("at")).agg(
            pl.len().alias("leaving"), pl.col("has_ended").sum().alias("ending")
        )
        came = keyed.group_by(
            "value", pl.when(pl.col("entry_months") > 0).then(pl.col("entry_months")).otherwise(-1).alias("at")
        ).agg(pl.len().alias("entering"))
        left, came = pl.collect_all([left, came], engine="streaming")
        moves = left.join(came, on=["value", "at"], how="full", coalesce=True).fill_null(0).sort("value", "at")
        for (value,), part in moves.group_by("value", maintain_order=True):
            inside = np.cumsum(part["entering"].to_numpy().astype(float) - part["leaving"].to_numpy().astype(float))
            at_risk = np.concatenate(([0.0], inside[:-1]))
            rows += _survival(
                group, str(value), part["at"].to_numpy(), at_risk, part["ending"].to_numpy().astype(float)
            )
    return rows


def _polars_ratios(frame, group: str, ratios: tuple[str, ...]) -> Rows:
    import polars as pl

    rows: Rows = []
    for name in ratios:
        rate = pl.col(name) / pl.col("people")
        figures = [rate.quantile(share, "linear").alias(key) for key, share in cube_data.SHARES.items()]
        held = frame.group_by("value", "holding_id").agg(pl.col(name).sum().abs().alias("size"))
        top = held.group_by("value").agg(
            pl.len().alias("holdings"), pl.col("size").sum().alias("total"),
            pl.col("size").top_k(2).sort(descending=True).alias("top"),
        )  # fmt: skip
        found = frame.group_by("value").agg(
            pl.len().alias("contributors"), pl.col("people").sum(),
            (pl.col(name).sum() / pl.col("people").sum()).alias("pooled"), *figures,
        ).join(top, on="value")  # fmt: skip
        for row in found.iter_rows(named=True):
            first, second = (*row["top"], 0)[:2]
            counted = (
                row["contributors"], row["holdings"], row["people"], first / row["total"],
                (row["total"] - first - second) / first,
            )  # fmt: skip
            rows += _counts(name, group, row["value"], counted)
            rows += [(name, group, row["value"], key, row[key]) for key in ("pooled", *cube_data.SHARES)]
    shares = frame.group_by("value", "decider").agg(pl.len().alias("n")).with_columns(
        (pl.col("n") / pl.col("n").sum().over("value")).alias("share")
    )  # fmt: skip
    rows += [("decider", group, row["value"], row["decider"], row["share"]) for row in shares.iter_rows(named=True)]
    return rows


def in_pandas(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Make the cube in pandas, collapsing to agencies first as ours does."""
    import pandas as pd

    marketer, agency = (pd.read_parquet(cube_programme.home(folder, table)) for table in ("marketer", "agency"))
    marketer["seniority"] = marketer["seniority"].astype("category")
    sums = {name: (cube_data.NUMERATORS[name], "sum") for name in ratios}
    per_agency = marketer.groupby("agency_id").agg(people=("exit_months", "size"), **sums).reset_index()
    per_agency = per_agency.merge(agency, on="agency_id")
    marketer["entered"] = marketer["entry_months"].where(marketer["entry_months"] > 0, -1)
    rows: Rows = []
    for group, names in (dict(cuts) | {"seniority": ("seniority",)}).items():
        if group == "seniority":
            value = marketer["seniority"]
        else:
            per_agency["value"] = "all" if not names else per_agency[list(names)].agg(" x ".join, axis=1)
            rows += _pandas_ratios(per_agency, group, ratios)
            coded = per_agency.set_index("agency_id")["value"].astype("category")
            place = coded.cat.codes.reindex(range(int(marketer["agency_id"].max()) + 1), fill_value=-1).to_numpy()
            value = pd.Series(pd.Categorical.from_codes(place[marketer["agency_id"]], coded.cat.categories))
        left = marketer.groupby([value, "exit_months"], observed=True)["has_ended"].agg(["size", "sum"])
        came = marketer.groupby([value, "entered"], observed=True).size()
        left.index.names = came.index.names = ["value", "at"]
        moves = pd.DataFrame({"leaving": left["size"], "ending": left["sum"], "entering": came}).fillna(0).sort_index()
        for name, part in moves.groupby(level=0, observed=True):
            inside = np.cumsum((part["entering"] - part["leaving"]).to_numpy())
            at_risk = np.concatenate(([0.0], inside[:-1]))
            months = part.index.get_level_values(1).to_numpy()
            rows += _survival(group, str(name), months, at_risk, part["ending"].to_numpy().astype(float))
    return rows


def _pandas_ratios(frame, group: str, ratios: tuple[str, ...]) -> Rows:
    rows: Rows = []
    for name in ratios:
        parts = frame.assign(rate=frame[name] / frame["people"]).groupby("value")
        sums = parts[[name, "people"]].sum()
        quantiles = parts["rate"].quantile(list(cube_data.SHARES.values())).unstack()
        held = frame.groupby(["value", "holding_id"])[name].sum().abs()
        contributors, holdings = parts.size(), held.groupby("value").size()
        total, top = held.groupby("value").sum(), held.groupby("value").nlargest(2).groupby(level=0).agg(list)
        for value in sums.index:
            first, second = (*top[value], 0)[:2]
            counted = (
                contributors[value], holdings[value], sums.at[value, "people"], first / total[value],
                (total[value] - first - second) / first,
            )  # fmt: skip
            rows += _counts(name, group, value, counted)
            rows.append((name, group, value, "pooled", sums.at[value, name] / sums.at[value, "people"]))
            rows += [(name, group, value, key, quantiles.at[value, share]) for key, share in cube_data.SHARES.items()]
    shares = frame.groupby("value")["decider"].value_counts(normalize=True)
    rows += [("decider", group, value, category, share) for (value, category), share in shares.items()]
    return rows


if __name__ == "__main__":
    main()
