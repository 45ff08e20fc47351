"""What marks each survey tool's export, and which of its columns are its own.

Sources: exports of the tools themselves (tests/data/samples) and their documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from benchmarking.collect.grid import Grid

State = tuple[str, str, Callable[[str], bool]]


@dataclass(frozen=True)
class Tool:
    """One survey tool; column texts are in small letters.

    header_rows: rows that are header; names: the row that names questions best.
    states: (column, rule, test of its text) for responses that do not count.
    """

    name: str
    own: frozenset[str]
    knows: Callable[[Grid], bool]
    header_rows: int = 1
    record_id: tuple[str, ...] = ()
    submitted_at: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    zone: str = ""
    own_prefixes: tuple[str, ...] = ()
    own_suffixes: tuple[str, ...] = ()
    group_mark: str = ""

    def is_own(self, text: str) -> bool:
        """Say whether a column is the tool's own and no answer."""
        return text in self.own or text.startswith(self.own_prefixes) or text.endswith(self.own_suffixes)

    def names(self, grid: Grid) -> list[tuple[str, ...]]:
        """Give for each column the texts of all header rows; a blank one takes its left neighbour's question."""
        rows = [grid.header, *_rows(grid, self.header_rows - 1)]
        if self.name == "surveymonkey":
            return _surveymonkey_names(rows)
        if self.group_mark:
            return [self._grouped_names(grid, number) for number in range(len(grid.header))]
        return [tuple(row[number] or "" for row in rows) for number in range(len(grid.header))]

    def _grouped_names(self, grid: Grid, number: int) -> tuple[str, ...]:
        """Give a column's text and, unless it is a repeat, its last part: the question's own name within its groups."""
        text = grid.header[number]
        return (text,) if _is_repeat(grid.rows.column(number)) else (text, text.rpartition(self.group_mark)[2])


def _is_repeat(column: pa.ChunkedArray) -> bool:
    """Say whether a column holds lists of rows rather than answers."""
    return bool(pc.any(pc.match_substring_regex(column, r"^\[(\{|\])")).as_py())


def _rows(grid: Grid, count: int) -> list[list[str]]:
    head = grid.rows.slice(0, count)
    columns = [column.to_pylist() for column in head.columns]
    return [[column[n] or "" for column in columns] for n in range(head.num_rows)]


def _surveymonkey_names(rows: list[list[str]]) -> list[tuple[str, ...]]:
    """Join question and choice: the question stands only over the first of its columns."""
    names: list[tuple[str, ...]] = []
    question = ""
    below = rows[1] if len(rows) > 1 else [""] * len(rows[0])
    for first, second in zip(rows[0], below, strict=True):
        question = first.strip() or question
        plain = second.strip() in ("", "Response", "Open-Ended Response")
        names.append((question,) if plain else (f"{question} [{second.strip()}]", second if not first.strip() else ""))
    return names


def _low(grid: Grid) -> set[str]:
    return {text.strip().casefold() for text in grid.header}


def _is_surveymonkey(grid: Grid) -> bool:
    below = _rows(grid, 1)
    marks = {"Response", "Open-Ended Response"}
    return bool({"respondentid", "respondent id"} & _low(grid)) and bool(below) and bool(marks & set(below[0]))


def _is_qualtrics(grid: Grid) -> bool:
    below = _rows(grid, 2)
    return len(below) == 2 and any('"ImportId"' in cell for cell in below[1])


def _is_old_qualtrics(grid: Grid) -> bool:
    below = _rows(grid, 1)
    return "v1" in _low(grid) and bool(below) and below[0][0].strip().casefold() == "responseid"


def _is_typeform(grid: Grid) -> bool:
    return (
        grid.header[0].strip() == "#" and {"submit date (utc)", "network id", "start date (utc)"} & _low(grid) != set()
    )


def _is_limesurvey(grid: Grid) -> bool:
    low = _low(grid)
    return {"submitdate", "lastpage", "startlanguage"} <= low or {"date submitted", "last page"} <= low


def _is_google(grid: Grid) -> bool:
    return grid.header[0].strip().casefold() == "timestamp"


def _is_blank(text: str) -> bool:
    return text in ("", "null", "n/a")


