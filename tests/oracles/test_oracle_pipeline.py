"""The oracle's data through a programme: staging, measure SQL, weights, the whole aggregate step, its tables."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarking.aggregate.unweighted import write_unweighted
from oracles.oracle_programme import estimates, people, schools
from oracles.survey_oracle import column, rows

MARGINS = {"srs_nofpc": "", "srs": "everyone", "srs_ps": "stype", "srs_raked": "stype, sch_wide"}
LINEARISED = {
    (row["case"], row["design"], row["stat"], row["variable"], row["by"]): float(row["value"])
    for row in rows("expected_linearised.csv")
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    made = {}

    def build(design):
        if design not in made:
            made[design] = schools(tmp_path_factory.mktemp(design), MARGINS[design])
        return made[design]

    return build


@pytest.fixture(scope="module")
def tenure(tmp_path_factory):
    return people(tmp_path_factory.mktemp("tenure"))


def value(design, case, stat, variable, by=""):
    return pytest.approx(LINEARISED[case, design, stat, variable, by], rel=1e-8)


@pytest.mark.parametrize("design", MARGINS)
class TestSchools:
    def test_the_mean_and_its_interval_equal_those_of_r(self, built, design):
        for measure, variable in (("api", "api00"), ("enroll", "enroll")):
            row = estimates(built(design), 2000)[measure, "", "pooled", "all", "all"]
            assert row["value"] == value(design, "mean", "estimate", variable)
            assert row["standard_error"] == value(design, "mean", "se", variable)
            limits = (LINEARISED["mean", design, f"ci_{end}_t", variable, ""] for end in ("lo", "hi"))
            assert (row["lower"], row["upper"]) == pytest.approx(tuple(limits), rel=1e-8)

    def test_the_ratio_equals_that_of_r(self, built, design):
        row = estimates(built(design), 2000)["tested_share", "", "pooled", "all", "all"]
        assert row["value"] == value(design, "ratio", "estimate", "api.stu/enroll")
        assert row["standard_error"] == value(design, "ratio", "se", "api.stu/enroll")
        assert row["people"] == int(column("apisrs.csv", "enroll").sum())

    @pytest.mark.parametrize("stype", ["E", "H", "M"])
    def test_the_figures_of_a_peer_group_equal_those_of_r(self, built, design, stype):
        found = estimates(built(design), 2000)
        mean, ratio = (found[name, "", "pooled", "stype", stype] for name in ("api", "tested_share"))
        by = f"stype={stype}"
        assert mean["value"] == value(design, "domain_mean", "estimate", "api00", by)
        assert mean["standard_error"] == value(design, "domain_mean", "se", "api00", by)
        assert ratio["value"] == value(design, "domain_ratio", "estimate", "api.stu/enroll", by)
        assert ratio["standard_error"] == value(design, "domain_ratio", "se", "api.stu/enroll", by)

    def test_the_typical_school_and_its_interval_equal_those_of_r(self, built, design):
        found = estimates(built(design), 2000)
        rule = "hf7" if design == "srs_nofpc" else "math"
        checked = 0
        for row in rows("expected_quantiles.csv"):
            if (row["design"], row["qrule"]) == (design, rule):
                measure = {"api00": "api"}.get(row["variable"], row["variable"])
                ours = found[measure, "", f"p{round(float(row['p']) * 100)}", "all", "all"]
                assert ours["value"] == pytest.approx(float(row["quantile"]), rel=1e-8)
                assert (ours["lower"], ours["upper"]) == pytest.approx(
                    (float(row["ci_lo"]), float(row["ci_hi"])), rel=1e-6
                )
                checked += 1
        assert checked == 15

    def test_the_share_of_a_category_equals_that_of_r(self, built, design):
        row = estimates(built(design), 2000)["sch_wide", "Yes", "share", "all", "all"]
        assert row["value"] == value(design, "prop", "estimate", "sch.wide==Yes")
        assert row["standard_error"] == pytest.approx(
            LINEARISED["prop", design, "se", "sch.wide==Yes", ""], rel=1e-8, abs=1e-9
        )

    def test_the_effective_number_of_schools_equals_kishs_in_r(self, built, design):
        row = estimates(built(design), 2000)["api", "", "pooled", "all", "all"]
        assert row["effective_n"] == value(design, "design", "kish_neff", "")

    def test_weights_add_up_to_the_frame(self, built, design):
        total = (
            built(design)
            .connect()
            .sql("SELECT sum(weight) FROM benchmark.contribution WHERE survey_year = 2000 AND measure = 'api'")
        )
        wanted = 200 if design == "srs_nofpc" else LINEARISED["design", design, "sum_w", "", ""]
        assert float(total.fetchone()[0]) == pytest.approx(wanted, rel=1e-9)


def test_raked_weights_in_the_table_equal_those_of_r(built):
    found = (
        built("srs_raked")
        .connect()
        .sql("SELECT agency_id, weight FROM benchmark.contribution WHERE survey_year = 2000 AND measure = 'api'")
    )
    wanted = {row["cds"]: float(row["w_raked"]) for row in rows("expected_weights_apisrs.csv")}
    ours = {name: float(weight) for name, weight in found.fetchall()}
    assert ours == pytest.approx(wanted, rel=1e-8)


def test_figures_with_and_without_weights_both_equal_those_of_r(built):
    summary = write_unweighted(built("srs_raked"), 2000)
    found = csv.DictReader(Path(summary.file).read_text(encoding="utf-8").splitlines())
    row = next(
        row for row in found if (row["measure"], row["statistic"], row["peer_group"]) == ("api", "pooled", "all")
    )
    for name, design in (("weighted", "srs_raked"), ("unweighted", "srs_nofpc")):
        assert float(row[f"{name}_value"]) == value(design, "mean", "estimate", "api00")
        limits = [LINEARISED["mean", design, f"ci_{end}_t", "api00", ""] for end in ("lo", "hi")]
        assert [float(row[f"{name}_{end}"]) for end in ("lower", "upper")] == pytest.approx(limits, rel=1e-8)
    assert float(row["design_effect"]) == value("srs_raked", "design", "kish_deff", "")
    assert summary.figures == len(estimates(built("srs_raked"), 2000))


CHANGE = """
SELECT value, (upper - lower) / 2, p_value, contributors FROM benchmark.change
WHERE survey_year = 2000 AND measure = 'api' AND statistic = 'pooled' AND basis = $basis AND peer_group = 'all'
"""


def test_change_on_the_matched_panel_equals_that_of_r(built):
    found = built("srs").connect().execute(CHANGE, {"basis": "matched"})
    change, reach, p_value, contributors = found.fetchone()
    key = ("paired_change", "srs")
    assert change == pytest.approx(LINEARISED[*key, "estimate", "api00-api99", ""], rel=1e-9)
    # The half width is t(198) standard errors.
    assert reach / 1.9720174778363 == pytest.approx(LINEARISED[*key, "se", "api00-api99", ""], rel=1e-8)
    assert p_value == pytest.approx(LINEARISED[*key, "p", "api00-api99", ""], rel=1e-6)
    assert contributors == 200


def test_change_on_all_is_that_of_the_panel_where_both_years_hold_the_same_agencies(built):
    change, reach, _, contributors = built("srs").connect().execute(CHANGE, {"basis": "all"}).fetchone()
    key = ("paired_change", "srs")
    assert change == pytest.approx(LINEARISED[*key, "estimate", "api00-api99", ""], rel=1e-9)
    # Without a panel to lose a degree of freedom to, the half width is t(199) standard errors.
    assert reach / stats.t.ppf(0.975, 199) == pytest.approx(LINEARISED[*key, "se", "api00-api99", ""], rel=1e-8)
    assert contributors == 200


@pytest.mark.parametrize(("year", "sample"), [(1, "tenure"), (2, "tenure_left_truncated"), (3, "lung")])
class TestPeople:
    def test_quartiles_of_stay_equal_those_of_r(self, tenure, year, sample):
        found = estimates(tenure, year)
        for row in rows("expected_km_quantiles.csv"):
            if row["sample"] == sample:
                ours = found["stayed", "", f"p{round(float(row['p']) * 100)}", "all", "all"]
                wanted = [None if row[key] in ("", "NA") else float(row[key]) for key in ("quantile", "lo", "hi")]
                assert [ours["value"], ours["lower"], ours["upper"]] == wanted

    def test_the_share_still_there_equals_that_of_r(self, tenure, year, sample):
        found = estimates(tenure, year)
        curve = [row for row in rows("expected_km_curve.csv") if row["sample"] == sample]
        for month in (12, 18, 24, 36):
            past = [row for row in curve if float(row["time"]) <= month]
            ours = found["stayed", "", f"still_there_{month}", "all", "all"]
            last = {"surv": 1.0, "lo": math.nan, "hi": math.nan} if not past else past[-1]
            wanted = [math.nan if last[key] in ("", "NA") else float(last[key]) for key in ("surv", "lo", "hi")]
            given = [math.nan if ours[key] is None else ours[key] for key in ("value", "lower", "upper")]
            assert given == pytest.approx(wanted, rel=1e-9, nan_ok=True)

    def test_the_restricted_mean_equals_that_of_r(self, tenure, year, sample):
        ours = estimates(tenure, year)["stayed", "", "mean_24", "all", "all"]
        wanted = [row for row in rows("expected_km_rmst.csv") if (row["sample"], row["tau"]) == (sample, "24")]
        assert len(wanted) == (0 if sample == "lung" else 1)
        for row in wanted:
            assert (ours["value"], ours["standard_error"]) == pytest.approx(
                (float(row["rmean"]), float(row["se"])), rel=1e-9
            )

    def test_the_curve_that_sql_made_equals_that_of_r(self, tenure, year, sample):
        found = tenure.connect().execute(
            "SELECT month, share, people_at_risk FROM benchmark.curve WHERE survey_year = ? AND peer_group = 'all'",
            [year],
        )
        curve = [row for row in rows("expected_km_curve.csv") if row["sample"] == sample]
        months = np.array([float(row["time"]) for row in curve])
        shares = [1.0, *(float(row["surv"]) for row in curve)]
        ours = found.fetchall()
        assert len(ours) == 61
        for month, share, _ in ours:
            assert share == pytest.approx(shares[int(np.searchsorted(months, month, side="right"))], rel=1e-9)
        risk = {float(row["time"]): float(row["n.risk"]) for row in curve}
        assert [people for month, _, people in ours if month in risk] == [risk[m] for m, _, _ in ours if m in risk]


def test_the_log_rank_test_between_bands_equals_that_of_r(tenure):
    found = tenure.connect().sql(
        "SELECT value, p_value, contributors FROM benchmark.association WHERE kind = 'logrank'"
    )
    (wanted,) = rows("expected_logrank.csv")
    assert found.fetchone() == pytest.approx((float(wanted["chisq"]), float(wanted["p"]), 228), rel=1e-9)
