"""The oracle tables as arrays and designs, shared by the tests of this folder."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np

from benchmarking.aggregate.design import Design, post_stratify, rake
from benchmarking.aggregate.domain import Domain
from benchmarking.aggregate.linearised import Estimate, pool

FOLDER = Path(__file__).resolve().parents[1] / "data" / "oracles" / "survey"
STYPE_TOTALS = np.array([4421.0, 755.0, 1018.0])
WIDE_TOTALS = np.array([1072.0, 5122.0])
DESIGNS = ("srs", "srs_nofpc", "strat", "strat_nofpc", "clus1", "clus1_raked", "clus1_ps", "srs_ps", "srs_raked")


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(name: str, key: str) -> np.ndarray:
    return np.array([float(row[key]) if row[key] else np.nan for row in rows(name)])


def codes(name: str, key: str) -> np.ndarray:
    return np.unique([row[key] for row in rows(name)], return_inverse=True)[1]


def sample_of(design: str) -> str:
    return {"srs": "apisrs.csv", "strat": "apistrat.csv", "clus1": "apiclus1.csv"}[design.split("_")[0]]


@cache
def design(name: str) -> Design:
    """Give one of the oracle's nine designs; the frame's margins are those of its README."""
    sample = sample_of(name)
    base = column(sample, "pw")
    stype, wide = codes(sample, "stype"), codes(sample, "sch.wide")
    weight, margins, start = base, (), None
    if name.endswith("_raked"):
        weight, margins = rake(base, [stype, wide], [STYPE_TOTALS, WIDE_TOTALS]), (stype, wide)
    if name.endswith("_ps"):
        weight, margins, start = post_stratify(base, stype, STYPE_TOTALS), (stype,), base
    return Design(
        weight,
        None if name.endswith("_nofpc") else column(sample, "fpc"),
        stype if name.startswith("strat") else None,
        codes(sample, "dnum") if name.startswith("clus1") else None,
        margins,
        start,
    )


def tolerance(name: str) -> float:
    return 1e-8 if name.endswith("_raked") else 1e-9


def ratio(numerator: np.ndarray, denominator: np.ndarray, plan: Design, inside: np.ndarray | None = None) -> Estimate:
    """Give the ratio of the agencies inside, or of all, from arrays of everybody."""
    domain = Domain.of(plan, inside)
    return pool(numerator[domain.rows], denominator[domain.rows], domain)


def average(values: np.ndarray, plan: Design, inside: np.ndarray | None = None) -> Estimate:
    return ratio(values, np.ones(len(values)), plan, inside)
