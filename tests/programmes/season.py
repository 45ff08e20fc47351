"""The recruitment example as its generator makes it, put into an inbox."""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path

from benchmarking.settings import ROOT
from made_up.deliveries import File

EXAMPLE = ROOT / "examples" / "recruitment_marketing"


def drop(files: tuple[File, ...], inbox: Path) -> None:
    """Put files into an inbox, each with the time at which it came."""
    for file in files:
        path = inbox / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        moment = file.sent_at.replace(tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
