"""A process that promotes made-up releases one after the other until it is done or killed."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarking.publish.promote import AlreadyPublished, promote, staging, write_sums
from benchmarking.publish.version import Version

FILES = 12


def promote_many(releases: Path, first: int, last: int, size: int) -> int:
    """Promote revisions first to last, each of files that all hold the revision's number; give how many won."""
    won = 0
    for revision in range(first, last + 1):
        version = Version(2026, 1, revision)
        try:
            with staging(releases, version) as folder:
                for number in range(FILES):
                    (folder / f"file{number}.txt").write_text(f"{revision}\n" * size)
                write_sums(folder)
                promote(folder, releases, version)
                won += 1
        except AlreadyPublished:
            continue
    return won


if __name__ == "__main__":
    print(promote_many(Path(sys.argv[1]), *(int(text) for text in sys.argv[2:5])))
