"""Every table that the package itself defines: columns, types, keys and grain.

A programme adds tables of its own (its surveys' wide answers, its staging SELECTs); their columns come from the
programme's definitions. Times are UTC. Money is BIGINT minor units.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

TEXT, WHOLE, REAL, YES_NO, DAY = pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32()
MOMENT = pa.timestamp("us", tz="UTC")
NUMBER = pa.decimal128(18, 6)
WEIGHT = pa.decimal128(18, 9)


@dataclass(frozen=True)
class Table:
    """One table: `grain` in words, `keys` that order and identify its rows, and its columns."""

    name: str
    grain: str
    keys: tuple[str, ...]
    columns: dict[str, pa.DataType]

    @property
    def schema(self) -> pa.Schema:
        """Give the columns as an Arrow schema, all nullable as Delta writes them."""
        return pa.schema(list(self.columns.items()))


def _of(kind: pa.DataType, names: str) -> dict[str, pa.DataType]:
    return {name: kind for name in names.split()}


CELL_KEYS = ("survey_year", "measure", "category", "peer_group", "peer_value", "statistic")
CELL_KEY_COLUMNS = {
    "survey_year": WHOLE,
    "measure": TEXT,
    "category": TEXT,
    "peer_group": TEXT,
    "peer_value": TEXT,
    "statistic": TEXT,
}
DISPLAYED = {"display": TEXT, "lower_display": TEXT, "upper_display": TEXT, "status": TEXT}
COUNTS = {f"{name}_count": WHOLE for name in ("received", "accepted", "parked", "rejected", "duplicate")}

_ALL = (
    Table(
        "raw.file",
        "one row a file (or page of a source) received, by content",
        ("file_sha256", "source", "survey", "file_name"),
        {
            **_of(TEXT, "file_sha256 source survey file_name"),
            "byte_count": WHOLE,
            "received_at": MOMENT,
            "verdict": TEXT,
            "reason": TEXT,
            **COUNTS,
        },
    ),
    Table(
        "raw.submission",
        "one row a submission received; appended, never changed",
        ("submission_id",),
        {
            "submission_id": TEXT,
            "survey": TEXT,
            "survey_year": WHOLE,
            **_of(TEXT, "agency_id source record_id"),
            "version": WHOLE,
            **_of(TEXT, "file_sha256 locator form_version"),
            "received_at": MOMENT,
            "submitted_at": MOMENT,
            **_of(TEXT, "submitted_at_text assumed_zone verdict rule_id reason content_sha256"),
            "is_deleted": YES_NO,
        },
    ),
    Table(
        "raw.answer",
        "one row a submission, roster row (0 is the submission itself) and question",
        ("submission_id", "roster_row", "question"),
        {
            "submission_id": TEXT,
            "survey": TEXT,
            "survey_year": WHOLE,
            "agency_id": TEXT,
            "roster_row": WHOLE,
            **_of(TEXT, "question column_name locator raw_text state value_text"),
            "value_number": NUMBER,
            "value_minor": WHOLE,
            "value_date": DAY,
        },
    ),
    Table(
        "raw.correction",
        "one row a correction or confirmation sent back by an agency",
        ("correction_id",),
        {
            "correction_id": TEXT,
            "survey": TEXT,
            "survey_year": WHOLE,
            "agency_id": TEXT,
            "roster_row": WHOLE,
            **_of(TEXT, "question rules old_text new_text who why"),
            "corrected_at": MOMENT,
            "kind": TEXT,
        },
    ),
    Table(
        "staging.verdict",
        "one row a submission received: its verdict after validation",
        ("survey_year", "survey", "submission_id"),
        {
            "submission_id": TEXT,
            "survey": TEXT,
            "survey_year": WHOLE,
            **_of(TEXT, "agency_id source file_sha256 verdict reason"),
            "is_current": YES_NO,
        },
    ),
    Table(
        "staging.parked",
        "one row a submission, roster row and broken rule",
        ("survey_year", "survey", "submission_id", "roster_row", "rule_id"),
        {
            "submission_id": TEXT,
            "survey": TEXT,
            "survey_year": WHOLE,
            "agency_id": TEXT,
            "roster_row": WHOLE,
            **_of(TEXT, "rule_id severity fields values_seen message"),
        },
    ),
    Table(
        "benchmark.contribution",
        "one row a measure, year and agency: its part of the figure",
        ("survey_year", "measure", "agency_id", "category"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure agency_id holding_id category"),
            "numerator": REAL,
            "denominator": REAL,
            "people": WHOLE,
            "weight": WEIGHT,
        },
    ),
    Table(
        "benchmark.spell",
        "one row a measure, year and person's spell, in months",
        ("survey_year", "measure", "agency_id", "row_number"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure agency_id holding_id"),
            "row_number": WHOLE,
            "entry_months": REAL,
            "exit_months": REAL,
            "has_ended": YES_NO,
            "seniority": TEXT,
            "weight": WEIGHT,
        },
    ),
    Table(
        "benchmark.estimate",
        "one row a figure before protection",
        CELL_KEYS,
        {
            **CELL_KEY_COLUMNS,
            **_of(REAL, "value lower upper standard_error"),
            **_of(WHOLE, "contributors holdings people"),
            **_of(REAL, "effective_n largest_share p_percent_excess"),
            "method": TEXT,
        },
    ),
    Table(
        "benchmark.change",
        "one row a figure's change from last year, by basis (matched panel or all)",
        (*CELL_KEYS, "basis"),
        {
            **CELL_KEY_COLUMNS,
            "basis": TEXT,
            **_of(REAL, "value lower upper p_value p_adjusted"),
            "contributors": WHOLE,
        },
    ),
    Table(
        "benchmark.curve",
        "one row a survival measure, peer group value and month",
        ("survey_year", "measure", "peer_group", "peer_value", "month"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure peer_group peer_value"),
            "month": WHOLE,
            **_of(REAL, "share lower upper"),
            "people_at_risk": WHOLE,
            "holdings_at_risk": WHOLE,
        },
    ),
    Table(
        "benchmark.association",
        "one row a pair of measures and test",
        ("survey_year", "measure", "by_measure", "kind", "peer_group"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure by_measure kind peer_group"),
            **_of(REAL, "value lower upper p_value"),
            "contributors": WHOLE,
        },
    ),
    Table(
        "published.cell",
        "one row a published figure, hidden ones included",
        CELL_KEYS,
        {
            "programme": TEXT,
            **CELL_KEY_COLUMNS,
            "value": REAL,
            **_of(TEXT, "display unit status"),
            "contributors": WHOLE,
            "people": WHOLE,
            "lower": REAL,
            "upper": REAL,
            "lower_display": TEXT,
            "upper_display": TEXT,
        },
    ),
    Table(
        "published.change",
        "one row a published change from last year, by basis",
        (*CELL_KEYS, "basis"),
        {
            **CELL_KEY_COLUMNS,
            "basis": TEXT,
            **_of(REAL, "value lower upper"),
            "is_significant": YES_NO,
            "contributors": WHOLE,
            **DISPLAYED,
        },
    ),
    Table(
        "published.curve",
        "one row a published survival curve's month",
        ("survey_year", "measure", "peer_group", "peer_value", "month"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure peer_group peer_value"),
            "month": WHOLE,
            **_of(REAL, "share lower upper"),
            **DISPLAYED,
        },
    ),
    Table(
        "published.association",
        "one row a published pair of measures and test",
        ("survey_year", "measure", "by_measure", "kind", "peer_group"),
        {
            "survey_year": WHOLE,
            **_of(TEXT, "measure by_measure kind peer_group"),
            **_of(REAL, "value lower upper p_value"),
            "contributors": WHOLE,
            "sentence": TEXT,
            **DISPLAYED,
        },
    ),
    Table(
        "published.headline",
        "one row a quotable sentence of a year",
        ("survey_year", "position"),
        {
            "survey_year": WHOLE,
            "position": WHOLE,
            **_of(TEXT, "measure category statistic peer_group peer_value sentence detail change display status"),
        },
    ),
    Table(
        "published.decision",
        "one row a figure and why it is hidden or shown; internal, never released",
        CELL_KEYS,
        {**CELL_KEY_COLUMNS, "status": TEXT, "reason": TEXT, "detail": TEXT},
    ),
    Table(
        "ledger.cell",
        "one row a figure of one release, shown or hidden, with the contributors' row it came from",
        ("release", *CELL_KEYS, "basis"),
        {
            "release": TEXT,
            **CELL_KEY_COLUMNS,
            **_of(TEXT, "basis family row_id reason"),
            "value": REAL,
            **_of(TEXT, "display unit status"),
            "contributors": WHOLE,
            "people": WHOLE,
            "lower": REAL,
            "upper": REAL,
            "lower_display": TEXT,
            "upper_display": TEXT,
        },
    ),
    Table(
        "ledger.participation",
        "one row a contributors' row and entry: who stood behind a released figure, with which weight and answer",
        ("row_id", "entry"),
        {
            "row_id": TEXT,
            "entry": WHOLE,
            "agency_id": TEXT,
            "holding_id": TEXT,
            **_of(REAL, "weight figure denominator"),
            "category": TEXT,
            "people": REAL,
        },
    ),
    Table(
        "ledger.release",
        "one row a release: the parameters it was protected by and what its audit found",
        ("release",),
        {"release": TEXT, "survey_year": WHOLE, "recorded_at": MOMENT, "parameters": TEXT, "audit": TEXT},
    ),
    Table(
        "ledger.report",
        "one row a release and agency that was given a private report: where it lies and its files' checksums",
        ("release", "agency_id", "page_sha256"),
        {
            **_of(TEXT, "release agency_id holding_id folder page_sha256 pages_sha256"),
            "figures": WHOLE,
            "recorded_at": MOMENT,
        },
    ),
    Table(
        "ledger.report_figure",
        "one row a private report and figure of others that it shows; a curve is one row, with no text",
        ("release", "agency_id", *CELL_KEYS),
        {"release": TEXT, "agency_id": TEXT, **CELL_KEY_COLUMNS, "display": TEXT},
    ),
)
TABLES: dict[str, Table] = {table.name: table for table in _ALL}
SCHEMAS = ("reference", "raw", "staging", "benchmark", "published", "ledger")


def empty(name: str) -> pa.Table:
    """Give the declared table with no rows.

    Raises:
        KeyError: the package declares no such table.
    """
    return TABLES[name].schema.empty_table()
