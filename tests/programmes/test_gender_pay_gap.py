"""The second programme, by configuration alone: what is published of the filings equals a direct query on them."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest

import deliver
from benchmarking import pipeline
from benchmarking.catalog import load_programme
from benchmarking.settings import ROOT, load_settings
from benchmarking.warehouse import Warehouse
from extract import COLUMNS, extract

EXAMPLE = ROOT / "examples" / "gender_pay_gap"
FILINGS = EXAMPLE / "filings"
NEWEST = FILINGS / "gpg_2019-20_snapshot_2023-01_sic78.csv"
QUANTILES = {"p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9}
SIZES = {
    "all": None,
    "under_250": "Less than 250",
    "from_250": "250 to 499",
    "from_500": "500 to 999",
    "from_1000": "1000 to 4999",
    "from_5000": "5000 to 19,999",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Run every step up to the published table on both snapshots; give the connection and the steps' summaries."""
    data = tmp_path_factory.mktemp("gender_pay_gap")
    settings = load_settings({"BENCHMARKING_DATA": str(data), "BENCHMARKING_NOW": "2026-11-20T09:00:00+00:00"})
    warehouse = Warehouse(settings, load_programme(EXAMPLE))
    deliver.main(["--out", str(data / "inbox" / "gender_pay_gap")])
    told = {"collect": pipeline.collect(warehouse)}
    for step in ("validate", "aggregate", "protect"):
        told[step] = getattr(pipeline, step)(warehouse, 2019)
    return warehouse.connect(), told


def filings(query: str) -> list[tuple]:
    """Ask the newest snapshot itself, past everything that this project does."""
    return duckdb.sql(query.replace("FILINGS", f"read_csv('{NEWEST}', all_varchar = true)")).fetchall()


def rounded(value: float) -> float:
    """Round a fraction half up to a tenth of a percentage point, as the measure's header says."""
    return float(Decimal(str(round(value, 9))).quantize(Decimal("0.001"), ROUND_HALF_UP))


def published(connection, measure: str, statistic: str, peer_value: str, category: str = "") -> tuple:
    group = "all" if peer_value == "all" else "size_band"
    return connection.execute(
        "SELECT value, contributors, status FROM published.cell WHERE (measure, statistic, peer_value, category,"
        " peer_group) = (?, ?, ?, ?, ?)",
        [measure, statistic, peer_value, category, group],
    ).fetchone()


def test_both_snapshots_balance_and_only_the_amended_filing_counts_again(built):
    collected = built[1]["collect"]
    counts = {name: collected[name] for name in ("received", "accepted", "parked", "rejected", "duplicate")}
    assert counts == {"received": 420, "accepted": 211, "parked": 0, "rejected": 0, "duplicate": 209}


def test_the_older_version_of_the_amended_filing_is_kept(built):
    rows = built[0].execute(
        "SELECT s.version, a.raw_text FROM raw.submission s JOIN raw.answer a USING (submission_id)"
        " WHERE s.agency_id = '16653' AND s.verdict = 'accepted' AND a.question = 'employer_name' ORDER BY s.version"
    )
    assert rows.fetchall() == [(1, "PRO UNLIMITED GLOBAL LTD"), (2, "MAGNIT GLOBAL UK LIMITED")]


def test_the_year_comes_from_the_definition(built):
    assert built[0].execute("SELECT DISTINCT survey_year FROM staging.filing").fetchall() == [(2019,)]


def test_negative_gaps_are_kept(built):
    wanted = filings("SELECT count(*) FROM FILINGS WHERE DiffMedianHourlyPercent::DOUBLE < 0")
    found = built[0].execute("SELECT count(*) FROM staging.agency_year WHERE median_hourly_gap_share < 0").fetchall()
    assert found == wanted == [(40,)]


def test_the_median_of_median_gaps_is_the_filings_own(built):
    [(wanted,)] = filings("SELECT median(DiffMedianHourlyPercent::DOUBLE) / 100 FROM FILINGS")
    assert wanted == pytest.approx(0.0185)
    assert published(built[0], "median_hourly_gap_share", "p50", "all")[:2] == (rounded(wanted), 210)


@pytest.mark.parametrize("statistic", QUANTILES)
@pytest.mark.parametrize(
    ("measure", "column"), [("mean", "DiffMeanHourlyPercent"), ("median", "DiffMedianHourlyPercent")]
)
@pytest.mark.parametrize("size", ["all", "from_250", "from_500", "from_1000"])
def test_quantiles_by_size_are_the_filings_own(built, size, measure, column, statistic):
    where = "" if SIZES[size] is None else f"WHERE EmployerSize = '{SIZES[size]}'"
    [(wanted, count)] = filings(
        f"SELECT quantile_cont({column}::DOUBLE, {QUANTILES[statistic]}) / 100, count(*) FROM FILINGS {where}"
    )
    value, contributors, status = published(built[0], f"{measure}_hourly_gap_share", statistic, size)
    assert contributors in (count, None)
    # A figure that would give an employer away is hidden; one that is shown is the filings' own.
    assert value == rounded(wanted) or (value is None and status == "[c]" and size != "all")


def test_counts_by_sign_are_the_filings_own(built):
    wanted = filings(
        "SELECT CASE sign(DiffMedianHourlyPercent::DOUBLE) WHEN 1 THEN 'favours_men' WHEN 0 THEN 'no_gap'"
        " ELSE 'favours_women' END AS direction, count(*) FROM FILINGS GROUP BY direction ORDER BY direction"
    )
    assert wanted == [("favours_men", 126), ("favours_women", 40), ("no_gap", 44)]
    for direction, count in wanted:
        share, contributors, status = published(built[0], "gap_direction", "share", "all", direction)
        assert (round(share * contributors), status) == (count, "")


@pytest.mark.parametrize("size", ["from_20000", "not_provided"])
def test_two_employers_are_hidden(built, size):
    assert published(built[0], "median_hourly_gap_share", "p50", size) == (None, None, "[c]")


def test_two_figures_a_filing_are_queried_when_far_apart(built):
    [(wanted,)] = filings(
        "SELECT count(*) FROM FILINGS WHERE abs(DiffMeanHourlyPercent::DOUBLE - DiffMedianHourlyPercent::DOUBLE) > 60"
    )
    found = built[0].execute("SELECT count(*) FROM staging.parked WHERE rule_id = 'filing_gaps_are_near'").fetchone()
    assert found == (wanted,)


def test_every_kept_employer_is_of_the_industry_and_only_needed_columns_are_kept():
    for path in sorted(FILINGS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert tuple(rows[0]) == COLUMNS and len(rows) == 210
        assert all(any(code.strip().startswith("78") for code in row["SicCodes"].split(",")) for row in rows)


def test_extract_keeps_rows_of_the_industry_and_their_text(tmp_path):
    full, kept = tmp_path / "full.csv", tmp_path / "kept.csv"
    full.write_text(
        "\ufeffEmployerId,CurrentName,Address,SicCodes,DiffMeanHourlyPercent,DiffMedianHourlyPercent,EmployerSize,"
        'DateSubmitted\n1,A,Road,"65120,\n78300",-2.30,0.00,250 to 499,2020/01/24 09:37:01\n'
        "2,B,Road,17810,1.00,1.00,250 to 499,2020/01/24 09:37:01\n",
        encoding="utf-8",
    )
    assert extract(full, kept) == 1
    assert kept.read_bytes().decode().splitlines(keepends=True)[1:] == [
        '1,A,"65120,\n',
        '78300",-2.30,0.00,250 to 499,2020/01/24 09:37:01\r\n',
    ]
