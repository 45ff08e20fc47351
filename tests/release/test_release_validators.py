"""Other people's validators read a release: Data Package, CSVW, OpenAPI, PDF/UA; each catches a broken file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import csvw
import frictionless
import pytest
import typst
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing.exceptions import Unresolvable

import release_content
from benchmarking.publish.formats import report
from benchmarking.publish.write import write_formats
from release_pdf_ua import pdf_ua_faults


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    write_formats(release_content.make_small_content(), folder)
    return folder


@pytest.fixture
def copied(written, tmp_path):
    return Path(shutil.copytree(written, tmp_path / "copy"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def frictionless_faults(folder: Path) -> list[str]:
    report = frictionless.Package(str(folder / "datapackage.json")).validate()
    return [error for _, error in report.flatten(["name", "type"])] + [error.type for error in report.errors]


def test_frictionless_accepts_the_data_package(written):
    assert frictionless_faults(written) == []
    package = json.loads((written / "datapackage.json").read_text())
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        pytest.param("2026,budget", "year,budget", "type-error", id="a-year-that-is-no-number"),
        pytest.param(",[c],,,", ",c,,,", "constraint-error", id="a-status-that-is-none"),
        pytest.param("survey_year,measure", "survey,measure", "incorrect-label", id="a-renamed-column"),
    ],
)
def test_frictionless_catches_a_broken_table(copied, old, new, fault):
    change(copied / "benchmarks.csv", old, new)
    assert fault in frictionless_faults(copied)


def test_frictionless_catches_a_table_that_is_not_the_one_described(copied):
    change(copied / "benchmarks.csv", "£", "$")
    assert "hash-count" in frictionless_faults(copied)


def csvw_faults(folder: Path) -> list[str]:
    import warnings

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = csvw.CSVW(str(folder / "benchmarks.csv-metadata.json"), validate=True)
        valid = found.is_valid
    return [str(warning.message) for warning in told] + ([] if valid else ["not valid"])


def test_csvw_accepts_the_metadata_and_the_table(written):
    assert csvw_faults(written) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("benchmarks.csv", "2026,budget", "year,budget", id="a-year-that-is-no-number"),
        pytest.param("benchmarks.csv", ",2026,", ",,", id="a-required-field-left-empty"),
        pytest.param("benchmarks.csv-metadata.json", '"datatype": "integer"', '"datatype": "whole"', id="no-datatype"),
    ],
)
def test_csvw_catches_a_broken_file(copied, name, old, new):
    change(copied / name, old, new)
    try:
        faults = csvw_faults(copied)
    except (ValueError, KeyError, AttributeError) as error:
        faults = [str(error)]
    assert faults


def openapi_faults(document: dict) -> list[str]:
    try:
        return [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    except Unresolvable as error:
        return [str(error)]


def test_the_openapi_description_is_valid_and_every_file_follows_it(written):
    document = json.loads((written / "api" / "openapi.json").read_text())
    assert openapi_faults(document) == []
    schemas = {"index.json": "Index", "peer_groups.json": "PeerGroups", "headlines.json": "Headlines"}
    files = {**schemas, **{f"measures/{path.name}": "Measure" for path in (written / "api" / "measures").iterdir()}}
    faults = [
        f"{name}: {error.message}"
        for name, schema in files.items()
        for error in _of_schema(document, schema).iter_errors(json.loads((written / "api" / name).read_text()))
    ]
    assert faults == [] and len(files) == 6


def _of_schema(document: dict, name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


@pytest.mark.parametrize(
    ("part", "name"),
    [
        pytest.param("info", "version", id="no-version"),
        pytest.param("measure", "parameters", id="a-parameter-in-the-path-that-is-not-declared"),
        pytest.param("schemas", "Index", id="a-reference-to-nothing"),
    ],
)
def test_the_openapi_validator_catches_a_broken_description(written, part, name):
    document = json.loads((written / "api" / "openapi.json").read_text())
    parts = {
        "info": document["info"],
        "measure": document["paths"]["/measures/{measure}.json"],
        "schemas": document["components"]["schemas"],
    }
    del parts[part][name]
    assert openapi_faults(document) != []


def test_a_file_of_the_api_that_leaves_its_description_is_caught(written):
    document = json.loads((written / "api" / "openapi.json").read_text())
    measure = json.loads((written / "api" / "measures" / "budget_decider.json").read_text())
    measure["cells"][0]["value"] = "480"
    assert [error.json_path for error in _of_schema(document, "Measure").iter_errors(measure)] != []


def test_the_report_passes_the_pdf_ua_checks(written):
    assert pdf_ua_faults(written / "report.pdf") == []


@pytest.mark.parametrize(
    ("source", "options", "fault"),
    [
        pytest.param("= Title", {"pdf_tags": False}, "the pages are not tagged", id="untagged"),
        pytest.param("= Title", {}, "the document has no title", id="no-title"),
        pytest.param(
            '#set document(title: "t")\n= Title', {}, "it does not claim PDF/UA-1", id="no-claim-in-the-metadata"
        ),
    ],
)
def test_the_pdf_ua_checks_catch_a_broken_file(tmp_path, source, options, fault):
    path = tmp_path / "broken.pdf"
    path.write_bytes(typst.Compiler().compile(source.encode(), format="pdf", **options))
    assert fault in pdf_ua_faults(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("#set document(title: said.title, ", "#set document(", id="a-report-without-a-title"),
        pytest.param(
            "= #said.title",
            '#image(bytes("<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>"))',
            id="a-picture-undescribed",
        ),
        pytest.param("== All", "==== All", id="a-heading-level-left-out"),
    ],
)
def test_typst_refuses_a_report_that_breaks_pdf_ua(tmp_path, monkeypatch, old, new):
    template = tmp_path / "report.typ"
    text = report.TEMPLATE.read_text(encoding="utf-8")
    assert old in text
    template.write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(report, "TEMPLATE", template)
    with pytest.raises(typst.TypstError, match="PDF/UA-1"):
        report.write_report(release_content.make_small_content(), tmp_path)
