"""What intake costs: one-agency workbooks beside plain openpyxl, and a big CSV beside DuckDB's bare read_csv.

    python perf/intake.py                      2,000 workbooks, 1,000,000 rows
    python perf/intake.py --workbooks 10000    the full size
    python perf/intake.py --more 3000000       one more CSV, to see how memory goes on

Each piece runs in a process of its own, one after the other, in the same run. What each side of the CSV does:

    bare read         DuckDB reads every column as text into a table in memory; nothing is looked at or kept
    kept by DuckDB    the same, typed by declared columns and each row hashed, into one Parquet file as wide as the CSV:
                      what raw text beside its value and a hash of each row cost at least, without places or verdicts
    stored by DuckDB  the same, then one row an answer with its text, value and place, streamed into a Delta table: what
                      keeping the answers costs without judging one of them
    ours              every cell typed by its question, every row hashed, compared and given a verdict, one row an
                      answer and one a submission in Delta tables, the bytes kept, the sender answered

The closing ratio is ours to the bare read, in processor seconds, since they depend least on who else uses the machine;
the same ratio by the clock stands before it, which on a busy machine says little. Memory is flat when the peak at all
rows is that at a tenth of them: its growth is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perf._bench import measure, own_peak_megabytes, ratio, table

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
TEXT = dict.fromkeys(TYPES, "VARCHAR")
CSV_AIM, WORKBOOKS_A_SECOND = 3.0, 100
LIMITS = {"BENCHMARKING_LIMIT_FILE_BYTES": str(1024**3), "BENCHMARKING_LIMIT_ROWS": "20000000"}


def main() -> None:
    """Make the files, run every piece, and print the tables and the closing line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workbooks", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--more", type=int, help="rows of one more CSV to collect")
    parser.add_argument("--piece", nargs=3, metavar=("NAME", "FOLDER", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.piece:
        name, folder, count = options.piece
        PIECES[name](Path(folder), int(count))
        return
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder), options.workbooks, options.rows, options.more)


