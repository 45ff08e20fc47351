"""A static JSON API, described by OpenAPI: any web server that serves files serves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarking.publish.content import Cell, Content, Headline
from benchmarking.publish.formats.cells import COUNTS, NUMBERS, about, cell_record
from benchmarking.publish.formats.describe import MEANING
from benchmarking.publish.formats.plain import write_json
from benchmarking.publish.labels import category_label, measure_title, statistic_label

OPENAPI = "3.1.0"


def write_api(content: Content, folder: Path) -> list[Path]:
    """Write api/index.json, api/peer_groups.json, one file a measure, and api/openapi.json."""
    measures = sorted({cell.measure for cell in content.cells})
    paths = [
        write_json(folder / "api" / "index.json", _index(content, measures)),
        write_json(folder / "api" / "peer_groups.json", _peer_groups(content)),
        write_json(folder / "api" / "headlines.json", _headlines(content)),
        write_json(folder / "api" / "openapi.json", openapi(content, measures)),
    ]
    for measure in measures:
        cells = [cell for cell in content.cells if cell.measure == measure]
        paths.append(write_json(folder / "api" / "measures" / f"{measure}.json", _measure(content, measure, cells)))
    return paths


def openapi(content: Content, measures: list[str]) -> dict[str, Any]:
    """Describe the API's files in OpenAPI 3.1."""
    name = {"name": "measure", "in": "path", "required": True, "schema": {"type": "string", "enum": measures}}
    return {
        "openapi": OPENAPI,
        "info": {
            "title": content.programme.title,
            "version": content.version,
            "description": f"{content.notice} {content.citation}".strip(),
        },
        "servers": [{"url": "."}],
        "paths": {
            "/index.json": _get("index", "What the release is, and its measures", "Index"),
            "/peer_groups.json": _get("peer_groups", "Peer groups and their labels", "PeerGroups"),
            "/headlines.json": _get("headlines", "Sentences to quote", "Headlines"),
            "/measures/{measure}.json": {
                "parameters": [name],
                **_get("measure", "One measure's definition and cells", "Measure"),
            },
        },
        "components": {"schemas": _schemas()},
    }


def _index(content: Content, measures: list[str]) -> dict[str, Any]:
    listed = [
        {"measure": name, "title": measure_title(content.programme, name), "path": f"measures/{name}.json"}
        for name in measures
    ]
    return {**about(content), "measures": listed}


def _peer_groups(content: Content) -> dict[str, Any]:
    pairs = sorted({(cell.peer_group, cell.peer_value) for cell in content.cells})
    groups = [
        {
            "peer_group": group,
            "title": content.programme.peer_title(group),
            "values": {value: content.programme.peer_label(group, value) for g, value in pairs if g == group},
        }
        for group in sorted({group for group, _ in pairs})
    ]
    return {**about(content), "peer_groups": groups}


def _headlines(content: Content) -> dict[str, Any]:
    headlines = [
        {**vars(headline), "quote": headline.quote, "years": _years(content, headline)}
        for headline in content.headlines
    ]
    return {**about(content), "headlines": headlines}


def _years(content: Content, headline: Headline) -> list[dict[str, Any]]:
    """Give a headline's figure as this and earlier years' releases showed it."""
    names = ("survey_year", "display", "status", "lower_display", "upper_display")
    return [{name: getattr(cell, name) for name in names} for cell in content.history(headline)]


def _measure(content: Content, measure: str, cells: list[Cell]) -> dict[str, Any]:
    known = next((d for d in content.quality.get("definitions", []) if d["measure"] == measure), {"measure": measure})
    labels = {
        "statistics": {name: statistic_label(name) for name in sorted({cell.statistic for cell in cells})},
        "categories": {
            name: category_label(content.programme, measure, name)
            for name in sorted({c.category for c in cells} - {""})
        },
    }
    return {**about(content), "definition": known, **labels, "cells": [cell_record(cell) for cell in cells]}


def _get(operation: str, summary: str, schema: str) -> dict[str, Any]:
    answer = {
        "description": summary,
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }
    missing = {"description": "There is no such file"}
    return {
        "get": {"operationId": f"get_{operation}", "summary": summary, "responses": {"200": answer, "404": missing}}
    }


def _schemas() -> dict[str, Any]:
    text, cells = {"type": "string"}, {"type": "array", "items": {"$ref": "#/components/schemas/Cell"}}
    said = {
        "programme": text,
        "title": text,
        "survey_year": {"type": "integer"},
        "version": text,
        "previous_version": {"type": ["string", "null"]},
        "published_at": {"type": "string", "format": "date-time"},
        "notice": text,
        "citation": text,
    }
    rows = {"type": "array", "items": {"type": "object"}}
    return {
        "About": {"type": "object", "properties": said, "required": list(said)},
        "Index": _with_about({"measures": rows}),
        "PeerGroups": _with_about({"peer_groups": rows}),
        "Headlines": _with_about({"headlines": rows}),
        "Measure": _with_about({"definition": {"type": "object"}, "cells": cells}),
        "Cell": {"type": "object", "properties": _cell_properties(), "required": list(_cell_properties())},
    }


def _with_about(properties: dict[str, Any]) -> dict[str, Any]:
    own = {"type": "object", "properties": properties, "required": list(properties)}
    return {"allOf": [{"$ref": "#/components/schemas/About"}, own]}


def _cell_properties() -> dict[str, Any]:
    def kind(name: str) -> dict[str, Any]:
        if name in NUMBERS:
            return {"type": ["number", "null"]}
        if name in COUNTS:
            return {"type": "integer"} if name == "survey_year" else {"type": ["integer", "null"]}
        return {"type": "string"}

    return {name: {**kind(name), "description": text} for name, text in MEANING.items() if name != "notice"}
