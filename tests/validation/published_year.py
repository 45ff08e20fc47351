"""Enter a release of the year before in the ledger: the middle halves that queries may show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa

from benchmarking.tables import TABLES
from benchmarking.warehouse import Warehouse

YEAR, MEASURE, RELEASE = 2026, "development_budget_gbp_per_marketer", "2025.1.0"
AGENCIES = [f"agency-{number:02}" for number in range(14)]
PUBLISHED = {"all": ("310", "1,020"), "medium": ("280", "950")}


def publish_last_year(
    warehouse: Warehouse,
    holdings: Iterable[str] = AGENCIES,
    groups: Iterable[str] = PUBLISHED,
    reason: str = "",
    year: int = YEAR - 1,
    release: str = RELEASE,
) -> None:
    """Enter a release of the development budget's middle halves, with the holdings that stood behind them."""
    cells = [
        {
            "release": release,
            "survey_year": year,
            "measure": MEASURE,
            "category": "",
            "peer_group": "all" if group == "all" else "size_band",
            "peer_value": group,
            "statistic": statistic,
            "basis": "",
            "family": "order",
            "row_id": "r1",
            "reason": reason,
            "display": "" if reason else f"GBP {PUBLISHED[group][place]}",
        }
        for group in groups
        for place, statistic in enumerate(("p25", "p75"))
    ]
    behind = [
        {"row_id": "r1", "entry": n, "agency_id": agency, "holding_id": holding, "weight": 1.0}
        for n, (agency, holding) in enumerate(zip(AGENCIES, holdings, strict=False))
    ]
    made = {"release": release, "survey_year": year, "recorded_at": datetime(2026, 6, 1, tzinfo=UTC)}
    for table, rows in (("cell", cells), ("participation", behind), ("release", [made])):
        schema = TABLES[f"ledger.{table}"].schema
        warehouse.append(f"ledger.{table}", pa.Table.from_pylist(rows, schema))
