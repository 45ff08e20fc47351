"""What became of every submission of a batch: the few verdicts that had to be thought about, laid over all the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.collect.named import Named, positions_of
from benchmarking.collect.pieces import LINES_APART
from benchmarking.tables import TABLES

LINE_DIGITS = 8
OF_FILE = ("source", "file_sha256", "form_version")
JUDGED = pa.schema(
    [
        ("version", pa.int64()),
        ("verdict", pa.string()),
        ("rule_id", pa.string()),
        ("reason", pa.string()),
        ("code", pa.int64()),
        ("is_recorded", pa.bool_()),
    ]
)
TOLD = pa.schema(
    [
        ("file_no", pa.int64()),
        ("agency_id", pa.string()),
        ("survey_year", pa.int64()),
        ("file_sha256", pa.string()),
        ("source", pa.string()),
        ("verdict", pa.string()),
    ]
)
# Of most submissions nothing is to be said but this.
PLAIN = pa.table([[1], ["accepted"], [""], [""], [0], [False]], schema=JUDGED)


def submission_ids(keys: pa.Table, file_keys: pa.Array) -> pa.Array:
    """Name submissions after their file and their row in it, so that a rerun names them again.

    Args:
        keys: file_no (counted from 1) and line.
        file_keys: what the ids of each file's submissions begin with.
    """
    file_keys = file_keys.take(pc.subtract(keys.column("file_no").combine_chunks(), 1))
    lines = pc.utf8_lpad(keys.column("line").combine_chunks().cast(pa.string()), LINE_DIGITS, "0")
    return pc.binary_join_element_wise(file_keys, lines, "")


class Verdicts:
    """The verdicts of one batch.

    Args:
        keys: the batch's submissions.
        judged: verdicts of those that depend on something else: position and the columns of JUDGED.
        files: what is known of each file, in the order of their numbers from 1.
    """

    def __init__(self, keys: Named, judged: pa.Table, files: pa.Table) -> None:
        ordered = judged.sort_by("position")
        self.keys, self.files = keys, files
        self.positions = ordered.column("position").to_numpy()
        coded = pa.concat_tables([ordered.select(JUDGED.names).cast(JUDGED), PLAIN])
        for number, name in enumerate(JUDGED.names):
            if JUDGED.field(name).type == pa.string():
                coded = coded.set_column(number, name, coded.column(name).combine_chunks().dictionary_encode())
        self.judged = coded.combine_chunks()

    def _places(self, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the row in `judged` of each submission at a position; the last is that of all which are not in it."""
        last = len(self.positions)
        if not last:
            return np.zeros(len(wanted), dtype=np.int64)
        found = np.searchsorted(self.positions, wanted)
        is_found = self.positions[np.minimum(found, last - 1)] == wanted
        return np.where(is_found, found, last)

    def _of_file(self, keys: pa.Table, name: str, is_coded: bool = False) -> pa.Array:
        column = self.files.column(name).combine_chunks()
        column = column.dictionary_encode() if is_coded else column
        return column.take(pc.subtract(keys.column("file_no").combine_chunks(), 1))

    def counts(self) -> Counter[tuple[int, int | None, str]]:
        """Count submissions by file, survey year and verdict."""
        counts: Counter[tuple[int, int | None, str]] = Counter()
        for keys in self.keys:
            table = keys.select(["file_no", "survey_year"]).append_column(
                "place", pa.array(self._places(positions_of(keys)))
            )
            found = table.group_by(table.column_names).aggregate([([], "count_all")])
            verdicts = self.judged.column("verdict").take(found.column("place")).to_pylist()
            rows = zip(
                *(found.column(name).to_pylist() for name in ("file_no", "survey_year", "count_all")), strict=True
            )
            for (file_no, year, count), verdict in zip(rows, verdicts, strict=True):
                counts[file_no, year, verdict] += count
        return counts

    def told(self, is_wanted: bool = True) -> pa.Table:
        """Give who answered for which year in which file, with the verdict; no rows where that is not wanted."""
        parts = [TOLD.empty_table()]
        for keys in self.keys if is_wanted else ():
            some = keys.select(["file_no", "agency_id", "survey_year"])
            for name in ("file_sha256", "source"):
                some = some.append_column(name, self._of_file(keys, name))
            verdict = self.judged.column("verdict").take(pa.array(self._places(positions_of(keys))))
            parts.append(some.append_column("verdict", verdict.cast(pa.string())))
        return pa.concat_tables(parts)

    def new_rows(self, survey: str) -> Iterator[pa.Table]:
        """Give the rows of raw.submission that no earlier run wrote, a piece at a time."""
        for keys in self.keys:
            judged = self.judged.take(pa.array(self._places(positions_of(keys))))
            count = keys.num_rows
            columns = {
                **dict(zip(keys.column_names, keys.columns, strict=True)),
                **dict(zip(judged.column_names, judged.columns, strict=True)),
                **{name: self._of_file(keys, name, is_coded=True) for name in OF_FILE},
                "submission_id": submission_ids(keys, self.files.column("file_key").combine_chunks()),
                "received_at": self._of_file(keys, "received_at"),
                "survey": pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([survey])),
                "locator": self._locators(keys),
                "is_deleted": pa.array(np.zeros(count, dtype=bool)),
            }
            rows = pa.table({name: columns[name] for name in TABLES["raw.submission"].columns})
            is_recorded = judged.column("is_recorded")
            yield rows.filter(pc.invert(is_recorded)) if pc.any(is_recorded).as_py() else rows

    def _locators(self, keys: pa.Table) -> pa.Array:
        """Say where each submission stands in its file."""
        place, is_whole = self._of_file(keys, "place"), self._of_file(keys, "is_whole")
        in_row = pc.binary_join_element_wise(place, keys.column("line").combine_chunks().cast(pa.string()), "")
        return pc.if_else(is_whole, place, in_row)

    def lines(self) -> pa.Table:
        """Give runs of neighbouring lines of a file with the same verdict for the same reason, for the receipts."""
        codes = self.judged.column("code").to_numpy()
        runs = [_joined(_runs(positions, self._places(positions)), codes) for positions in self.keys.in_order()]
        first, last, counts, places = _joined(np.concatenate(runs, axis=1), codes)
        judged = self.judged.take(pa.array(places))
        ends = [pa.table({"file_no": at // LINES_APART, "line": at % LINES_APART}) for at in (first, last)]
        return pa.table(
            {
                "file_no": ends[0].column("file_no"),
                "submissions": counts,
                "first_locator": self._locators(ends[0]),
                "last_locator": self._locators(ends[1]),
                **{name: judged.column(name).cast(pa.string()) for name in ("verdict", "rule_id", "reason")},
            }
        )


def _runs(positions: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Take each submission for a run of its own: shape (4, submissions), first and last position, number, verdict."""
    return np.stack([positions, positions, np.ones_like(positions), places])


def _joined(runs: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Join neighbouring runs, shape (4, runs), of one file and one code."""
    if not runs.shape[1]:
        return runs
    files, code = runs[0] // LINES_APART, codes[runs[3]]
    start = np.flatnonzero(np.append(True, (np.diff(files) != 0) | (np.diff(code) != 0)))
    last = np.append(start[1:], runs.shape[1]) - 1
    return np.stack([runs[0][start], runs[1][last], np.add.reduceat(runs[2], start), runs[3][start]])
