"""Every built-in expectation with arguments that plant some broken rows, and the data that they run on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

# A quarter, a half and three quarters of one less than this are whole, so that every definition of a quantile agrees.
ROWS = 401
KEY = "row_id"


def planted_rows() -> dict[str, list[Any]]:
    """Give columns with planted faults: blanks, repeats, values out of range, texts of another form."""
    numbers = range(ROWS)
    return {
        KEY: [f"r{n:03}" for n in numbers],
        "amount": [None if n % 37 == 0 else float((n * 7919) % 1000) for n in numbers],
        "other": [
            None if n % 41 == 0 else float((n * 7919) % 1000 + (n % 13 == 0) * 50 - (n % 17 == 0) * 50) for n in numbers
        ],
        "third": [float((n * 31) % 100) for n in numbers],
        "count": [n % 50 for n in numbers],
        "unique_count": [n if n % 100 else 0 for n in numbers],
        "rising": list(numbers),
        "code": [None if n % 53 == 0 else ["none", "some", "many", "few"][(n % 19 == 0) + n % 3] for n in numbers],
        "copy": [
            None if n % 53 == 0 else ["none", "some", "many", "few"][(n % 19 == 0) * (n % 2) + n % 3] for n in numbers
        ],
        "text": [None if n % 59 == 0 else f"AB{n:04}" if n % 23 else f"free {n}" for n in numbers],
        "json": ['{"a": 1}' if n % 29 else "{" for n in numbers],
        "day_text": [(date(2025, 1, 1) + timedelta(days=n)).isoformat() if n % 31 else "some day" for n in numbers],
        "skewed": [1_000_000.0 if n % 97 == 0 else float(n % 10) for n in numbers],
    }


IGNORE = {"ignore_row_if": "either_value_is_missing"}
ANY_MISSING = {"ignore_row_if": "any_value_is_missing"}
RANGE = {"min_value": 0, "max_value": 400}
COLUMN_LIST = list(planted_rows())
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "not_null": ("expect_column_values_to_not_be_null", {"column": "amount"}),
    "null": ("expect_column_values_to_be_null", {"column": "amount"}),
    "between": ("expect_column_values_to_be_between", {"column": "amount", "min_value": 10, "max_value": 900}),
    "between_strict": (
        "expect_column_values_to_be_between",
        {"column": "count", "min_value": 1, "max_value": 48, "strict_min": True, "strict_max": True},
    ),
    "between_mostly": (
        "expect_column_values_to_be_between",
        {"column": "amount", "min_value": 10, "max_value": 900, "mostly": 0.8},
    ),
    "in_set": ("expect_column_values_to_be_in_set", {"column": "code", "value_set": ["none", "some", "many"]}),
    "not_in_set": ("expect_column_values_to_not_be_in_set", {"column": "code", "value_set": ["few"]}),
    "unique": ("expect_column_values_to_be_unique", {"column": "unique_count"}),
    "regex": ("expect_column_values_to_match_regex", {"column": "text", "regex": "^AB[0-9]{4}$"}),
    "regex_part": ("expect_column_values_to_match_regex", {"column": "text", "regex": "B00"}),
    "not_regex": ("expect_column_values_to_not_match_regex", {"column": "text", "regex": "free"}),
    "regex_list": (
        "expect_column_values_to_match_regex_list",
        {"column": "text", "regex_list": ["^AB0", "^AB1"], "match_on": "any"},
    ),
    "not_regex_list": (
        "expect_column_values_to_not_match_regex_list",
        {"column": "text", "regex_list": ["free", "9$"]},
    ),
    "like": ("expect_column_values_to_match_like_pattern", {"column": "text", "like_pattern": "AB%"}),
    "not_like": ("expect_column_values_to_not_match_like_pattern", {"column": "text", "like_pattern": "free%"}),
    "like_list": (
        "expect_column_values_to_match_like_pattern_list",
        {"column": "text", "like_pattern_list": ["AB0%", "AB1%"], "match_on": "any"},
    ),
    "not_like_list": (
        "expect_column_values_to_not_match_like_pattern_list",
        {"column": "text", "like_pattern_list": ["free%", "%9"]},
    ),
    "lengths_between": (
        "expect_column_value_lengths_to_be_between",
        {"column": "text", "min_value": 6, "max_value": 6},
    ),
    "lengths_equal": ("expect_column_value_lengths_to_equal", {"column": "text", "value": 6}),
    "z_scores": (
        "expect_column_value_z_scores_to_be_less_than",
        {"column": "skewed", "threshold": 3, "double_sided": True},
    ),
    "outliers_std": ("expect_column_values_to_not_be_outliers", {"column": "skewed", "method": "std", "multiplier": 3}),
    "outliers_iqr": (
        "expect_column_values_to_not_be_outliers",
        {"column": "skewed", "method": "iqr", "multiplier": 1.5},
    ),
    "increasing": ("expect_column_values_to_be_increasing", {"column": "rising"}),
    "decreasing": ("expect_column_values_to_be_decreasing", {"column": "rising"}),
    "dateutil": ("expect_column_values_to_be_dateutil_parseable", {"column": "day_text"}),
    "json_parseable": ("expect_column_values_to_be_json_parseable", {"column": "json"}),
    "json_schema": ("expect_column_values_to_match_json_schema", {"column": "json", "json_schema": {"type": "object"}}),
    "strftime": (
        "expect_column_values_to_match_strftime_format",
        {"column": "day_text", "strftime_format": "%Y-%m-%d"},
    ),
    "of_type": ("expect_column_values_to_be_of_type", {"column": "count", "type_": "BIGINT"}),
    "in_type_list": (
        "expect_column_values_to_be_in_type_list",
        {"column": "count", "type_list": ["BIGINT", "INTEGER"]},
    ),
    "type": ("expect_column_type_to_be", {"column": "count", "type_": "BIGINT"}),
    "pair_greater": (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "amount", "column_B": "other", "or_equal": True, **IGNORE},
    ),
    "pair_equal": ("expect_column_pair_values_to_be_equal", {"column_A": "amount", "column_B": "other", **IGNORE}),
    "pair_in_set": (
        "expect_column_pair_values_to_be_in_set",
        {
            "column_A": "code",
            "column_B": "copy",
            "value_pairs_set": [("none", "none"), ("some", "some"), ("many", "many"), ("few", "few")],
            **IGNORE,
        },
    ),
    "sum_equal": (
        "expect_multicolumn_sum_to_equal",
        {"column_list": ["count", "third"], "sum_total": 100, **ANY_MISSING},
    ),
    "columns_equal": (
        "expect_multicolumn_values_to_be_equal",
        {"column_list": ["amount", "other"], **ANY_MISSING},
    ),
    "compound_unique": (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["count", "unique_count"], **ANY_MISSING},
    ),
    "unique_within_record": (
        "expect_select_column_values_to_be_unique_within_record",
        {"column_list": ["amount", "other", "third"], **ANY_MISSING},
    ),
    "max": ("expect_column_max_to_be_between", {"column": "amount", "min_value": 990, "max_value": 1000}),
    "min": ("expect_column_min_to_be_between", {"column": "amount", "min_value": 0, "max_value": 1}),
    "mean": ("expect_column_mean_to_be_between", {"column": "amount", **RANGE}),
    "median": ("expect_column_median_to_be_between", {"column": "amount", **RANGE}),
    "sum": ("expect_column_sum_to_be_between", {"column": "amount", **RANGE}),
    "stdev": ("expect_column_stdev_to_be_between", {"column": "amount", **RANGE}),
    "quantiles": (
        "expect_column_quantile_values_to_be_between",
        {
            "column": "rising",
            "quantile_ranges": {"quantiles": [0.25, 0.5, 0.75], "value_ranges": [[90, 110], [190, 210], [310, 320]]},
        },
    ),
    "kl_divergence": (
        "expect_column_kl_divergence_to_be_less_than",
        {
            "column": "code",
            "partition_object": {"values": ["none", "some", "many", "few"], "weights": [0.3, 0.3, 0.3, 0.1]},
            "threshold": 0.5,
        },
    ),
    "most_common": ("expect_column_most_common_value_to_be_in_set", {"column": "code", "value_set": ["some"]}),
    "distinct_in_set": (
        "expect_column_distinct_values_to_be_in_set",
        {"column": "code", "value_set": ["none", "some", "many"]},
    ),
    "distinct_contain": (
        "expect_column_distinct_values_to_contain_set",
        {"column": "code", "value_set": ["none", "some"]},
    ),
    "distinct_equal": (
        "expect_column_distinct_values_to_equal_set",
        {"column": "code", "value_set": ["none", "some", "many", "few"]},
    ),
    "unique_count": (
        "expect_column_unique_value_count_to_be_between",
        {"column": "code", "min_value": 1, "max_value": 3},
    ),
    "unique_share": (
        "expect_column_proportion_of_unique_values_to_be_between",
        {"column": "count", "min_value": 0.1, "max_value": 0.2},
    ),
    "non_null_share": (
        "expect_column_proportion_of_non_null_values_to_be_between",
        {"column": "amount", "min_value": 0.99, "max_value": 1},
    ),
    "exists": ("expect_column_to_exist", {"column": "amount", "column_index": 1}),
    "column_count": ("expect_table_column_count_to_equal", {"value": len(COLUMN_LIST)}),
    "column_count_between": ("expect_table_column_count_to_be_between", {"min_value": 1, "max_value": 5}),
    "ordered_columns": ("expect_table_columns_to_match_ordered_list", {"column_list": COLUMN_LIST}),
    "column_set": ("expect_table_columns_to_match_set", {"column_set": COLUMN_LIST[::-1]}),
    "row_count": ("expect_table_row_count_to_equal", {"value": ROWS - 1}),
    "row_count_between": ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": ROWS}),
}

# Where pandas has no such expectation or names its types differently: what says the same there.
ON_PANDAS: dict[str, tuple[str, dict[str, Any]]] = {
    "like": ("expect_column_values_to_match_regex", {"column": "text", "regex": "^AB"}),
    "not_like": ("expect_column_values_to_not_match_regex", {"column": "text", "regex": "^free"}),
    "like_list": (
        "expect_column_values_to_match_regex_list",
        {"column": "text", "regex_list": ["^AB0", "^AB1"], "match_on": "any"},
    ),
    "not_like_list": (
        "expect_column_values_to_not_match_regex_list",
        {"column": "text", "regex_list": ["^free", "9$"]},
    ),
    "of_type": ("expect_column_values_to_be_of_type", {"column": "count", "type_": "int64"}),
    "in_type_list": ("expect_column_values_to_be_in_type_list", {"column": "count", "type_list": ["int64", "int32"]}),
    "type": ("expect_column_type_to_be", {"column": "count", "type_": "int64"}),
}
NAMES_ITS_OWN_TYPES = {"of_type", "in_type_list", "type"}
# What cannot work on DuckDB, and why; docs/reference/expectations.md lists the same.
NO_SQL = "Great Expectations has it for pandas alone (no provider for any SQL engine)"
IMPOSSIBLE = {
    "increasing": NO_SQL,
    "decreasing": NO_SQL,
    "dateutil": NO_SQL,
    "json_parseable": NO_SQL,
    "json_schema": NO_SQL,
    "strftime": NO_SQL,
    "outliers_iqr": "Great Expectations computes quartiles for outliers on named SQL dialects only; method std works",
}
WITHOUT_KEYS = {"compound_unique": "Great Expectations counts the rows on SQL, but does not say which they are"}
