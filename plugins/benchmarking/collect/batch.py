"""One batch of deliveries of one survey: from readings to rows for the tables, all in one in-memory DuckDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from benchmarking import sql
from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect.answers import find_evidence, new_typed, type_answers
from benchmarking.collect.assemble import LINE, OTHER, OWN_LINE, Assembled
from benchmarking.collect.faults import RULES

CHUNK_ROWS = 100_000
NOT_CONTENT = ("record_id", "submitted_at")
KEY_ROLES = ("agency", "year", *NOT_CONTENT)


@dataclass(frozen=True)
class Arrived:
    """One file of a batch: what is known of it besides its rows."""

    file_no: int
    sha256: str
    name: str
    source: str
    survey: Survey
    received_at: datetime
    assembled: Assembled


class Batch:
    """The files of one survey in one batch; `connection` holds their cells, answers, faults and verdicts."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, programme: Programme, files: Sequence[Arrived]) -> None:
        self.connection, self.programme, self.files = connection, programme, files
        self.survey = files[0].survey
        self.roster = self.survey.roster.questions if self.survey.roster else ()

    def load(self) -> None:
        """Lay the batch's cells, files, columns and faults into tables."""
        run = self.connection.execute
        self._register("file_in_hand", self._file_rows())
        self._register("column_in_hand", self._column_rows())
        self._register("found_fault", self._fault_rows())
        run("CREATE OR REPLACE TEMP TABLE fault AS SELECT * FROM found_fault")
        run("CREATE OR REPLACE TEMP TABLE private_question (question VARCHAR)")
        for question in (*self.survey.all_questions,):
            if question.is_private:
                run("INSERT INTO private_question VALUES (?)", [question.name])
        self._load_wide()
        self._load_roster()

    def _load_wide(self) -> None:
        parts = [_numbered(f.file_no, f.assembled.wide) for f in self.files if f.assembled.wide is not None]
        names = [question.name for question in self.survey.questions]
        empty = pa.schema([("file_no", pa.int64()), (LINE, pa.int64()), (OTHER, pa.bool_())]).empty_table()
        wide = pa.concat_tables([empty, *parts], promote_options="default")
        present = [name for name in names if name in wide.column_names]
        blank = " AND ".join([f"coalesce(trim(\"{name}\"), '') = ''" for name in present] or ["TRUE"])
        answers = [q.name for q in self.survey.questions if q.name in present and q.role not in KEY_ROLES]
        unanswered = " AND ".join([f"coalesce(trim(\"{name}\"), '') = ''" for name in answers] or ["FALSE"])
        self._register("wide_in_hand", wide)
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE wide AS SELECT *, 0::BIGINT AS roster_row, line AS {OWN_LINE},"
            f" {unanswered} AS is_unanswered FROM wide_in_hand WHERE NOT ({blank} AND NOT {OTHER})"
        )

    def _load_roster(self) -> None:
        parts = [_numbered(f.file_no, f.assembled.roster) for f in self.files if f.assembled.roster is not None]
        names = [q.name for q in self.roster]
        empty = pa.schema([("file_no", pa.int64()), (LINE, pa.int64()), (OWN_LINE, pa.int64())]).empty_table()
        table = pa.concat_tables([empty, *parts], promote_options="default")
        present = [name for name in names if name in table.column_names]
        blank = " AND ".join([f"coalesce(trim(\"{name}\"), '') = ''" for name in present] or ["TRUE"])
        self._register("roster_in_hand", table)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE roster AS SELECT *, row_number() OVER (PARTITION BY file_no, line"
            f" ORDER BY {OWN_LINE}) AS roster_row FROM roster_in_hand WHERE NOT ({blank})"
        )

    def prepare(self) -> None:
        """Find out what the files prove, who answers for which year, and name every submission."""
        run = self.connection.execute
        find_evidence(self.connection, [("wide", self.survey.questions), ("roster", self.roster)], self._declared())
        self._make_key_cells()
        run(f"CREATE OR REPLACE TEMP TABLE key_in_hand AS {sql.read('raw/key')}", {"years": self._years()})
        self._make_moments()
        run(f"CREATE OR REPLACE TEMP TABLE arrived AS {sql.read('raw/arrived')}", {"survey": self.survey.name})
        run("CREATE OR REPLACE TEMP VIEW submission_key AS SELECT * FROM arrived")
        run(
            f"INSERT INTO fault BY NAME {sql.read('raw/fault_key')}",
            {"agency": self._name("agency"), "year": self._name("year")},
        )

    def answers(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Type the answers chunk by chunk; give each chunk's rows of raw.answer and its private answers."""
        run = self.connection.execute
        count = self._count("wide")
        for start in range(0, count, CHUNK_ROWS):
            chunk = f"SELECT * FROM wide WHERE rowid >= {start} AND rowid < {start + CHUNK_ROWS}"
            run(f"CREATE OR REPLACE TEMP TABLE wide_chunk AS {chunk}")
            run(
                "CREATE OR REPLACE TEMP VIEW roster_chunk AS"
                " SELECT roster.* FROM roster JOIN wide_chunk USING (file_no, line)"
            )
            new_typed(self.connection)
            type_answers(self.connection, "wide_chunk", self.survey.questions, self.programme.currency)
            type_answers(self.connection, "roster_chunk", self.roster, self.programme.currency)
            run(f"INSERT INTO fault BY NAME {sql.read('raw/fault_answer')}")
            rows = run(sql.read("raw/answer"), {"survey": self.survey.name}).to_arrow_table()
            yield rows, run(sql.read("raw/private")).to_arrow_table()

    def in_hand(self) -> pa.Table:
        """Give the submissions that have just arrived, as far as telling them apart goes."""
        text = "SELECT submission_id, agency_id, survey_year, record_id FROM arrived ORDER BY position"
        return self.connection.execute(text).to_arrow_table()

    def decide(self, known: pa.Table, recorded: pa.Table) -> pa.Table:
        """Give the rows of raw.submission, with file_no and line.

        Args:
            known: submissions that those in hand may repeat or replace, as by raw/known.
            recorded: those in hand that an earlier run wrote; their verdicts stand.
        """
        run = self.connection.execute
        self._register("intake_rule", _rule_rows())
        run(f"CREATE OR REPLACE TEMP TABLE worst AS {sql.read('raw/worst')}")
        self._register("known", known)
        self._register("recorded", recorded)
        values = {"twice": RULES["row.twice"].sentence}
        run(f"CREATE OR REPLACE TEMP TABLE decided AS {sql.read('raw/submission')}", values)
        run(f"CREATE OR REPLACE TEMP TABLE settled AS {sql.read('raw/settled')}", {"survey": self.survey.name})
        return run("SELECT * FROM settled ORDER BY position").to_arrow_table()

    def lines(self) -> pa.Table:
        """Give what happened to each run of lines, for the receipts."""
        return self.connection.execute(sql.read("raw/receipt_line")).to_arrow_table()

    def received(self) -> dict[int, int]:
        """Give the number of submissions in each file, counted before any verdict."""
        return dict(self.connection.execute("SELECT file_no, count(*) FROM arrived GROUP BY file_no").fetchall())

    def faults(self) -> pa.Table:
        """Give everything found: file_no, line, column_name, seen, rule_id."""
        return self.connection.execute("SELECT * FROM fault ORDER BY ALL").to_arrow_table()

    def _make_key_cells(self) -> None:
        columns = {row[0] for row in self.connection.execute("DESCRIBE wide").fetchall()}

        def cell(role: str) -> str:
            name = self._name(role)
            return f'"{name}"' if name in columns else "NULL"

        content = _content([q for q in self.survey.questions if q.name in columns and _is_content(q)])
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW key_cell AS SELECT file_no, line, {cell('agency')} AS agency_text,"
            f" {cell('year')} AS year_text, {cell('record_id')} AS record_text, {cell('submitted_at')} AS moment_text,"
            f" {content} AS content, has_other, is_unanswered FROM wide"
        )
        rows = {row[0] for row in self.connection.execute("DESCRIBE roster").fetchall()}
        below = _content([q for q in self.roster if q.name in rows and _is_content(q)])
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW roster_content AS"
            f" SELECT file_no, line, roster_row, {below} AS content FROM roster"
        )

    def _make_moments(self) -> None:
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW cell AS SELECT file_no, line, moment_text AS raw_text FROM key_cell"
        )
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE moment AS {sql.read('raw/moment')}")
        self.connection.execute(
            "INSERT INTO fault BY NAME SELECT file_no, line, ? AS column_name, text AS seen, rule_id FROM moment"
            " WHERE rule_id IS NOT NULL",
            [self._name("submitted_at")],
        )

    def _count(self, table: str) -> int:
        found = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(found[0]) if found else 0

    def _years(self) -> list[int]:
        return list(self.programme.years)

    def _name(self, role: str) -> str:
        question = self.survey.with_role(role)
        return question.name if question is not None else ""

    def _register(self, name: str, table: pa.Table) -> None:
        self.connection.register(name, table)

    def _declared(self) -> pa.Table:
        return pa.table(
            {
                "file_no": pa.array([f.file_no for f in self.files], pa.int64()),
                "has_point": pa.array([f.assembled.facts.get("delimiter") == "comma" for f in self.files], pa.bool_()),
                "month_first": pa.array([f.assembled.month_first for f in self.files], pa.bool_()),
            }
        )

    def _file_rows(self) -> pa.Table:
        zone = str(self.programme.options.get("time_zone", "UTC"))
        rows = [
            {
                "file_no": file.file_no,
                "file_sha256": file.sha256,
                "file_name": file.name,
                "source": file.source,
                "received_at": file.received_at,
                "form_version": file.assembled.form_version or self.survey.form_version,
                "place": file.assembled.place,
                "zone": file.assembled.zone or zone,
                "is_refused": file.assembled.wide is None,
            }
            for file in self.files
        ]
        return pa.Table.from_pylist(rows)

    def _column_rows(self) -> pa.Table:
        rows = [(f.file_no, *column) for f in self.files for column in f.assembled.columns]
        names = (("file_no", pa.int64()), ("question", pa.string()), ("column_name", pa.string()),
                 ("prefix", pa.string()), ("is_fixed", pa.bool_()))  # fmt: skip
        return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(names)})

    def _fault_rows(self) -> pa.Table:
        rows = [(f.file_no, a.line, a.column, a.seen, a.rule) for f in self.files for a in f.assembled.faults]
        names = (("file_no", pa.int64()), ("line", pa.int64()), ("column_name", pa.string()),
                 ("seen", pa.string()), ("rule_id", pa.string()))  # fmt: skip
        return pa.table({name: pa.array([row[n] for row in rows], kind) for n, (name, kind) in enumerate(names)})


def _numbered(file_no: int, table: pa.Table) -> pa.Table:
    return table.append_column("file_no", pa.array([file_no] * table.num_rows, pa.int64()))


def _is_content(question: Question) -> bool:
    # A hash of a contact detail would outlive its erasure, so private answers do not enter.
    return question.role not in NOT_CONTENT and not question.is_private


def _content(questions: list[Question]) -> str:
    """Compose the text by which two submissions are compared: each answer given, with its question."""
    cells = [f"'{q.name}=' || nullif(trim(replace(\"{q.name}\", chr(2), '')), '')" for q in questions]
    return f"concat_ws(chr(31), {', '.join(cells)})" if cells else "''"


def _rule_rows() -> pa.Table:
    return pa.table(
        {
            "rule_id": list(RULES),
            "verdict": [rule.verdict for rule in RULES.values()],
            "sentence": [rule.sentence for rule in RULES.values()],
            "position": list(range(len(RULES))),
        }
    )
