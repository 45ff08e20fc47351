"""A collector in a process of its own, which can be told where to die: `python -m intake.collector DATA [POINT [NTH]]`.

Death is SIGKILL, sent by the process to itself just before or after the NTH call of a function: no handler runs, no
buffer is flushed, nothing is tidied up. Inside a commit it falls between the data file and the entry in Delta's log.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import DeltaTable

from benchmarking.appending import Appending
from benchmarking.collect import collect, intake, run, store
from benchmarking.warehouse import Warehouse
from intake.season_rig import open_season

# Where it dies: what is called there, and whether death comes before or after the call; None: as soon as the call has
# written a data file.
POINTS: dict[str, tuple[Any, str, str, bool | None]] = {
    "before_any_byte_is_kept": (store, "write_whole", "", False),
    "while_bytes_are_renamed": (Path, "replace", "", False),
    "after_all_bytes_are_kept": (store, "keep", "", True),
    "after_the_files_are_read": (intake, "read_all", "", True),
    "after_private_answers": (store, "keep_private", "", True),
    "among_the_answers": (Appending, "write", "raw.answer", True),
    "before_the_answers": (Appending, "commit", "raw.answer", False),
    "after_the_answers": (Appending, "commit", "raw.answer", True),
    "before_a_data_file_has_its_end": (pq.ParquetWriter, "close", "", False),
    "inside_the_commit_of_the_answers": (DeltaTable, "create_write_transaction", "raw.answer", False),
    "just_after_the_log_entry_of_the_answers": (DeltaTable, "create_write_transaction", "raw.answer", True),
    "before_the_submissions": (Appending, "commit", "raw.submission", False),
    "inside_the_commit_of_the_submissions": (DeltaTable, "create_write_transaction", "raw.submission", False),
    "after_the_submissions": (Appending, "commit", "raw.submission", True),
    "among_the_receipts": (store, "sync_folder", "", False),
    "before_the_files": (Warehouse, "merge_new", "raw.file", False),
    "inside_the_commit_of_the_files": (Warehouse, "merge_new", "raw.file", None),
    "after_the_files": (Warehouse, "merge_new", "raw.file", True),
}
BATCH_FILES = 4


def arm(point: str, nth: int) -> None:
    """Wrap a point's function so that its nth call is the process's last."""
    owner, name, table, is_after = POINTS[point]
    original = getattr(owner, name)
    calls = [0]

    def deadly(*arguments: Any, **options: Any) -> Any:
        is_point = not table or table in (*arguments, getattr(arguments[0], "table", ""), _table_of(arguments[0]))
        calls[0] += is_point
        is_last = calls[0] >= nth and is_point
        if is_last and is_after is None:
            threading.Thread(target=_die_at_a_data_file, args=(Path(arguments[0].path(table)),), daemon=True).start()
        elif is_last and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **options)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


def _table_of(owner: Any) -> str:
    return ".".join(Path(owner.table_uri).parts[-2:]) if isinstance(owner, DeltaTable) else ""


def _die_at_a_data_file(folder: Path) -> None:
    """Die as soon as one more data file lies in a table's folder; its entry in the log comes a moment later."""
    before = sum(1 for _ in folder.glob("*.parquet"))
    while sum(1 for _ in folder.glob("*.parquet")) <= before:
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: list[str]) -> None:
    """Collect in small batches, so that there are several commits to die between."""
    run.BATCH_FILES = BATCH_FILES
    if len(arguments) > 1:
        arm(arguments[1], int(arguments[2]) if len(arguments) > 2 else 1)
    print(collect(open_season(Path(arguments[0]))))


if __name__ == "__main__":
    main(sys.argv[1:])
