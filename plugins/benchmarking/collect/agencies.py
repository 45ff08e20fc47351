"""Agencies' ids as they were typed: which ones name nobody, or could be taken for another agency's."""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.collect.grid import has_bytes_between

INVISIBLE = r"\x{00AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}"
INNER_SPACES = r"[\x{00A0}\x{2007}\x{2009}\x{202F}]"
# Rows that add up the others, and what a spreadsheet makes of an id such as 1-3 or 12E4.
TOTAL = (
    r"(?i)\A(grand |sub[- ]?|overall |all )?(totals?|sums?)( .{0,20})?:?\z"
    r"|(?i)\A(average|mean|median|summe|gesamt(summe)?|insgesamt|durchschnitt|somme|total général|moyenne):?\z"
)
SPOILT = r"\A(\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?|\d(\.\d+)?E\+\d+)\z"
LONGEST_ID = 100
BROKEN = r"[\x00-\x1F]"
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F]"
# Letters of two alphabets in one id: one of them only looks like what was meant.
MIXED = r"\p{Latin}.*[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}].*\p{Latin}"


def tidied(ids: pa.Array) -> pa.Array:
    """Give ids with one spelling for what is the same text: composed letters, and plain spaces inside."""
    if has_bytes_between(ids, " ", "~"):
        return ids
    return pc.replace_substring_regex(pc.utf8_normalize(ids, "NFC"), INNER_SPACES, " ")


def odd_ids(ids: pa.Array, names: Collection[str] = ()) -> list[tuple[str, pa.Array]]:
    """Give for each rule which ids break it, shape (ids,); an id breaks one at most, and control characters none here.

    Args:
        ids: tidied, null where there is none.  names: what the column may be called, in small letters.
    """
    total, spoilt = pc.match_substring_regex(ids, TOTAL), pc.match_substring_regex(ids, SPOILT)
    long = pc.greater(pc.utf8_length(ids), LONGEST_ID)
    found = [("row.total", total), ("key.agency_spoilt", spoilt), ("key.agency_long", long)]
    if names:
        repeated = pc.is_in(pc.utf8_lower(ids), value_set=pa.array(sorted(names), pa.string()))
        found.append(("row.header", pc.and_not(repeated, pc.or_(total, spoilt))))
    if not has_bytes_between(ids, " ", "~"):
        looks = pc.match_substring_regex(ids, f"[{INVISIBLE}]|{MIXED}|{BROKEN}")
        looks = pc.or_(looks, pc.not_equal(pc.utf8_normalize(ids, "NFKC"), ids))
        looks = pc.and_not(looks, pc.or_(pc.or_(pc.or_(total, spoilt), long), pc.match_substring_regex(ids, CONTROL)))
        found.append(("key.agency_looks", looks))
    return [(rule, pc.fill_null(where, False)) for rule, where in found]


def spelt_out(ids: pa.Array) -> pa.Array:
    """Give ids with the characters that nobody sees named."""
    if has_bytes_between(ids, " ", "~"):
        return ids
    return pa.array([None if text is None else "".join(map(_shown, text)) for text in ids.to_pylist()], pa.string())


def _shown(letter: str) -> str:
    is_plain = letter.isprintable() and (letter.isascii() or "\u00c0" <= letter <= "\u024f")
    return letter if is_plain else f"<U+{ord(letter):04X}>"