QUALTRICS_OWN = frozenset(
    [
        "startdate",
        "enddate",
        "status",
        "ipaddress",
        "progress",
        "finished",
        "recordeddate",
        "responseid",
        "recipientlastname",
        "recipientfirstname",
        "recipientemail",
        "externalreference",
        "externaldatareference",
        "locationlatitude",
        "locationlongitude",
        "locationaccuracy",
        "distributionchannel",
        "userlanguage",
        "responseset",
        "name",
        "emailaddress",
        "v1",
        "v2",
        "v3",
        "v4",
        "v5",
        "v6",
        "v7",
        "v8",
        "v9",
        "v10",
    ]
) | {"duration (in seconds)", ""}
LIMESURVEY_OWN = frozenset(
    [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "seed",
        "startdate",
        "datestamp",
        "ipaddr",
        "refurl",
        "token",
        "interviewtime",
    ]
) | {
    "response id",
    "date submitted",
    "last page",
    "start language",
    "seed",
    "date started",
    "date last action",
    "ip address",
    "referrer url",
    "access code",
}
ODK_OWN = frozenset(
    [
        "submissiondate",
        "key",
        "submitterid",
        "submittername",
        "attachmentspresent",
        "attachmentsexpected",
        "status",
        "reviewstate",
        "deviceid",
        "edits",
        "formversion",
        "__id",
        "start",
        "end",
        "today",
        "__version__",
        "_id",
        "_uuid",
        "_submission_time",
        "_validation_status",
        "_notes",
        "_status",
        "_submitted_by",
        "_tags",
        "_attachments",
        "_geolocation",
        "_xform_id_string",
        "_bamboo_dataset_id",
        "meta",
        "formhub",
    ]
)

KOBO_OWN_PREFIXES = (
    ("_validation_status", "_supplementaldetails", "_attachments", "_geoloc")
    + ("meta/", "meta.", "formhub/", "formhub.")
)  # fmt: skip
# What ODK Central says of a record that it holds in a form's encrypted envelope.
ENCRYPTED = ("notdecrypted", "missingencryptedformdata")

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            "qualtrics",
            QUALTRICS_OWN,
            _is_qualtrics,
            header_rows=3,
            record_id=("responseid",),
            submitted_at=("recordeddate", "enddate"),
            states=(
                ("status", "row.test", lambda text: text in ("1", "2", "survey preview", "survey test", "test")),
                ("finished", "row.partial", lambda text: text in ("0", "false")),
            ),
        ),
        Tool(
            "qualtrics_legacy",
            QUALTRICS_OWN,
            _is_old_qualtrics,
            header_rows=2,
            record_id=("v1",),
            submitted_at=("v9",),
            states=(("v10", "row.partial", lambda text: text in ("0", "false")),),
        ),
        Tool(
            "surveymonkey",
            frozenset(
                {
                    "respondentid",
                    "respondent id",
                    "collectorid",
                    "collector id",
                    "startdate",
                    "start date",
                    "enddate",
                    "end date",
                    "ip address",
                    "email address",
                    "first name",
                    "last name",
                    "custom data 1",
                    "date created",
                    "date modified",
                }
            ),
            _is_surveymonkey,
            header_rows=2,
            record_id=("respondentid", "respondent id"),
            submitted_at=("enddate", "end date", "date modified"),
        ),
        Tool(
            "typeform",
            frozenset(
                {
                    "#",
                    "start date (utc)",
                    "submit date (utc)",
                    "network id",
                    "tags",
                    "response type",
                    "stage date (utc)",
                    "ending",
                }
            ),
            _is_typeform,
            record_id=("#",),
            zone="UTC",
            submitted_at=("submit date (utc)",),
            states=(("response type", "row.partial", lambda text: text in ("partial", "started")),),
        ),
        Tool(
            "limesurvey",
            LIMESURVEY_OWN,
            _is_limesurvey,
            record_id=("id", "response id"),
            submitted_at=("submitdate", "date submitted"),
            states=(("submitdate", "row.partial", _is_blank), ("date submitted", "row.partial", _is_blank)),
        ),
        Tool(
            "google_forms",
            frozenset({"timestamp", "username"}),
            _is_google,
            # A sheet of its answers writes dates in its owner's order, which the file must prove.
            submitted_at=("timestamp",),
        ),
        Tool(
            "odk",
            ODK_OWN,
            lambda grid: "__id" in _low(grid) or {"submissiondate", "key"} <= _low(grid),
            record_id=("__id", "key"),
            submitted_at=("__system.submissiondate", "submissiondate"),
            own_prefixes=("__system", "meta.", "@odata", "_odata"),
            # Beside every repeat stands a link to its rows.
            own_suffixes=("@odata.navigationlink",),
            group_mark=".",
            states=(
                ("__system.status", "row.encrypted", lambda text: text in ENCRYPTED),
                ("__system.reviewstate", "row.refused", lambda text: text == "rejected"),
                ("__system.reviewstate", "row.issue", lambda text: text == "hasissues"),
                ("reviewstate", "row.refused", lambda text: text == "rejected"),
            ),
        ),
        Tool(
            "kobo",
            ODK_OWN,
            lambda grid: {"_id", "_submission_time"} <= _low(grid),
            record_id=("_id",),
            zone="UTC",
            submitted_at=("_submission_time",),
            own_prefixes=KOBO_OWN_PREFIXES,
            group_mark="/",
            states=(
                ("_validation_status.uid", "row.refused", lambda text: text == "validation_status_not_approved"),
                ("_validation_status.uid", "row.issue", lambda text: text == "validation_status_on_hold"),
            ),
        ),
    )
}
