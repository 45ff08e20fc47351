"""Programme, survey, question, rule and measure: the one reading of the definitions.

A programme is a folder: `programme.yaml`, `expectations/<survey>.yaml`, `expectations/rules.yaml`,
`sql/staging/*.sql` and `sql/measures/*.sql`. Nothing here knows any industry.
"""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml

from benchmarking import sql
from benchmarking.consistency import check_currency, check_measure, check_one, check_programme, check_survey
from benchmarking.currency import currency_sign
from benchmarking.errors import DefinitionError
from benchmarking.inputs import Input, load_inputs, warnings_of

T = TypeVar("T")
# The parameters of a rule on a change since last year (validate.outliers).
OUTLIER = ("u", "a", "c", "floor", "floor_share")
SEVERITIES = ("fail", "query", "note")
PRIVATE_ROLES = ("contact", "free_text")
TWO_WAY = " x "


@dataclass(frozen=True)
class Question:
    """One question: its name is its column in every layer; `minimum`, `maximum` are in `unit`."""

    name: str
    wording: str
    type: str
    unit: str = ""
    required: bool = False
    min: float | None = None
    max: float | None = None
    choices: dict[str, str] = field(default_factory=dict)
    since: int | None = None
    role: str = "answer"
    aliases: tuple[str, ...] = ()
    help: str = ""
    pattern: str = ""
    constant: Any = None

    @property
    def is_private(self) -> bool:
        """Say whether answers are contact details or free text, kept in the erasable store."""
        return self.role in PRIVATE_ROLES

    def is_asked_in(self, year: int) -> bool:
        """Say whether the question was on the form of a survey year."""
        return self.since is None or year >= self.since


@dataclass(frozen=True)
class Roster:
    """Rows below a submission, such as one a person."""

    name: str
    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Survey:
    """One questionnaire and its roster."""

    name: str
    title: str
    form_version: str
    questions: tuple[Question, ...]
    role: str = "answers"
    roster: Roster | None = None
    ignored_columns: tuple[str, ...] = ()

    @cached_property
    def all_questions(self) -> tuple[Question, ...]:
        """Give the survey's questions and then its roster's."""
        return self.questions + (self.roster.questions if self.roster else ())

    def question(self, name: str) -> Question:
        """Give one question, of the survey or its roster.

        Raises:
            DefinitionError: there is none of that name.
        """
        for question in self.all_questions:
            if question.name == name:
                return question
        raise DefinitionError(f"there is no question '{name}'.", f"survey {self.name}", "Correct the name.")

    def with_role(self, role: str) -> Question | None:
        """Give the first question with a role, or None."""
        return next((question for question in self.questions if question.role == role), None)


@dataclass(frozen=True)
class Rule:
    """What must hold across answers; `holds` is a DuckDB boolean, NULL counting as holding."""

    rule_id: str
    survey: str
    fields: tuple[str, ...]
    holds: str
    severity: str
    message: str
    because: str
    options: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """One published measure: the header and SELECT of one SQL file.

    `people` says whom its column of that name counts. `interval` is "events" for a rate of independent events.
    """

    name: str
    title: str
    kind: str
    unit: str
    definition: str
    rounds_to: Decimal
    sql: str
    format: str = "number"
    better: str = "neutral"
    group: str = ""
    version: int = 1
    currency: str = "GBP"
    people: str = ""
    interval: str = ""

    @cached_property
    def sign(self) -> str:
        """Give what stands before an amount, such as "£" or "CHF "; "" unless the measure is of money."""
        return currency_sign(self.currency) if self.format == "money" else ""


@dataclass(frozen=True)
class Disclosure:
    """Parameters of disclosure control; shares are fractions, ages months."""

    minimum_contributors: int = 5
    minimum_quartiles: int = 8
    minimum_tails: int = 20
    dominance_share: float = 0.25
    p_percent: float = 10
    minimum_unanimous: int = 10
    minimum_age_months: int = 3
    interval_width: float = 0.10
    contributors_round_to: int = 1


