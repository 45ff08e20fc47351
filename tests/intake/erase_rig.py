"""An agency's words in every place where people put them, and a search that looks into every file for a word."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.workbook.defined_name import DefinedName

from benchmarking.warehouse import Warehouse
from intake.nasty_files import form
from intake.season_rig import csv_of, drop

AGENCY, OTHER = "A1", "B1"
# Made up for the tests: where it stands -> what stands there.
WORDS = {
    "contact": "ann.example@gone.example",
    "free text": "We were sorry about the fountain, as Ann said.",
    "free text in a numeric column": "nobody told Ann the sum",
    "one word in a numeric column": "Anastasia",
    "a telephone number in a numeric column": "+442079460012",
    "a telephone number in groups": "020 7946 0034",
    "a telephone number as a count": "02079460056",
    "free text in a choice": "Ann decides, alas alone",
    "free text in a date": "the spring when Ann came",
    "an address in a text answer": "write to ann.fountain@gone.example",
    "a time that is none": "after Ann's long holiday",
    "a record id": "ann-of-the-garden",
    "an unknown column": "only Ann may read this",
    "an unknown column's name": "Ann's birthday list",
    "a header with markup": "budget_gbp <ask Ann the gardener>",
    "a title above the table": "filled in by Ann Example, gardener",
    "a title above a table of several": "sent by Ann for the two of us",
    "digits beyond their question's limit": "447700900456",
    "a person's name in a number's place": "Annabel Gardener",
    "a cell's comment": "Ann will know this figure",
    "a defined name": "Ann_keeps_this_list",
    "a custom property": "Ann owns this workbook",
    "a stray cell": "PS Ann left on Friday",
    "a hidden row": "Ann's hidden row of thoughts",
    "another sheet": "Ann's notes to herself",
    "a sheet's name": "Ann's own sheet",
    "a workbook's author": "Ann Example (author)",
    "a form's unknown row": "Ann wonders why you ask",
    "a form's changed wording": "Ann thinks this is silly",
    "a JSON key": "anns_secret_key",
    "beside the records": "sent by Ann with regards",
    "a roster's row": "Ann joined with a heavy heart",
    "a file name": "ann_example_garden",
    "a rejected file's name": "anns_letter_to_you",
    "a rejected file": "A1 sends its regards, Ann",
    "a damaged workbook": "Ann's damaged workbook",
    "a row cut wrongly": "Ann, who likes commas",
}
OTHERS_WORDS = "All was well in the garden this year."
HEADER = ["agency_id", "survey_year", "budget_gbp", "contact_email", "remarks"]


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def fill(warehouse: Warehouse) -> None:
    """Drop the agency's words in every format, beside another agency's, and where nobody can attribute them."""
    w, email, free = WORDS, WORDS["contact"], WORDS["free text"]
    theirs = [OTHER, 2026, 50, "bob@stays.example", quoted(OTHERS_WORDS)]
    title = w["a title above a table of several"] + "\n\n"
    drop(warehouse, "both.csv", title + csv_of([AGENCY, 2026, 100, email, quoted(free)], theirs, header=HEADER))
    unknown, letter = w["an unknown column's name"], w["a rejected file's name"]
    semicolons = f"{';'.join(HEADER)};{unknown}\n"
    semicolons += f"{AGENCY};2025;1.200,50;{email};{free};{w['an unknown column']}\n"
    drop(warehouse, f"{w['a file name']}.csv", semicolons.encode("cp1252"), 1)
    drop(warehouse, "A1 again.csv", semicolons.encode("cp1252"), 2)
    _drop_wrong_cells(warehouse)
    _drop_workbooks(warehouse)
    number, name = int(w["digits beyond their question's limit"]), w["a person's name in a number's place"]
    record = {"agency_id": AGENCY, "survey_year": 2026, "budget_gbp": 7, "contact_email": email, "remarks": free,
              "people_count": number, w["a JSON key"]: 1,
              "person": [{"pseudonym": name, "pay_gbp": w["a roster's row"]}]}  # fmt: skip
    other = {"agency_id": OTHER, "survey_year": 2026, "budget_gbp": 8, "remarks": OTHERS_WORDS}
    drop(warehouse, "own.json", json.dumps({"note": w["beside the records"], "responses": [record]}), 20)
    drop(warehouse, "records.json", json.dumps({"responses": [{**record, "budget_gbp": 9}, other]}), 21)
    drop(warehouse, "broken.csv", csv_of([AGENCY, 2026, f'"{free}', 5, email], header=HEADER), 22)
    drop(warehouse, "nobody.csv", csv_of(["", 2026, 5, email, quoted(free)], header=HEADER), 23)
    drop(warehouse, f"A1 {letter}.pdf", b"%PDF-1.7 " + w["a rejected file"].encode(), 24)
    drop(warehouse, "letter.docx", b"PK\x03\x04" + w["a damaged workbook"].encode(), 25)


def _drop_wrong_cells(warehouse: Warehouse) -> None:
    w = WORDS
    header = ["agency_id", "survey_year", "submitted_at", "record_id", w["a header with markup"]]
    header += ["decider", "founded_date", "motto"]
    wrong = [w["free text in a numeric column"], w["free text in a choice"], w["free text in a date"]]
    texts = [w["a time that is none"], w["a record id"], *wrong, w["an address in a text answer"]]
    mine = [AGENCY, 2026, *(quoted(text) for text in texts)]
    drop(warehouse, "A1.csv", csv_of(mine, header=header), 3)
    header = ["agency_id", "survey_year", "budget_gbp", "decider"]
    theirs = [OTHER, 2026, "about 500", "we"]
    calls = "agency_id,survey_year,budget_gbp,people_count,rating_number\n" + ",".join(
        [AGENCY, "2025", *(text for where, text in w.items() if where.startswith("a telephone number"))]
    )
    drop(warehouse, "calls.csv", f"{calls}\n{OTHER},2025,1,2,3\n", 30)
    mine = [AGENCY, 2026, w["one word in a numeric column"], quoted(w["free text in a choice"])]
    cut = [AGENCY, 2026, 12, w["a row cut wrongly"]]
    drop(warehouse, "two.csv", csv_of(mine, theirs, cut, header=header), 4)


def _drop_workbooks(warehouse: Warehouse) -> None:
    w = WORDS
    answers = ("budget_gbp", 120.5), ("founded_date", "2001-02-03"), ("contact_email", w["contact"])
    book = load_workbook(io.BytesIO(form(AGENCY, *answers, ("remarks", w["free text"]))))
    book.properties.creator = w["a workbook's author"]
    sheet = book.worksheets[0]
    sheet.append((w["a form's unknown row"], w["a form's unknown row"], None, None, w["a form's unknown row"]))
    sheet["B2"].comment = Comment(w["a cell's comment"], "Ann")
    book.defined_names["list"] = DefinedName("list", attr_text=f'"{w["a defined name"]}"')
    book.custom_doc_props.append(StringProperty(name="owner", value=w["a custom property"]))
    sheet["C2"], sheet["H3"] = w["a form's changed wording"], w["a stray cell"]
    drop(warehouse, "form.xlsx", saved(book), 5)
    book = Workbook()
    sheet = book.active
    sheet.title = w["a sheet's name"]
    for row in [(w["a title above the table"],), ("agency_id", "survey_year", "people_count"), (AGENCY, 2025, 12)]:
        sheet.append(row)
    sheet.append((AGENCY, 2025, w["a hidden row"]))
    sheet.row_dimensions[4].hidden = True
    sheet["H3"] = w["a stray cell"]
    notes = book.create_sheet("Notes of Ann")
    notes.append((w["another sheet"], "so many words"))
    notes.append((w["another sheet"], w["another sheet"]))
    drop(warehouse, "sheet.xlsx", saved(book), 6)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def spellings(text: str) -> list[str]:
    """Give a text as it may stand in JSON, HTML, a URL and a receipt's file name."""
    escaped = html.escape(text)
    return [
        text,
        json.dumps(text)[1:-1],
        escaped,
        escaped.replace("&#x27;", "&#39;"),
        quote(text),
        text.replace(" ", "_"),
    ]


def places_of(data: Path, text: str) -> list[str]:
    """Give the files under a folder that hold a text or bear it in their names, archives and Parquet looked into."""
    wanted = spellings(text)
    found = []
    for path in sorted(p for p in data.rglob("*") if p.is_file()):
        name = str(path.relative_to(data))
        if any(word in part for part in [name, *texts_of(path)] for word in wanted):
            found.append(name)
    return found


def texts_of(path: Path) -> Iterator[str]:
    """Give a file's content as text, in every way in which it may be one."""
    content = path.read_bytes()
    parts = [content]
    if content.startswith(b"PK") and zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    for part in parts:
        yield from (part.decode(encoding, "ignore") for encoding in ("utf-8", "cp1252", "utf-16-le"))
    if content.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(content))
        yield "\n".join(str(row) for row in table.to_pylist())
        yield str(pq.read_metadata(io.BytesIO(content)).metadata)
