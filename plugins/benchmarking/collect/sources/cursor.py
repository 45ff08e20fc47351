"""Where a source goes on: what it held at the last look, so that new, edited and withdrawn records are told apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

# 12 of 64 hexadecimal digits: among 100,000 marks of one record, a missed edit is less likely than 1 in 10^9.
MARK_LENGTH = 12
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def mark(*parts: object) -> str:
    """Give a short fingerprint of a record's version; another version has another."""
    text = "\0".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:MARK_LENGTH]


@dataclass(frozen=True)
class Cursor:
    """Newest time seen (aware UTC), every record held, as id to mark, and how many were ever withdrawn."""

    newest: datetime = LONG_AGO
    held: Mapping[str, str] = field(default_factory=dict)
    withdrawn: int = 0

    @classmethod
    def read(cls, text: str | None) -> Cursor:
        """Read a cursor as written; one that cannot be read starts from the beginning.

        Starting over is safe: what was received before is known by its keys and counted as duplicate.
        """
        try:
            entry = json.loads(text or "{}")
            newest = datetime.fromisoformat(entry["newest"])
            held = {str(key): str(value) for key, value in entry["held"].items()}
            withdrawn = int(entry.get("withdrawn", 0))
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()
        return cls(newest, held, withdrawn) if newest.tzinfo else cls()

    def write(self) -> str:
        """Give the cursor as one line of JSON, the same for equal cursors."""
        entry: dict[str, object] = {"held": dict(self.held), "newest": self.newest.astimezone(UTC).isoformat()}
        if self.withdrawn:
            entry["withdrawn"] = self.withdrawn
        return json.dumps(entry, sort_keys=True, separators=(",", ":"))

    @property
    def turn(self) -> str:
        """Give what sets a page's name apart once records were withdrawn: one restored comes in the same bytes."""
        return f"-{self.withdrawn}" if self.withdrawn else ""

    def changed(self, marks: Mapping[str, str]) -> list[str]:
        """Give the ids that are new, or no longer as they were."""
        return [key for key, value in marks.items() if self.held.get(key) != value]

    def gone(self, present: Iterable[str]) -> tuple[str, ...]:
        """Give the ids that were held and are no longer there, in order."""
        return tuple(sorted(set(self.held) - set(present)))
