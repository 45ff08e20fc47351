"""One batch of deliveries of one survey: from readings to rows for the tables, piece by piece.

What must be known of all submissions at once lies on a shelf; an in-memory DuckDB works on a part of it at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.catalog import Programme, Question, Survey
from benchmarking.collect import answers as typing_of
from benchmarking.collect import rows
from benchmarking.collect.assemble import Assembled
from benchmarking.collect.deciding import InHand, Stored, decide
from benchmarking.collect.faulty import FoundFaults
from benchmarking.collect.grid import LINE
from benchmarking.collect.keys import FAULT, find_keys
from benchmarking.collect.named import Named
from benchmarking.collect.pieces import Piece, pieces
from benchmarking.collect.rosters import OWN_LINE
from benchmarking.collect.shelf import LINES_APART, Shelf, positions_of
from benchmarking.collect.verdicts import Verdicts, submission_ids
from benchmarking.tables import TABLES

FILE_KEY_LENGTH = 24


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

    @property
    def key(self) -> str:
        """Give what the ids of its submissions begin with."""
        told = "\x1f".join((self.source, self.survey.name, self.sha256, self.name))
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()[:FILE_KEY_LENGTH]


class Batch:
    """The files of one survey in one batch; `connection` is where they are typed and their verdicts worked out."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        programme: Programme,
        files: Sequence[Arrived],
        shelf: Shelf | None = None,
    ) -> None:
        """Take files; the names of their submissions lie on the shelf, or in memory where there is none."""
        self.connection, self.programme, self.files, self.shelf = connection, programme, files, shelf
        self.survey = files[0].survey
        self.keys = pa.array([file.key for file in files])
        self.columns = self._columns()
        self.has_evidence = False
        self.known: dict[str, pa.RecordBatch] = {}
        self.named = Named(connection, shelf)
        self.faults = FoundFaults(shelf)
        self.unread = np.zeros(0, dtype=np.int64)

    def load(self) -> None:
        """Lay down what the readers found wrong, and what is known of the batch's files."""
        self.connection.register("file_in_hand", self._file_rows())
        self.connection.register("declared", self._declared())
        found = self._fault_rows()
        self.faults.add(found)
        self.unread = np.unique(positions_of(found.filter(pc.greater(found.column(LINE), 0))))

    def answers(self) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Name the submissions and type the answers, piece by piece.

        Gives rows of raw.answer, a question's at a time, and with a piece's last its private answers: file_no, chunk,
        submission_id, agency_id, roster_row, question, raw_text.
        """
        for piece in self._pieces():
            keys, faults = self._name(piece)
            found, private = [faults], []
            for question, cells, typed in self._typed(piece, keys):
                column = self.columns[question.name]
                yield rows.answer_rows(question, self.survey.name, cells, column, typed), rows.PRIVATE.empty_table()
                found.append(rows.fault_rows(question, cells, column, typed))
                private.append(rows.private_rows(question, cells, typed))
            self.faults.add(pa.concat_tables(found))
            yield TABLES["raw.answer"].schema.empty_table(), _in_order(private, piece.number)
            self._let_go()
        self.named.add_lost(self._lost())
        for file in self.files:
            file.assembled.forget_rows()

    def _let_go(self) -> None:
        if self.shelf is not None:
            self.shelf.let_go()

    def _lost(self) -> NDArray[np.int64]:
        """Give where the submissions stood that came without any answer.

        These are rows that could not be cut into answers, and files that could not be read.
        """
        refused = [file.file_no * LINES_APART for file in self.files if file.assembled.wide is None]
        lost = np.setdiff1d(self.unread, self.named.among(self.unread))
        return np.sort(np.concatenate([lost, np.array(refused, dtype=np.int64)]))

    def decide(self, stored: Stored | None = None, shelf: Shelf | None = None) -> Verdicts:
        """Decide every submission's verdict.

        Args:
            stored: what is known already; None where nothing is.
            shelf: where the verdicts are laid; None for memory.
        """
        in_hand = InHand(self.named, self.faults, self._file_rows())
        return Verdicts(self.named, decide(self.connection, in_hand, stored, shelf), in_hand.files, shelf)

    def received(self) -> dict[int, int]:
        """Give the number of submissions in each file, counted before any verdict."""
        return dict(self.named.received)

    def _pieces(self) -> Iterator[Piece]:
        return pieces(self.files, self.survey)

    def _name(self, piece: Piece) -> tuple[pa.Table, pa.Table]:
        if any(q.role == "submitted_at" and q.name in piece.wide.column_names for q in self.survey.questions):
            self._prove()
        keys, faults = find_keys(self.connection, piece, self.survey, self.programme.years)
        self.named.add(keys)
        return keys.append_column("submission_id", submission_ids(keys, self.keys)), faults

    def _typed(self, piece: Piece, keys: pa.Table) -> Iterator[tuple[Question, rows.Cells, typing_of.Typed]]:
        whose = [keys.column(name).combine_chunks() for name in ("submission_id", "agency_id", "survey_year")]
        wide, roster = piece.wide, piece.roster
        zeros = pa.array(np.zeros(wide.num_rows, dtype=np.int64))
        own = _whole(wide, LINE).cast(pa.string())
        main = rows.Cells(_whole(wide, "file_no"), _whole(wide, LINE), own, zeros, *whose)
        above = [column.take(pa.array(piece.parents)) for column in whose]
        own, numbers = _whole(roster, OWN_LINE).cast(pa.string()), pa.array(piece.roster_rows)
        below = rows.Cells(_whole(roster, "file_no"), _whole(roster, LINE), own, numbers, *above)
        asked = self.survey.roster.questions if self.survey.roster else ()
        for table, places, questions in ((wide, main, self.survey.questions), (roster, below, asked)):
            for question in questions:
                if question.name in table.column_names and table.num_rows:
                    cells, valid = _given(_whole(table, question.name))
                    yield (
                        question,
                        places if valid is None else places.taken(valid),
                        self._type(question, cells, places, valid),
                    )

    def _type(
        self, question: Question, cells: pa.Array, places: rows.Cells, valid: NDArray[np.int64] | None
    ) -> typing_of.Typed:
        plain = typing_of.plain_cells(question, cells)
        if plain.all():
            return typing_of.type_plain(question, cells)
        if typing_of.is_evidence(question):
            self._prove()
        file_no = places.file_no.to_numpy() if valid is None else places.file_no.to_numpy()[valid]
        odd = cells.filter(pa.array(~plain)) if plain.any() else cells
        currency = self.programme.currency
        close = typing_of.type_closely(self.connection, question, odd, file_no[~plain], currency, self.known)
        if not plain.any():
            return close
        return typing_of.merge(plain, typing_of.type_plain(question, cells.filter(pa.array(plain))), close)

    def _prove(self) -> None:
        """Find out what the files prove; only once a cell needs it."""
        if self.has_evidence:
            return
        self.has_evidence = True
        asked = [*self.survey.questions, *(self.survey.roster.questions if self.survey.roster else ())]
        telling = [question for question in asked if typing_of.is_evidence(question)]
        typing_of.find_evidence(
            self.connection,
            (
                (question.type, pa.table({"file_no": table.column("file_no"), "raw_text": table.column(question.name)}))
                for piece in self._pieces()
                for table, question in chain(((piece.wide, q) for q in telling), ((piece.roster, q) for q in telling))
                if question.name in table.column_names
            ),
        )

    def _columns(self) -> dict[str, rows.Column]:
        found: dict[str, list[tuple[int, str, str, bool]]] = {q.name: [] for q in self.survey.all_questions}
        for file in self.files:
            for name, header, prefix, is_fixed in file.assembled.columns:
                found[name].append((file.file_no, header, prefix, is_fixed))
        return {name: rows.Column.of(columns) for name, columns in found.items()}

    def _declared(self) -> pa.Table:
        return pa.table(
            {
                "file_no": pa.array([f.file_no for f in self.files], pa.int64()),
                "has_point": pa.array([f.assembled.facts.get("delimiter") == "comma" for f in self.files], pa.bool_()),
            }
        )

    def _file_rows(self) -> pa.Table:
        zone = self.programme.time_zone
        found = [
            {
                "file_no": file.file_no,
                "file_key": file.key,
                "file_sha256": file.sha256,
                "file_name": file.name,
                "source": file.source,
                "received_at": file.received_at,
                "form_version": file.assembled.form_version or self.survey.form_version,
                "place": "file" if file.assembled.wide is None else file.assembled.place,
                "zone": file.assembled.zone or zone,
                "is_refused": file.assembled.wide is None,
                "is_whole": file.assembled.wide is None or file.assembled.place.startswith("sheet "),
            }
            for file in self.files
        ]
        return pa.Table.from_pylist(found)

    def _fault_rows(self) -> pa.Table:
        """Give what the readers found wrong, which they then forget."""
        found = [(file.file_no, file.assembled.faults) for file in self.files]
        numbers = [file_no for file_no, faults in found for _ in faults]
        faults = [fault for _, faults in found for fault in faults]
        columns = [[getattr(fault, name) for fault in faults] for name in ("line", "column", "seen", "rule")]
        for file in self.files:
            file.assembled.faults.clear()
        return pa.table([pa.array(column, f.type) for column, f in zip([numbers, *columns], FAULT, strict=True)], FAULT)


def _whole(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()


def _given(cells: pa.Array) -> tuple[pa.Array, NDArray[np.int64] | None]:
    """Leave out what was not asked; also give the places of the rest, None where it is all."""
    if not cells.null_count:
        return cells, None
    return cells.drop_null(), np.flatnonzero(cells.is_valid().to_numpy(zero_copy_only=False))


def _in_order(parts: list[pa.Table], chunk: int) -> pa.Table:
    private = pa.concat_tables([rows.PRIVATE.empty_table(), *parts])
    private = private.sort_by([(name, "ascending") for name in ("file_no", "submission_id", "roster_row", "question")])
    return private.append_column("chunk", pa.array([chunk] * private.num_rows, pa.int64()))
