"""Great Expectations suites as committed JSON: generated from the rules, and read strictly.

Great Expectations drops an expectation of unknown type with a log line. Here every expectation of a suite must
be of a known type, carry a rule of the programme, and say what that rule says; anything else is an error.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarking.catalog import Programme
from benchmarking.errors import BenchmarkingError
from benchmarking.validate.rules import Check, checks_of

GX_VERSION = "1.24.1"
SEVERITY = {"fail": "critical", "query": "warning", "note": "info"}
NAMESPACE = uuid.UUID("6f1d5a52-1f0e-5b60-9a43-7a2f3b1f9c11")


class StaleSuite(BenchmarkingError):
    """A committed suite does not say what the rules say."""


def _stale(what: str, path: Path) -> StaleSuite:
    folder = path.parent.parent
    return StaleSuite(
        what, str(path), f"Run `python -m benchmarking suites --programme {folder}` and commit the result."
    )


def suite_path(programme: Programme, unit: str) -> Path:
    """Give the file of a unit's committed suite."""
    return programme.directory / "expectations" / f"{programme.name}_{unit}.json"


def suite_json(programme: Programme, unit: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Give a unit's suite as Great Expectations stores it."""
    name = f"{programme.name}_{unit}"
    return {
        "name": name,
        "id": str(uuid.uuid5(NAMESPACE, name)),
        "expectations": [_expectation(name, check) for check in checks],
        "meta": {"great_expectations_version": GX_VERSION, "generated_from": f"expectations/{unit}.yaml, rules.yaml"},
        "notes": "Generated: change the questionnaire or rules.yaml, then generate it anew.",
    }


def write_suites(programme: Programme) -> list[Path]:
    """Generate the suites of every unit; give the files that changed."""
    changed = []
    for unit, checks in checks_of(programme).items():
        path = suite_path(programme, unit)
        text = _text(suite_json(programme, unit, checks))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def stale_suites(programme: Programme) -> list[Path]:
    """Give the committed suites that differ from what would be generated."""
    return [
        suite_path(programme, unit)
        for unit, checks in checks_of(programme).items()
        if not suite_path(programme, unit).is_file()
        or suite_path(programme, unit).read_text(encoding="utf-8") != _text(suite_json(programme, unit, checks))
    ]


def load_suite(programme: Programme, unit: str, checks: Sequence[Check]) -> dict[str, Any]:
    """Read a unit's committed suite and hold it against the rules.

    Raises:
        StaleSuite: the file is missing or unreadable, an expectation is of an unknown type, or a rule is lost, added
            or different; the sentence names the rule.
    """
    path = suite_path(programme, unit)
    try:
        suite = json.loads(path.read_text(encoding="utf-8"))
        stored = {entry["meta"]["rule_id"]: entry for entry in suite["expectations"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _stale(f"the suite cannot be read: {error!r}.", path) from error
    wanted = {entry["meta"]["rule_id"]: entry for entry in suite_json(programme, unit, checks)["expectations"]}
    if len(stored) != len(suite["expectations"]):
        raise _stale("a rule stands twice.", path)
    for rule_id, entry in stored.items():
        _check_type(rule_id, entry.get("type", ""), path)
        if rule_id not in wanted:
            raise _stale(f"rule {rule_id} is not a rule of the programme.", path)
    for rule_id, entry in wanted.items():
        if rule_id not in stored:
            raise _stale(f"rule {rule_id} is missing from the suite.", path)
        if stored[rule_id] != json.loads(json.dumps(entry)):
            raise _stale(f"rule {rule_id} in the suite is not what the rules say now.", path)
    return suite


def _check_type(rule_id: str, kind: str, path: Path) -> None:
    from benchmarking.validate.gate import known_expectations

    if kind not in known_expectations():
        raise _stale(f"rule {rule_id}: Great Expectations knows no expectation '{kind}'.", path)


def _expectation(suite: str, check: Check) -> dict[str, Any]:
    kind, arguments = check.expectation
    return {
        "type": kind,
        "kwargs": dict(arguments),
        "severity": SEVERITY[check.severity],
        "id": str(uuid.uuid5(NAMESPACE, f"{suite}/{check.rule_id}")),
        "meta": {
            "rule_id": check.rule_id,
            "fields": list(check.fields),
            "severity": check.severity,
            "message": check.message,
            "because": check.because,
        },
    }


def _text(suite: dict[str, Any]) -> str:
    return json.dumps(suite, indent=2, ensure_ascii=False) + "\n"
