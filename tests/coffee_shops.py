"""A small programme of coffee shops, made up, as files that a test may change."""

from __future__ import annotations

from pathlib import Path

from benchmarking.catalog import Programme, load_programme

FILES = {
    "programme.yaml": """
name: coffee_shops
title: Coffee shops
currency: CHF
is_made_up: true
notice: Made up for a test.
years: [2026]
surveys: [shop]
peer_groups: [town]
peer_labels: {town: {title: Town, values: {big: Big town, small: Small town}}}
headlines:
  - {measure: training_per_barista, statistic: p50, peer_group: all, text: "Half spend {value} or less"}
""",
    "expectations/shop.yaml": """
survey: shop
title: Shop
form_version: "2026.1"
role: answers
questions:
  - {name: shop_id, wording: Number, type: text, required: true, role: agency}
  - {name: survey_year, wording: Year, type: count, required: true, role: year}
  - {name: town, wording: Town, type: category, choices: {big: Big, small: Small}}
  - {name: training, wording: Spent on training, type: money}
""",
    "expectations/rules.yaml": "rules: []\n",
    "sql/staging/agency.sql": """/*
title: Shop
grain: one row a shop and year
definition: The shops that answered.
*/
SELECT survey_year, agency_id, agency_id AS holding_id, town FROM staging.shop
""",
    "sql/measures/training_per_barista.sql": """/*
title: Training per barista
kind: ratio
unit: CHF per barista
rounds_to: 10
format: money
better: neutral
definition: Spent on training by barista.
*/
SELECT survey_year, agency_id, training AS numerator, 1 AS denominator FROM staging.shop
""",
}
MEASURE, PROGRAMME = "sql/measures/training_per_barista.sql", "programme.yaml"
SURVEY, RULES, STAGING = "expectations/shop.yaml", "expectations/rules.yaml", "sql/staging/agency.sql"


def written(folder: Path, file: str = "", old: str = "", new: str = "") -> Programme:
    """Write the programme with one text replaced, and read it."""
    for name, text in FILES.items():
        assert name != file or old in text
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new) if name == file else text, encoding="utf-8")
    return load_programme(folder)
