"""No table of the oracles lies here unread."""

from pathlib import Path

import pytest

from oracles.survey_oracle import FOLDER

TESTS = Path(__file__).resolve().parents[1]
READERS = "\n".join(path.read_text("utf-8") for path in TESTS.glob("*/*.py") if path != Path(__file__).resolve())


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.csv")))
def test_a_table_of_the_oracle_is_read_by_a_test(name):
    spelled = {"expected_weights_apiclus1.csv": "expected_weights_{sample}.csv"}.get(name, name)
    assert spelled in READERS
