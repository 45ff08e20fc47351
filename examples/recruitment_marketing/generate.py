"""Make a season of made-up survey files: `python generate.py --out data/inbox/recruitment_marketing`.

The same seed gives the same bytes. `--definitions` writes `truth.yaml` and `faults.yaml` beside this file instead.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Sequence
from datetime import UTC, date
from pathlib import Path
from typing import Any

import yaml

from made_up.deliveries import Season, make_season
from made_up.histories import Industry
from made_up.parameters import Parameters
from made_up.population import make_frame
from made_up.truth import truths
from made_up.writers import Form

HERE = Path(__file__).resolve().parent
PROGRAMME = HERE.parents[1]
SEED = 2359
RESPONDENTS = 160
YEARS = (2024, 2025, 2026)
NOTES = {
    "truth.yaml": "What is planted, by formula from made_up/parameters.py. Written by generate.py --definitions.",
    "faults.yaml": "What is wrong on purpose in the files of the default seed. Written by generate.py --definitions.",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or the two definitions; print how many."""
    options = _parser().parse_args(arguments)
    years = tuple(sorted(options.years))
    if options.definitions:
        for name, text in definitions().items():
            (HERE / name).write_text(text, encoding="utf-8")
            print(f"wrote {HERE / name}")
        return 0
    season = generate(options.seed, options.agencies, years)
    for file in season.files:
        path = options.out / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        moment = file.sent_at.replace(tzinfo=UTC).timestamp()
        # A drop folder shows when a file came by its time: the correction must look later than what it corrects.
        os.utime(path, (moment, moment))
    print(f"{len(season.files)} made-up files, {len(season.faults)} of their faults on purpose, in {options.out}")
    return 0


def generate(seed: int = SEED, respondents: int = RESPONDENTS, years: tuple[int, ...] = YEARS) -> Season:
    """Give a season's files and the faults in them."""
    parameters = Parameters()
    frame = make_frame(seed, respondents, parameters)
    industry = Industry(seed, years, parameters, exchange_rates())
    return make_season(industry, frame, years, respondents, {name: form(name) for name in ("budget", "attrition")})


def definitions() -> dict[str, str]:
    """Give the text of `truth.yaml` and `faults.yaml`, by name."""
    content = {"truth.yaml": truths(Parameters(), YEARS), "faults.yaml": {"faults": list(generate().faults)}}
    return {
        name: f"# {NOTES[name]}\n" + yaml.safe_dump(entry, sort_keys=False, allow_unicode=True, width=120)
        for name, entry in content.items()
    }


def form(survey: str) -> Form:
    """Read a questionnaire as the programme defines it."""
    entry: dict[str, Any] = yaml.safe_load((PROGRAMME / "expectations" / f"{survey}.yaml").read_text(encoding="utf-8"))
    roster = entry.get("roster") or {"name": "", "questions": []}
    return Form(survey, entry["form_version"], tuple(entry["questions"]), roster["name"], tuple(roster["questions"]))


def exchange_rates() -> dict[tuple[date, str], float]:
    """Give pounds for one unit by (first day of the month, currency), from the programme's own input table."""
    with (PROGRAMME / "reference" / "exchange_rate.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {(date.fromisoformat(row["month_date"]), row["currency_code"]): float(row["gbp_for_one"]) for row in rows}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("BENCHMARKING_DATA") or PROGRAMME / "data") / "inbox" / "recruitment_marketing"
    parser.add_argument("--out", type=Path, default=default, help="inbox folder (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--agencies", type=int, default=RESPONDENTS, help="how many answer (default: %(default)s)")
    parser.add_argument("--years", type=int, nargs="+", default=list(YEARS))
    parser.add_argument("--definitions", action="store_true", help="write truth.yaml and faults.yaml instead")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
