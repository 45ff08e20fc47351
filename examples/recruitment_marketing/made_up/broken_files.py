"""Files that are wrong as a whole: empty, damaged, of another kind, sent twice, or laid out in their own way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

PICTURE = b"\x89PNG\r\n\x1a\n" + b"made up, no picture" * 3
_ROW = "9,4,4,4,2000,1500,40000,700000"
_COLUMNS = (
    "all_staff_count,marketers_opening_count,marketers_closing_count,marketers_average_count,"
    "development_budget_gbp,development_spend_gbp,marketing_budget_gbp,net_fee_income_gbp"
)
UNKNOWN_COLUMN = (
    f"agency_id,survey_year,financial_year_end_date,{_COLUMNS},favourite_colour\r\n"
    f"A9001,2026,2026-03-31,{_ROW},blue\r\n"
).encode()
DAY_OR_MONTH = f"agency_id,survey_year,financial_year_end_date,{_COLUMNS}\r\nA9002,2026,05/06/2026,{_ROW}\r\n".encode()


@dataclass(frozen=True)
class FileFault:
    """One file of its own that is wrong as a whole; `content` gives its bytes from a sound response's bytes."""

    key: str
    survey: str
    year: int
    name: str
    what: str
    verdict: str
    words: tuple[str, ...]
    content: Callable[[bytes], bytes]


FILE_FAULTS: tuple[FileFault, ...] = (
    FileFault(
        "same_file_again",
        "budget",
        2026,
        "{agency}_made-up (copy).xlsx",
        "The same bytes under another name.",
        "duplicate",
        ("already",),
        lambda sound: sound,
    ),
    FileFault(
        "empty_file",
        "budget",
        2026,
        "upload_failed_made-up.csv",
        "The upload was cut off at nothing.",
        "rejected",
        ("file is empty",),
        lambda sound: b"",
    ),
    FileFault(
        "picture_of_a_form",
        "budget",
        2026,
        "photo_made-up.png",
        "A photograph of the form.",
        "rejected",
        ("of this kind cannot be read",),
        lambda sound: PICTURE,
    ),
    FileFault(
        "damaged_workbook",
        "budget",
        2026,
        "damaged_made-up.xlsx",
        "Half of a workbook.",
        "rejected",
        ("damaged",),
        lambda sound: sound[: len(sound) // 2],
    ),
    FileFault(
        "unknown_column",
        "budget",
        2026,
        "own_columns_made-up.csv",
        "A column that no form has.",
        "parked",
        ("not a question of this survey",),
        lambda sound: UNKNOWN_COLUMN,
    ),
    FileFault(
        "day_or_month",
        "budget",
        2026,
        "day_or_month_made-up.csv",
        "A date that can be read both ways.",
        "parked",
        ("Day or month first", "05/06/2026"),
        lambda sound: DAY_OR_MONTH,
    ),
)
