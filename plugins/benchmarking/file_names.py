"""Names of files that are made for an agency; ids may hold anything, file names may not."""

from __future__ import annotations

import hashlib
import re

DIGITS = 8


def stem_of(agency_id: str) -> str:
    """Give a file name without ending for an agency's id, as it is where that can be one; no two ids share one."""
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", agency_id)
    if stem == agency_id:
        return stem
    return f"{stem}.{hashlib.sha256(agency_id.encode()).hexdigest()[:DIGITS]}"
