"""What intake costs: one-agency workbooks beside plain openpyxl, and a big CSV batch beside DuckDB's bare read_csv.

    python perf/intake.py                      2,000 workbooks, 1,000,000 rows
    python perf/intake.py --workbooks 10000    the full size

Each piece runs in a process of its own, one after the other, in the same run. Ours does more than the peer: every
cell is typed by its question and its verdict found. The CSV is timed twice: up to typed answers and their faults
(what read_csv's columns are the like of), and whole, with every answer a row of a Delta table and every row answered.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perf._bench import Cost, measure, own_peak_megabytes, ratio, table

HERE = Path(__file__).resolve()
SEASON = HERE.parents[1] / "tests" / "intake" / "season"
TYPES = {
    "agency_id": "VARCHAR",
    "survey_year": "BIGINT",
    "budget_gbp": "DECIMAL(18, 2)",
    "people_count": "BIGINT",
    "rating_number": "DECIMAL(18, 6)",
    "decider": "VARCHAR",
    "has_plan": "VARCHAR",
    "founded_date": "DATE",
}
CSV_AIM, WORKBOOKS_A_SECOND = 3.0, 100
LIMITS = {"BENCHMARKING_LIMIT_FILE_BYTES": str(1024**3), "BENCHMARKING_LIMIT_ROWS": "20000000"}


def main() -> None:
    """Make the files, run every piece, and print the table and the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--whole-rows", type=int, default=200_000, help="rows of the CSV that is collected whole")
    parser.add_argument("--piece", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.piece:
        PIECES[options.piece[0]](Path(options.piece[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), options)


def _run(folder: Path, options: argparse.Namespace) -> None:
    make_workbooks(folder, options.workbooks)
    make_csv(folder / "big.csv", options.rows)
    make_csv(folder / "whole.csv", options.whole_rows)
    rows, costs = [], {}
    for name, what, count in (
        ("openpyxl", "plain openpyxl, one process", options.workbooks),
        ("collect_workbooks", "collect: workbooks to tables and receipts", options.workbooks),
        ("read_csv", "DuckDB read_csv, all text", options.rows),
        ("read_csv_typed", "DuckDB read_csv, declared types", options.rows),
        ("type_csv", "ours: read, typed and judged cell by cell", options.rows),
        ("collect_csv", "collect: CSV to tables and receipt", options.whole_rows),
    ):
        cost = measure(HERE, "--piece", name, str(folder))
        costs[name] = cost
        seconds = float(cost.printed["seconds"])
        rows.append((what, count, seconds, count / seconds, cost.cpu_seconds, _peak(cost)))
    table(("piece", "files or rows", "seconds", "a second", "processor seconds", "peak MB"), rows)
    print(f"workbooks a second: {rows[1][3]:,.0f}, aim {WORKBOOKS_A_SECOND}")
    ratio(
        "intake_csv", float(costs["type_csv"].printed["seconds"]), float(costs["read_csv"].printed["seconds"]), CSV_AIM
    )


def _peak(cost: Cost) -> float:
    return float(cost.printed["peak_megabytes"])


def make_workbooks(folder: Path, count: int) -> None:
    """Fill a drop folder with forms of one agency each, from one made by hand and changed in its XML."""
    import zipfile
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Answers"
    answers = {
        "budget_gbp": 1200.5,
        "people_count": 12,
        "rating_number": 3.5,
        "decider": "We decide",
        "has_plan": "yes",
    }
    book.active.append(["Question", "Answer", "Unit", "Help", "name"])
    for name, value in answers.items():
        book.active.append([f"Please say: {name}", value, "", "As on the form", name])
    form = book.create_sheet("_form")
    form.sheet_state = "veryHidden"
    stamp = {
        "programme": "season",
        "survey": "answers",
        "form_version": "2026.1",
        "agency_id": "AGENCY",
        "survey_year": "2026",
    }
    for pair in stamp.items():
        form.append(pair)
    stream = BytesIO()
    book.save(stream)
    inbox = folder / "books" / "inbox" / "season" / "answers"
    inbox.mkdir(parents=True)
    for number in range(count):
        target = BytesIO()
        with zipfile.ZipFile(stream) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            for entry in source.infolist():
                made.writestr(entry.filename, source.read(entry).replace(b"AGENCY", f"W{number:06d}".encode()))
        (inbox / f"w{number:06d}.xlsx").write_bytes(target.getvalue())


def make_csv(path: Path, rows: int) -> None:
    """Write a batch of one row an agency, eight columns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(TYPES) + "\n")
        for n in range(rows):
            file.write(f"C{n:07d},2026,{n % 9000}.50,{n % 90},{n % 10}.5,we,yes,20{n % 20:02d}-0{1 + n % 9}-1{n % 9}\n")


def _timed(work, **more: object) -> None:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_megabytes": own_peak_megabytes(), **more}))


def read_with_openpyxl(folder: Path) -> None:
    """Read every cell of every workbook."""
    from openpyxl import load_workbook

    def work() -> None:
        for path in sorted((folder / "books" / "inbox" / "season" / "answers").iterdir()):
            for sheet in load_workbook(path, read_only=True, data_only=True).worksheets:
                for _ in sheet.iter_rows(values_only=True):
                    pass

    _timed(work)


def collect_workbooks(folder: Path) -> None:
    """Collect the workbooks into a warehouse."""
    _collect(folder / "books")


def collect_csv(folder: Path) -> None:
    """Collect the smaller CSV into a warehouse."""
    inbox = folder / "batch" / "inbox" / "season" / "answers"
    inbox.mkdir(parents=True)
    shutil.copy(folder / "whole.csv", inbox / "whole.csv")
    _collect(folder / "batch")


def _collect(data: Path) -> None:
    from benchmarking.catalog import load_programme
    from benchmarking.collect import collect
    from benchmarking.settings import load_settings
    from benchmarking.warehouse import Warehouse

    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data), **LIMITS}), load_programme(SEASON))

    def work() -> None:
        summary = collect(warehouse)
        if summary.received != summary.accepted or not summary.received:
            raise SystemExit(f"not all were accepted: {summary}")

    _timed(work)


def read_csv(folder: Path) -> None:
    """Read the big CSV as DuckDB does it when everything is known and nothing is typed."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in TYPES)
    _read_csv(folder, f"columns = {{{columns}}}")


def read_csv_typed(folder: Path) -> None:
    """Read the big CSV as DuckDB does it with declared types."""
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    _read_csv(folder, f"columns = {{{columns}}}")


def _read_csv(folder: Path, how: str) -> None:
    import duckdb

    connection = duckdb.connect()
    text = f"read_csv('{folder / 'big.csv'}', delim = ',', quote = '\"', header = true, auto_detect = false, {how})"
    _timed(lambda: connection.execute(f"CREATE TABLE big AS SELECT * FROM {text}"))


def type_csv(folder: Path) -> None:
    """Read, match, type and judge the big CSV up to rows of answers, chunk by chunk, without writing them."""
    from datetime import UTC, datetime

    import duckdb

    from benchmarking.catalog import load_programme
    from benchmarking.collect.assemble import assemble
    from benchmarking.collect.batch import Arrived, Batch
    from benchmarking.collect.headers import Headers
    from benchmarking.collect.readers.delimited import read_delimited
    from benchmarking.settings import Limits

    programme = load_programme(SEASON)
    survey = programme.survey("answers")

    def work() -> None:
        content = (folder / "big.csv").read_bytes()
        reading = read_delimited(content, Limits(rows=20_000_000))
        assembled = assemble(reading, Headers(survey), programme, "")
        arrived = Arrived(1, "0" * 64, "big.csv", "inbox", survey, datetime(2026, 1, 1, tzinfo=UTC), assembled)
        batch = Batch(duckdb.connect(), programme, [arrived])
        batch.load()
        batch.prepare()
        answers = sum(rows.num_rows for rows, _ in batch.answers())
        if answers != 8 * reading.grids[0].rows.num_rows:
            raise SystemExit(f"{answers} answers")

    _timed(work)


PIECES = {
    "openpyxl": read_with_openpyxl,
    "collect_workbooks": collect_workbooks,
    "read_csv": read_csv,
    "read_csv_typed": read_csv_typed,
    "type_csv": type_csv,
    "collect_csv": collect_csv,
}

if __name__ == "__main__":
    main()
