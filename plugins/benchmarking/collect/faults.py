"""What can be wrong with what a stranger sends: each rule with its verdict, its sentence and its cure.

The sentences are the sender's: they stand on the receipt. `{seen}` is what was found.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One intake rule: `verdict` of the submission that breaks it, what to say and how to cure it.

    `{seen}` stands for what was found, `{allowed}` for the answers that may be given.
    """

    verdict: str
    sentence: str
    cure: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found: `line` is the row in the sheet (0: the whole file), `column` as the sender named it."""

    rule: str
    line: int = 0
    column: str = ""
    seen: str = ""


P, R = "parked", "rejected"
RULES: dict[str, Rule] = {
    # the file as a whole
    "file.empty": Rule(R, "The file is empty.", "Send the file again; it may have been cut off."),
    "file.no_rows": Rule(R, "The file has no row with an answer below its first row.", "Fill it in and send it again."),
    "file.too_big": Rule(R, "The file is too big: {seen}.", "Split it, or ask for a higher limit."),
    "file.kind": Rule(R, "A file of this kind cannot be read: {seen}.", "Save it as .xlsx or .csv and send it again."),
    "file.encoding": Rule(R, "The text is in no encoding that can be recognised.", "Save it as CSV UTF-8."),
    "file.mixed": Rule(
        R,
        "Letters such as é and £ are written in two ways, UTF-8 and Windows: see line {seen} and those like it.",
        "Correct the letters that look wrong, and save it as CSV UTF-8.",
    ),
    "file.hidden": Rule(R, "The answers seem to be on a hidden sheet: {seen}.", "Unhide the sheet, or send it alone."),
    "file.broken": Rule(R, "The file is damaged: {seen}.", "Open it, save it anew and send it again."),
    "file.encrypted": Rule(R, "The workbook is protected by a password.", "Save it without a password."),
    "file.macros": Rule(R, "The workbook holds macros ({seen}).", "Save it as .xlsx without macros."),
    "file.links": Rule(R, "The workbook draws on another file ({seen}).", "Paste the values and send it again."),
    "file.unsafe": Rule(R, "The file has an unsafe part: {seen}.", "Save it anew in your spreadsheet program."),
    "file.limit": Rule(R, "The file goes beyond a limit: {seen}.", "Delete what lies outside the answers."),
    "file.gave_up": Rule(R, "Reading the file took too much time or memory.", "Save the answers alone in a new file."),
    "file.form_text": Rule(
        R, "It is the form saved as text, which keeps its first sheet alone.", "Save the form as .xlsx and send that."
    ),
    "file.survey": Rule(R, "The form belongs to another survey: {seen}.", "Put it into that survey's folder."),
    "file.place": Rule(R, "The file lies in no survey's folder: {seen}.", "Put it into the folder of its survey."),
    "file.programme": Rule(R, "The form belongs to another programme: {seen}.", "Send it to that programme."),
    "file.year": Rule(R, "The stamp names a year that is no number: {seen}.", "Use the form as it was sent to you."),
    "file.unread": Rule(
        P,
        "The file could not be read, and the mistake is ours: {seen}.",
        "Save it anew as .xlsx or .csv and send it again, or ask the organiser to have it looked at.",
    ),
    "file.sheets": Rule(
        P,
        "A second sheet holds answers too and was not read: {seen}.",
        "Put all answers on one sheet, or send two files.",
    ),
    "header.unknown": Rule(
        P, "The column is not a question of this survey.", "Name the column as on the form, or delete it."
    ),
    "header.twice": Rule(P, "Two columns hold the same question.", "Keep one of them."),
    "header.missing": Rule(P, "The column is missing, so rows cannot be told apart.", "Add it and send it again."),
    "header.two_rows": Rule(P, "A second header row seems to follow the first.", "Delete it, or name the survey tool."),
    "header.roster_alone": Rule(P, "It lists {seen}, but not the agency's own answers.", "Send both in one file."),
    "header.roster_whose": Rule(
        P,
        "Whose people these are is not clear: {seen}.",
        "Name each one's agency as in its answers, or send one file an agency.",
    ),
    "header.hidden": Rule(P, "The column is hidden in the sheet.", "Unhide it if it counts, delete it if not."),
    "header.none": Rule(
        P,
        "No column is a question of this survey.",
        "Write the form's column names into the first row, and delete what stands above them.",
    ),
    # a row or record
    "row.width": Rule(
        P,
        "The row has {seen}.",
        "Give it one value a column, with quotes around a value that holds the separator; delete it if it is a note.",
    ),
    "row.beyond": Rule(
        P, "A cell stands to the right of the last column: {seen}.", "Delete it, or give its column a name."
    ),
    "row.encrypted": Rule(R, "The survey tool holds the record encrypted.", "Turn encryption off, or send its export."),
    "row.empty": Rule(
        R, "No question is answered.", "If it is an agency's, fill it in and send it again; a note needs nothing."
    ),
    "row.hidden": Rule(
        P, "The row is hidden in the sheet, perhaps by a filter.", "Unhide it if it counts, delete it if not."
    ),
    "row.twice": Rule(
        P,
        "The file holds two different rows for one agency and year: {seen}.",
        "Keep the right one, delete the other and send the file again.",
    ),
    "row.partial": Rule(P, "The response was never submitted.", "Finish it; the finished one replaces this one."),
    "row.test": Rule(R, "It is a test or preview response.", "Nothing needs doing."),
    "row.refused": Rule(R, "The survey tool marks the record as rejected.", "Correct it in the survey tool."),
    "row.issue": Rule(P, "The survey tool marks the record as having issues.", "Settle them in the survey tool."),
    "row.header": Rule(P, "It repeats the names of the columns, and is no agency.", "Delete the row."),
    "row.total": Rule(P, "It repeats what stands above as a total, and is no agency.", "Delete the row."),
    # an answer
    "key.agency": Rule(P, "It does not say which agency answers.", "Fill in the agency."),
    "key.agency_looks": Rule(
        P,
        "The agency's id holds characters that cannot be told from others: “{seen}”.",
        "Type the id anew, as on the form.",
    ),
    "key.agency_long": Rule(P, "It is too long for an agency's id: “{seen}”.", "Write the id as on the form."),
    "key.agency_spoilt": Rule(
        P,
        "A spreadsheet seems to have changed the agency's id: “{seen}”.",
        "Format its column as text, and type the id as on the form.",
    ),
    "key.year": Rule(
        P, "It does not name a survey year of this programme: {seen}.", "Write one of the survey years: {allowed}."
    ),
    "key.stamp": Rule(P, "It differs from the form's stamp: “{seen}”.", "Use the form made for this agency and year."),
    "answer.number": Rule(
        P,
        "It is not a plain number: “{seen}”.",
        "Write digits only, such as 1200.50, and nothing else in the cell; leave it blank if there is no answer.",
    ),
    "answer.telephone": Rule(
        P, "It may be a telephone number and no amount: “{seen}”.", "Write an amount without + and leading zeros."
    ),
    "answer.separator": Rule(
        P,
        "Thousands or decimals? “{seen}” can be read both ways.",
        "Write it without a separator for thousands, such as 1200 or 1.2.",
    ),
    "answer.whole": Rule(P, "A whole number is needed, not “{seen}”.", "Write it without decimals."),
    "answer.percent": Rule(P, "{seen} of one, or {seen} percent?", "Write it with a percent sign."),
    "answer.currency": Rule(
        P, "The amount is in another currency: “{seen}”.", "Give the amount in the form's currency."
    ),
    "answer.digits": Rule(
        P, "The number has lost digits in the spreadsheet: “{seen}”.", "Write it as text or in full."
    ),
    "answer.date": Rule(
        P, "It is not a date with day, month and year: “{seen}”.", "Write it as year-month-day, such as 2026-03-31."
    ),
    "answer.day_month": Rule(
        P, "Day or month first? “{seen}” can be read both ways.", "Write it as year-month-day, such as 2026-03-04."
    ),
    "answer.yes_no": Rule(P, "It is neither yes nor no: “{seen}”.", "Answer yes or no."),
    "answer.choice": Rule(P, "It is none of the choices: “{seen}”.", "Write one of the form's answers: {allowed}."),
    "answer.choices": Rule(
        P, "Several choices in one cell cannot be told apart: “{seen}”.", "Write one of the form's answers: {allowed}."
    ),
    "answer.formula": Rule(
        P, "The cell holds a formula without a value.", "Open, calculate and save; or type the value."
    ),
    "answer.error": Rule(P, "The cell shows an error: “{seen}”.", "Correct the formula or type the value."),
    "answer.zone_gap": Rule(P, "That local time does not exist: “{seen}”.", "Give the time with its zone."),
    "answer.zone_twice": Rule(P, "That local time happened twice: “{seen}”.", "Give the time with its zone."),
    "answer.control": Rule(P, "The text holds control characters.", "Type it anew."),
}
LONGEST_SEEN = 80


def sentence(rule: str, seen: str) -> str:
    """Give the rule's sentence with what was seen, cut to a length that fits a receipt."""
    shown = seen if len(seen) <= LONGEST_SEEN else seen[:LONGEST_SEEN] + "..."
    return RULES[rule].sentence.replace("{seen}", " ".join(shown.split()) if shown else "nothing")
