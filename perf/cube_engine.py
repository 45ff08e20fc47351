"""One engine of the cube benchmark, in a process of its own: `cube_engine.py ENGINE FOLDER CUTS RATIOS`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import cube_data

Rows = list[tuple[str, str, str, str, float]]


def main() -> None:
    """Run one engine and write its figures."""
    engine, folder, cuts, ratios = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    runs = {"scan": scan, "count": count, "ours": ours, "polars": in_polars, "pandas": in_pandas}
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
        f"sum(budget_pence), sum(spend_pence), sum(tools_pence) FROM '{folder / 'marketer.parquet'}'"
    ).fetchall()
    return []


def _counted(folder: Path, cuts: dict, ratios: tuple[str, ...]):
    """Count everything with the aggregate step's own SQL: contributions, cells, and moves by month."""
    import duckdb

    from benchmarking import sql
    from benchmarking.aggregate.counting import count_moves

    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    connection.execute(f"CREATE VIEW marketer AS SELECT * FROM '{folder / 'marketer.parquet'}'")
    connection.execute(f"CREATE TEMP TABLE agency AS SELECT * FROM '{folder / 'agency.parquet'}'")
    sums = ", ".join(
        f"sum(CAST({cube_data.NUMERATORS[name]} AS BIGINT)) AS {name}"
        for name in cube_data.NUMERATORS
        if name in ratios
    )
    connection.execute(
        f"CREATE TEMP TABLE agency_sum AS SELECT agency_id, count(*) AS people, {sums} FROM marketer GROUP BY agency_id"
    )
    parts = " UNION ALL ".join(
        f"SELECT '{name}' AS measure, agency_id, {name} AS numerator, people FROM agency_sum" for name in ratios
    )
    connection.execute(
        "CREATE TEMP TABLE contribution AS SELECT measure, '' AS category, agency_id, holding_id, "
        f"numerator, people AS denominator, people, 1 AS weight FROM ({parts}) INNER JOIN agency USING (agency_id)"
    )
    groups = " UNION ALL ".join(
        f"SELECT agency_id, '{group}' AS peer_group, {_value(names)} AS peer_value FROM agency"
        for group, names in cuts.items()
    )
    connection.execute(f"CREATE TEMP TABLE cut AS {groups}")
    cells = connection.execute(sql.read("benchmark/cell")).fetchall()
    connection.execute(
        "CREATE TEMP VIEW spell AS SELECT agency_id, entry_months, exit_months, has_ended, "
        "CAST(1 AS SMALLINT) AS weight FROM marketer"
    )
    count_moves(connection)
    connection.execute(
        "CREATE TEMP TABLE move AS SELECT peer_group, peer_value, at_months, entering, leaving, ending "
        "FROM cell_move INNER JOIN cell USING (cell)"
    )
    # Seniority is a person's: its few groups are counted from the people themselves.
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW spell AS SELECT seniority AS agency_id, entry_months, exit_months, has_ended, "
        "CAST(1 AS SMALLINT) AS weight FROM marketer"
    )
    connection.execute(
        "INSERT INTO move SELECT 'seniority', agency_id, at_months, sum(entering), sum(leaving), sum(ending) FROM ("
        + sql.read("benchmark/agency_move") + ") GROUP BY agency_id, at_months"
    )  # fmt: skip
    return connection, cells


def _value(names: tuple[str, ...]) -> str:
    return " || ' x ' || ".join(names) or "'all'"


def count(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Do the counting alone."""
    _counted(folder, cuts, ratios)
    return []


def ours(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Make the cube: SQL counts, the aggregate step's quantiles finish on agencies' rows."""
    from benchmarking.aggregate.quantiles import Sorted

    connection, cells = _counted(folder, cuts, ratios)
    rows: Rows = []
    for measure, _, group, value, contributors, holdings, people, largest, excess in cells:
        counted = (contributors, holdings, people, largest, excess)
        rows += _counts(measure, group, value, counted)
    names = dict((number, (group, value)) for number, group, value in connection.execute("FROM cell").fetchall())
    for measure in ratios:
        found = connection.execute(
            "SELECT cell, CAST(numerator AS DOUBLE) AS above, CAST(denominator AS DOUBLE) AS below "
            "FROM contribution INNER JOIN agency_cell USING (agency_id) WHERE measure = ? ORDER BY cell, agency_id",
            [measure],
        ).fetchnumpy()
        for chosen in _runs([found["cell"]]):
            above, below = found["above"][chosen], found["below"][chosen]
            key = (measure, *names[int(found["cell"][chosen.start])])
            line = Sorted.of(above / below, np.ones(len(above)), "type7")
            rows.append((*key, "pooled", float(above.sum() / below.sum())))
            rows += [(*key, name, line.at(share)) for name, share in cube_data.SHARES.items()]
    for group, value, category, share in connection.execute(
        "SELECT peer_group, peer_value, decider, count(*) / sum(count(*)) OVER (PARTITION BY peer_group, peer_value) "
        "FROM agency INNER JOIN cut USING (agency_id) WHERE agency_id IN (SELECT agency_id FROM agency_sum) "
        "GROUP BY peer_group, peer_value, decider"
    ).fetchall():
        rows.append(("decider", group, value, category, share))
    moves = connection.execute(
        "SELECT peer_group, peer_value, at_months, sum(entering)::DOUBLE AS entering, sum(leaving)::DOUBLE AS leaving, "
        "sum(ending)::DOUBLE AS ending FROM move GROUP BY ALL ORDER BY ALL"
    ).fetchnumpy()
    keys = [moves["peer_group"], moves["peer_value"]]
    for chosen in _runs(keys):
        inside = np.cumsum(moves["entering"][chosen] - moves["leaving"][chosen])
        at_risk = np.concatenate(([0.0], inside[:-1]))
        group, value = (str(key[chosen.start]) for key in keys)
        rows += _survival(group, value, moves["at_months"][chosen], at_risk, moves["ending"][chosen])
    return rows


def _runs(keys: list[np.ndarray]) -> list[slice]:
    """Give the slices of equal keys in sorted rows."""
    changed = np.zeros(len(keys[0]), dtype=bool)
    changed[0] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    starts = np.append(np.flatnonzero(changed), len(changed))
    return [slice(int(a), int(b)) for a, b in zip(starts[:-1], starts[1:], strict=True)]


def _counts(measure: str, group: str, value: str, counted: tuple) -> Rows:
    names = ("contributors", "holdings", "people", "largest_share", "p_percent_excess")
    return [(measure, group, value, name, float(number)) for name, number in zip(names, counted, strict=True)]


def _survival(group: str, value: str, months: np.ndarray, at_risk: np.ndarray, ended: np.ndarray) -> Rows:
    figures = cube_data.survival_figures(months.astype(float), at_risk, ended)
    return [("tenure", group, value, name, figure) for name, figure in figures.items()]


def in_polars(folder: Path, cuts: dict, ratios: tuple[str, ...]) -> Rows:
    """Make the cube in polars, lazily and streaming where it can, collapsing to agencies first as ours does."""
    import polars as pl

    marketer, agency = pl.scan_parquet(folder / "marketer.parquet"), pl.read_parquet(folder / "agency.parquet")
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

    marketer, agency = pd.read_parquet(folder / "marketer.parquet"), pd.read_parquet(folder / "agency.parquet")
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