@dataclass(frozen=True)
class Programme:
    """An industry's yearly benchmark, as data."""

    directory: Path
    name: str
    title: str
    surveys: dict[str, Survey]
    rules: tuple[Rule, ...]
    measures: dict[str, Measure]
    peer_groups: tuple[str, ...]
    years: tuple[int, ...]
    currency: str = "GBP"
    is_made_up: bool = False
    notice: str = ""
    attribution: str = ""
    contributor_noun: tuple[str, str] = ("agency", "agencies")
    person_noun: tuple[str, str] = ("person", "people")
    peer_labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    bands: dict[str, Any] = field(default_factory=dict)
    frame_margins: tuple[str, ...] = ()
    disclosure: Disclosure = field(default_factory=Disclosure)
    reliability: dict[str, Any] = field(default_factory=dict)
    headlines: tuple[dict[str, Any], ...] = ()
    calendar: tuple[dict[str, Any], ...] = ()
    sources: tuple[dict[str, Any], ...] = ({"name": "inbox", "kind": "folder", "url": ""},)
    inputs: dict[str, Input] = field(default_factory=dict)
    time_zone: str = "UTC"

    def survey(self, name: str) -> Survey:
        """Give one survey.

        Raises:
            DefinitionError: the programme has none of that name.
        """
        if name not in self.surveys:
            raise DefinitionError(f"there is no survey '{name}'.", self.name, f"Use one of {', '.join(self.surveys)}.")
        return self.surveys[name]

    @cached_property
    def peer_columns(self) -> tuple[str, ...]:
        """Give the columns of staging.agency that peer groups are cut by, each once."""
        columns = [column for group in self.peer_groups for column in group.split(TWO_WAY)]
        return tuple(dict.fromkeys(columns))

    @cached_property
    def staging_files(self) -> dict[str, Path]:
        """Give the programme's staging SELECTs by table name."""
        return {f"staging.{path.stem}": path for path in sorted((self.directory / "sql" / "staging").glob("*.sql"))}

    @cached_property
    def table_names(self) -> tuple[str, ...]:
        """Give the tables that this programme adds to the package's own."""
        wide = [f"staging.{survey.name}" for survey in self.surveys.values()]
        rosters = [f"staging.{s.name}_{s.roster.name}" for s in self.surveys.values() if s.roster]
        return (*wide, *rosters, *self.staging_files, *(one.table_name for one in self.inputs.values()))

    @cached_property
    def definition_sha256(self) -> str:
        """Give the hash of every file that defines the programme, for manifests."""
        digest = hashlib.sha256()
        for path in definition_files(self.directory):
            digest.update(str(path.relative_to(self.directory)).encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def peer_title(self, group: str) -> str:
        """Give a peer group's title as people read it."""
        if group == "all":
            return f"All {self.contributor_noun[1]}"
        parts = [self.peer_labels.get(part, {}).get("title", part.replace("_", " ")) for part in group.split(TWO_WAY)]
        return " by ".join([parts[0], *[part.lower() for part in parts[1:]]])

    def peer_label(self, group: str, value: str) -> str:
        """Give a peer value's label as people read it, such as "Micro (1-9), Health"."""
        if group == "all":
            return f"All {self.contributor_noun[1]}"
        pairs = zip(group.split(TWO_WAY), value.split(TWO_WAY), strict=True)
        return ", ".join(str(self.peer_labels.get(g, {}).get("values", {}).get(v, v)) for g, v in pairs)


def definition_files(directory: Path) -> list[Path]:
    """Give the files that define a programme, in a fixed order."""
    patterns = ("programme.yaml", "expectations/*.yaml", "sql/staging/*.sql", "sql/measures/*.sql", "reference/*.csv")
    return [path for pattern in patterns for path in sorted(directory.glob(pattern))]


def load_programme(directory: Path) -> Programme:
    """Read a programme's folder.

    Raises:
        DefinitionError: a file is missing or wrong; the sentence names the file, the entry and the cure.
    """
    directory = Path(directory).resolve()
    path = directory / "programme.yaml"
    entry = _yaml(path)
    surveys = {name: load_survey(directory / "expectations" / f"{name}.yaml") for name in entry.pop("surveys", [])}
    entry["disclosure"] = _build(Disclosure, entry.get("disclosure") or {}, str(path))
    entry["inputs"] = load_inputs(directory, entry.get("inputs") or {}, str(path))
    plain = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    measures = _measures(directory, warnings_of(entry["inputs"]), check_currency(entry.get("currency", "GBP"), path))
    plain.update(directory=directory, surveys=surveys, rules=_rules(directory, surveys), measures=measures)
    programme = _build(Programme, plain, str(path))
    check_programme(programme, path)
    return programme


def load_survey(path: Path) -> Survey:
    """Read one questionnaire.

    Raises:
        DefinitionError: an entry is wrong; the sentence names it.
    """
    entry = _yaml(path)
    roster = entry.pop("roster", None)
    questions = _questions(entry.pop("questions", []), path)
    entry["ignored_columns"] = tuple(str(name) for name in entry.get("ignored_columns", ()))
    plain = {"name": entry.pop("survey", path.stem), **entry, "questions": questions}
    survey = _build(Survey, {**plain, "roster": _roster(roster, path) if roster else None}, str(path))
    check_survey(survey, path)
    return survey


def load_measure(path: Path, warning: str = "", currency: str = "GBP") -> Measure:
    """Read one measure file: its YAML header, whose definition a warning may end, and its SELECT.

    Args:
        currency: the programme's; the header may name another.

    Raises:
        DefinitionError: the header misses a field or names an unknown kind, format or direction.
    """
    entry = sql.header(path)
    entry["rounds_to"] = Decimal(str(entry.get("rounds_to", 1)))
    entry.setdefault("currency", currency)
    entry["definition"] = " ".join(f"{entry.get('definition', '')} {warning}".split())
    measure = _build(Measure, {**entry, "name": path.stem, "sql": path.read_text("utf-8")}, str(path))
    check_measure(measure, path)
    return measure


def _rules(directory: Path, surveys: dict[str, Survey]) -> tuple[Rule, ...]:
    path = directory / "expectations" / "rules.yaml"
    entry = _yaml(path) if path.is_file() else {}
    for name in entry:
        check_one("entry", name, ("rules", "published_beside", "reliability"), str(path))
    rules = tuple(_rule(one, path) for one in entry.get("rules") or ())
    ids = [rule.rule_id for rule in rules]
    for rule in rules:
        if ids.count(rule.rule_id) > 1:
            raise DefinitionError(f"rule_id '{rule.rule_id}' stands twice.", str(path), "Rename one of them.")
        if rule.survey not in surveys:
            raise DefinitionError(f"rule {rule.rule_id}: no survey '{rule.survey}'.", str(path), "Correct the name.")
        for name in rule.fields:
            surveys[rule.survey].question(name)
    return rules


def _rule(entry: dict[str, Any], path: Path) -> Rule:
    options = {key: value for key, value in entry.items() if key in OUTLIER}
    plain = {key: value for key, value in entry.items() if key not in OUTLIER}
    plain["fields"] = tuple(plain.get("fields", ()))
    where = f"{path}: rule {entry.get('rule_id', '?')}"
    rule = _build(Rule, {**plain, "options": options}, where)
    if rule.severity not in SEVERITIES:
        raise DefinitionError(f"severity '{rule.severity}' is none of {', '.join(SEVERITIES)}.", where, "Correct it.")
    return rule


def _measures(directory: Path, warnings: dict[str, str], currency: str) -> dict[str, Measure]:
    paths = sorted((directory / "sql" / "measures").glob("*.sql"))
    return {path.stem: load_measure(path, warnings.get(path.stem, ""), currency) for path in paths}


def _roster(entry: dict[str, Any], path: Path) -> Roster:
    return Roster(entry["name"], entry.get("title", entry["name"]), _questions(entry.get("questions", []), path))


def _questions(entries: list[dict[str, Any]], path: Path) -> tuple[Question, ...]:
    questions = []
    for entry in entries:
        plain = {**entry, "aliases": tuple(str(alias) for alias in entry.get("aliases", ()))}
        plain["choices"] = {str(key): str(value) for key, value in (entry.get("choices") or {}).items()}
        questions.append(_build(Question, plain, f"{path}: question {entry.get('name', '?')}"))
    return tuple(questions)


def _yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise DefinitionError("the file is missing.", str(path), "Add it, or name another programme folder.")
    try:
        entry = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DefinitionError(f"not readable as YAML: {error}", str(path), "Correct the file.") from error
    if not isinstance(entry, dict):
        raise DefinitionError("not a mapping.", str(path), "Begin with keys such as name: and title:.")
    return entry


def _build(kind: type[T], entry: dict[str, Any], where: str) -> T:
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    unknown = set(entry) - set(known)
    if unknown:
        raise DefinitionError(f"unknown entry {sorted(unknown)}.", where, f"Known are {sorted(known)}.")
    needed = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if needed - set(entry):
        raise DefinitionError(f"{sorted(needed - set(entry))} missing.", where, "Add it.")
    return kind(**entry)
