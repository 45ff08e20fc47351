"""What became of every submission of a batch: the few verdicts that had to be thought about, laid over all the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarking.collect.named import Named
from benchmarking.collect.shelf import LINES_APART, Ordered, Shelf, positions_of
from benchmarking.tables import TABLES

LINE_DIGITS = 8
OF_FILE = ("source", "file_sha256", "form_version")
JUDGED = pa.schema(
    [
        ("file_no", pa.int64()),
        ("line", pa.int64()),
        ("version", pa.int64()),
        ("verdict", pa.string()),
        ("rule_id", pa.string()),
        ("reason", pa.string()),
        ("is_recorded", pa.bool_()),
    ]
)
SAID = ("verdict", "rule_id", "reason")
WHO = ("file_no", "agency_id", "survey_year")
# Of most submissions nothing is to be said but this.
PLAIN = pa.table([[0], [0], [1], ["accepted"], [""], [""], [False]], schema=JUDGED)


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
        named: the batch's submissions.
        judged: verdicts of those that depend on something else, of the schema JUDGED.
        files: what is known of each file, in the order of their numbers from 1.
        shelf: where the verdicts lie, or None where they are in memory.
    """

    def __init__(self, named: Named, judged: Ordered, files: pa.Table, shelf: Shelf | None) -> None:
        self.named, self.judged, self.files, self.shelf = named, judged, files, shelf

    def _each(self) -> Iterator[tuple[pa.Table, pa.Table, NDArray[np.int64]]]:
        """Give submissions table by table, what was judged of some, and each submission's row in that."""
        for (low, high), keys in zip(self.named.ranges(), self.named, strict=True):
            judged = self.judged.between(low, high)
            yield keys, *_laid_over(positions_of(keys), judged)
            if self.shelf is not None:
                self.shelf.let_go()

    def _of_file(self, keys: pa.Table, name: str, is_coded: bool = False) -> pa.Array:
        column = self.files.column(name).combine_chunks()
        column = column.dictionary_encode() if is_coded else column
        return column.take(pc.subtract(keys.column("file_no").combine_chunks(), 1))

    def counts(self) -> Counter[tuple[int, int | None, str]]:
        """Count submissions by file, survey year and verdict."""
        counts: Counter[tuple[int, int | None, str]] = Counter()
        for keys, judged, places in self._each():
            verdicts = judged.column("verdict").take(pa.array(places)).combine_chunks()
            table = keys.select(["file_no", "survey_year"]).append_column("verdict", verdicts.cast(pa.string()))
            found = table.group_by(table.column_names).aggregate([([], "count_all")])
            for row in found.to_pylist():
                counts[row["file_no"], row["survey_year"], row["verdict"]] += row["count_all"]
        return counts

    def told(self) -> Iterator[pa.Table]:
        """Give who answered for which year in which file, with the verdict."""
        for keys, judged, places in self._each():
            verdict = judged.column("verdict").take(pa.array(places)).cast(pa.string())
            yield keys.select(WHO).append_column("verdict", verdict)

    def new_rows(self, survey: str) -> Iterator[pa.Table]:
        """Give the rows of raw.submission that no earlier run wrote, a table at a time."""
        for keys, found, places in self._each():
            judged, count = found.take(pa.array(places)), keys.num_rows
            columns = {
                **dict(zip(judged.column_names, judged.columns, strict=True)),
                **dict(zip(keys.column_names, keys.columns, strict=True)),
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

    def lines(self) -> Iterator[pa.Table]:
        """Give runs of neighbouring lines of a file with the same verdict for the same reason, for the receipts."""
        open_run: pa.Table | None = None
        for keys, judged, places in self._each():
            runs = _runs(positions_of(keys), places, judged)
            if open_run is not None:
                runs = _joined(pa.concat_tables([open_run, runs]))
            open_run = runs.slice(runs.num_rows - 1).combine_chunks() if runs.num_rows else open_run
            yield self._receipt_lines(runs.slice(0, max(runs.num_rows - 1, 0)))
        if open_run is not None:
            yield self._receipt_lines(open_run)

    def _receipt_lines(self, runs: pa.Table) -> pa.Table:
        ends = [
            pa.table({"file_no": at // LINES_APART, "line": at % LINES_APART})
            for at in (runs.column(name).to_numpy() for name in ("first", "last"))
        ]
        return pa.table(
            {
                "file_no": ends[0].column("file_no"),
                "submissions": runs.column("submissions"),
                "first_locator": self._locators(ends[0]),
                "last_locator": self._locators(ends[1]),
                **{name: runs.column(name) for name in SAID},
            }
        )


def _laid_over(wanted: NDArray[np.int64], judged: pa.Table) -> tuple[pa.Table, NDArray[np.int64]]:
    """Give what was judged with the plain verdict at its end, and the row in it of the submission at each position."""
    last, known = judged.num_rows, positions_of(judged)
    coded = pa.concat_tables([judged, PLAIN])
    for name in SAID:
        at = coded.column_names.index(name)
        coded = coded.set_column(at, name, coded.column(name).combine_chunks().dictionary_encode())
    if not last:
        return coded, np.zeros(len(wanted), dtype=np.int64)
    found = np.searchsorted(known, wanted)
    is_found = known[np.minimum(found, last - 1)] == wanted
    return coded.combine_chunks(), np.where(is_found, found, last)


def _runs(positions: NDArray[np.int64], places: NDArray[np.int64], judged: pa.Table) -> pa.Table:
    """Join neighbouring submissions of which the same is said."""
    is_new = (np.diff(places) != 0) | (np.diff(positions // LINES_APART) != 0)
    start = np.flatnonzero(np.append(len(places) > 0, is_new))
    said = judged.select(SAID).take(pa.array(places[start]))
    last = np.append(start[1:], len(places))
    runs = {"first": positions[start], "last": positions[last - 1], "submissions": last - start}
    return _joined(pa.table({**runs, **{name: said.column(name).cast(pa.string()) for name in SAID}}))


def _joined(runs: pa.Table) -> pa.Table:
    """Join neighbouring runs of one file and one verdict for one reason."""
    if runs.num_rows < 2:
        return runs
    files = runs.column("first").to_numpy() // LINES_APART
    is_new = np.diff(files) != 0
    for name in SAID:
        said = runs.column(name).combine_chunks()
        is_new |= pc.not_equal(said[1:], said[:-1]).to_numpy(zero_copy_only=False)
    start = np.flatnonzero(np.append(True, is_new))
    ends = np.append(start[1:], runs.num_rows) - 1
    joined = runs.take(pa.array(start))
    counts = np.add.reduceat(runs.column("submissions").to_numpy(), start)
    return joined.set_column(1, "last", [runs.column("last").to_numpy()[ends]]).set_column(2, "submissions", [counts])