def _run(folder: Path, workbooks: int, rows: int, more: int | None) -> None:
    sizes = sorted({rows // 10, rows * 3 // 10, *([more] if more else []), rows}, key=lambda size: (size == rows, size))
    make_workbooks(folder, workbooks)
    for size in sizes:
        make_csv(folder / f"{size}.csv", size)
    (folder / "faulty" / "inbox" / "season" / "answers").mkdir(parents=True)
    make_faulty_csv(folder / "faulty" / "inbox" / "season" / "answers" / "faulty.csv", rows)
    make_later_csv(folder / "later.csv", rows)
    pieces = [
        ("openpyxl", "plain openpyxl, one process", workbooks),
        ("collect_workbooks", "ours: workbooks to tables and receipts", workbooks),
        ("read_csv", "bare read: DuckDB read_csv, all text", rows),
        ("read_csv_typed", "DuckDB read_csv, declared types", rows),
        ("keep_csv", "kept by DuckDB: typed, hashed, one wide file", rows),
        ("store_csv", "stored by DuckDB: answers to a Delta table", rows),
        ("type_csv", "ours: read, typed, hashed; nothing kept", rows),
        *(("collect_csv", "ours: CSV to tables and receipt", size) for size in sizes),
        ("collect_faulty_csv", "ours: CSV, a third of the rows faulty", rows),
        ("collect_later_csv", "ours: CSV sent again, a tenth of the rows changed", rows),
    ]
    lines, told, peaks = [], {}, {}
    for name, what, count in pieces:
        cost = measure(HERE, "--piece", name, str(folder), str(count)).printed
        told[name] = cost
        if name == "collect_csv":
            peaks[count] = cost["peak_megabytes"]
        lines.append((what, count, cost["seconds"], count / cost["seconds"], cost["cpu"], cost["peak_megabytes"]))
    table(("piece", "files or rows", "seconds", "a second", "processor seconds", "peak MB"), lines)
    print(f"workbooks a second: {lines[1][3]:,.0f}, aim {WORKBOOKS_A_SECOND};", end=" ")
    print(f"processor time of one: {1000 * told['collect_workbooks']['cpu'] / workbooks:.1f} ms")
    print(f"to storing answers by DuckDB: {told['collect_csv']['cpu'] / told['store_csv']['cpu']:.2f};", end=" ")
    print(f"to keeping rows by DuckDB: {told['collect_csv']['cpu'] / told['keep_csv']['cpu']:.2f};", end=" ")
    print(f"that to the bare read: {told['keep_csv']['cpu'] / told['read_csv']['cpu']:.2f}")
    print(f"to the bare read by the clock: {told['collect_csv']['seconds'] / told['read_csv']['seconds']:.2f}")
    for size in sizes[1:]:
        growth = peaks[size] / peaks[sizes[0]] - 1
        print(f"peak memory at {size:,} rows beside {sizes[0]:,}: {100 * growth:+.0f} %")
    ratio("intake", told["collect_csv"]["cpu"], told["read_csv"]["cpu"], CSV_AIM)


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


def make_faulty_csv(path: Path, rows: int) -> None:
    """Write the same batch with an answer that cannot be read in every third row, each its own text."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(TYPES) + "\n")
        for n in range(rows):
            budget = f"about {n}" if n % 6 == 0 else f"{n % 9000}.50"
            decider = f"some {n}" if n % 6 == 3 else "we"
            days = f"20{n % 20:02d}-0{1 + n % 9}-1{n % 9}"
            file.write(f"C{n:07d},2026,{budget},{n % 90},{n % 10}.5,{decider},yes,{days}\n")


def make_later_csv(path: Path, rows: int) -> None:
    """Write the batch once more: nine rows of ten say what they said, one says something else."""
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(TYPES) + "\n")
        for n in range(rows):
            people = 91 if n % 10 == 0 else n % 90
            days = f"20{n % 20:02d}-0{1 + n % 9}-1{n % 9}"
            file.write(f"C{n:07d},2026,{n % 9000}.50,{people},{n % 10}.5,we,yes,{days}\n")


def _timed(work: Callable[[], object]) -> None:
    started, used = time.perf_counter(), _processor_seconds()
    work()
    seconds, cpu = time.perf_counter() - started, _processor_seconds() - used
    print(json.dumps({"seconds": seconds, "cpu": cpu, "peak_megabytes": own_peak_megabytes()}))


def _processor_seconds() -> float:
    """Give what this process and its ended children have used."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def read_with_openpyxl(folder: Path, _: int) -> None:
    """Read every cell of every workbook."""
    from openpyxl import load_workbook

    def work() -> None:
        for path in sorted((folder / "books" / "inbox" / "season" / "answers").iterdir()):
            for sheet in load_workbook(path, read_only=True, data_only=True).worksheets:
                for _ in sheet.iter_rows(values_only=True):
                    pass

    _timed(work)


def collect_workbooks(folder: Path, count: int) -> None:
    """Collect the workbooks into a warehouse."""
    _collect(folder / "books", count)


def collect_csv(folder: Path, rows: int) -> None:
    """Collect a CSV into a warehouse."""
    inbox = folder / f"batch{rows}" / "inbox" / "season" / "answers"
    inbox.mkdir(parents=True)
    shutil.copy(folder / f"{rows}.csv", inbox / "whole.csv")
    _collect(folder / f"batch{rows}", rows)


def collect_faulty_csv(folder: Path, rows: int) -> None:
    """Collect a CSV of which every third row is parked."""
    _collect(folder / "faulty", rows, accepted=rows - -(-rows // 3))


def collect_later_csv(folder: Path, rows: int) -> None:
    """Collect a CSV whose agencies have all answered before, in the batch that `collect_csv` took."""
    shutil.move(folder / "later.csv", folder / f"batch{rows}" / "inbox" / "season" / "answers" / "later.csv")
    _collect(folder / f"batch{rows}", rows, accepted=-(-rows // 10))


def _collect(data: Path, count: int, accepted: int | None = None) -> None:
    from benchmarking.catalog import load_programme
    from benchmarking.collect import collect
    from benchmarking.settings import load_settings
    from benchmarking.warehouse import Warehouse

    warehouse = Warehouse(load_settings({"BENCHMARKING_DATA": str(data), **LIMITS}), load_programme(SEASON))

    def work() -> None:
        summary = collect(warehouse)
        if (summary.received, summary.accepted) != (count, count if accepted is None else accepted):
            raise SystemExit(f"other than so many of {count} were accepted: {summary}")

    _timed(work)


def read_csv(folder: Path, rows: int) -> None:
    """Read the CSV as DuckDB does it when everything is known and nothing is typed."""
    import duckdb

    connection = duckdb.connect()
    _timed(lambda: connection.execute(f"CREATE TABLE big AS SELECT * FROM {_source(folder, rows, TEXT)}"))


def read_csv_typed(folder: Path, rows: int) -> None:
    """Read the CSV as DuckDB does it with declared types."""
    import duckdb

    connection = duckdb.connect()
    _timed(lambda: connection.execute(f"CREATE TABLE big AS SELECT * FROM {_source(folder, rows, TYPES)}"))


def _source(folder: Path, rows: int, types: dict[str, str]) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    how = f"delim = ',', quote = '\"', header = true, auto_detect = false, columns = {{{columns}}}"
    return f"read_csv('{folder / f'{rows}.csv'}', {how})"


def keep_csv(folder: Path, rows: int) -> None:
    """Read the CSV by DuckDB and keep each row's texts, values and SHA-256 in one wide Parquet file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    values = ", ".join(
        f"TRY_CAST({name} AS {kind}) AS {name}_value" for name, kind in TYPES.items() if kind != "VARCHAR"
    )
    text = f"SELECT *, {values}, sha256(concat_ws(chr(31), {', '.join(TYPES)})) AS row_sha256"
    how = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
    target = folder / "kept.parquet"
    _timed(lambda: connection.execute(f"COPY ({text} FROM {_source(folder, rows, TEXT)}) TO '{target}' ({how})"))


def store_csv(folder: Path, rows: int) -> None:
    """Read the CSV by DuckDB and stream one row an answer into a Delta table of raw.answer's columns."""
    import duckdb
    from deltalake import write_deltalake

    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")

    def work() -> None:
        connection.execute(
            f"CREATE TABLE big AS SELECT *, row_number() OVER () + 1 AS line FROM {_source(folder, rows, TEXT)}"
        )
        text = " UNION ALL ".join(_answers(name, kind, place) for place, (name, kind) in enumerate(TYPES.items()))
        write_deltalake(str(folder / "stored"), connection.execute(text).to_arrow_reader(100_000))

    _timed(work)


def _answers(name: str, kind: str, place: int) -> str:
    number = f"TRY_CAST({name} AS DECIMAL(18, 6))" if kind.startswith(("DECIMAL", "BIGINT")) else "NULL::DECIMAL(18, 6)"
    minor = f"round({number} * 100)::BIGINT" if name == "budget_gbp" else "NULL::BIGINT"
    text = name if kind == "VARCHAR" else "NULL::VARCHAR"
    day = f"TRY_CAST({name} AS DATE)" if kind == "DATE" else "NULL::DATE"
    return (
        f"SELECT repeat('0', 24) || printf('%08d', line) AS submission_id, 'answers' AS survey, 2026::BIGINT AS"
        f" survey_year, agency_id, 0::BIGINT AS roster_row, '{name}' AS question, '{name}' AS column_name,"
        f" '{chr(65 + place)}' || line AS locator, {name} AS raw_text, 'answered' AS state, {text} AS value_text,"
        f" {number} AS value_number, {minor} AS value_minor, {day} AS value_date FROM big"
    )


def type_csv(folder: Path, rows: int) -> None:
    """Read, match, type and hash the CSV up to rows of answers, piece by piece, without writing them."""
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
        reading = read_delimited((folder / f"{rows}.csv").read_bytes(), Limits(rows=20_000_000))
        assembled = assemble(reading, Headers(survey), programme, "")
        arrived = Arrived(1, "0" * 64, "big.csv", "inbox", survey, datetime(2026, 1, 1, tzinfo=UTC), assembled)
        batch = Batch(duckdb.connect(), programme, [arrived])
        batch.load()
        answers = sum(found.num_rows for found, _ in batch.answers())
        if answers != len(TYPES) * rows:
            raise SystemExit(f"{answers} answers")

    _timed(work)


PIECES = {
    "openpyxl": read_with_openpyxl,
    "collect_workbooks": collect_workbooks,
    "read_csv": read_csv,
    "read_csv_typed": read_csv_typed,
    "keep_csv": keep_csv,
    "store_csv": store_csv,
    "type_csv": type_csv,
    "collect_csv": collect_csv,
    "collect_faulty_csv": collect_faulty_csv,
    "collect_later_csv": collect_later_csv,
}

if __name__ == "__main__":
    main()
