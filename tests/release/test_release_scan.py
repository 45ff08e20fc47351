"""No agency's id, name, answer or hidden figure leaves in any file, however deep inside it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typst

from benchmarking.publish import publish
from benchmarking.publish import release as release_module
from benchmarking.publish.scan import SecretInRelease, Secrets, find_secrets, finding, scan_release, telling, texts_of
from benchmarking.tables import TABLES
from release_content import APPROVED_AUDIT, YEAR

AGENCY, HOLDING, NAME = "A-0417", "H-Blue-Harbour", "Blue Harbour Recruiting"
ANSWER, HIDDEN_FIGURE = 48213.77, 523.1579


@pytest.fixture
def with_secrets(stored, content):
    """Give a warehouse that knows one agency, its answer and one hidden figure."""
    hidden = next(cell for cell in content.cells if cell.is_hidden)
    contribution = dict.fromkeys(TABLES["benchmark.contribution"].columns) | {
        "survey_year": YEAR, "measure": hidden.measure, "agency_id": AGENCY, "holding_id": HOLDING, "category": "",
        "numerator": ANSWER, "denominator": 3.0, "people": 3,
    }  # fmt: skip
    estimate = dict.fromkeys(TABLES["benchmark.estimate"].columns) | dict(
        zip(("survey_year", "measure", "category", "peer_group", "peer_value", "statistic"), hidden.key, strict=True)
    )
    submission = dict.fromkeys(TABLES["raw.submission"].columns) | {"submission_id": "s", "agency_id": AGENCY}
    stored.append("raw.submission", table("raw.submission", submission))
    stored.replace_year("benchmark.contribution", YEAR, table("benchmark.contribution", contribution))
    stored.replace_year("benchmark.estimate", YEAR, table("benchmark.estimate", {**estimate, "value": HIDDEN_FIGURE}))
    return stored


def table(name, row):
    return pa.Table.from_pylist([row], schema=TABLES[name].schema)


def in_text(folder, secret):
    (folder / "notes.html").write_text(f"<p>x&#32;{secret}</p>")


def in_workbook_inside_a_slide(folder, secret):
    inner, outer = io.BytesIO(), folder / "slides.pptx"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<si><t>{secret}</t></si>")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("ppt/embeddings/Microsoft_Excel_Sheet1.xlsx", inner.getvalue())


def in_pdf(folder, secret):
    (folder / "report.pdf").write_bytes(typst.compile(f"Text with {secret} in it".encode(), format="pdf"))


def in_parquet_metadata(folder, secret):
    rows = pa.table({"a": ["x"]}).replace_schema_metadata({"made_from": str(secret)})
    pq.write_table(rows, folder / "benchmarks.parquet")


def in_parquet_rows(folder, secret):
    pq.write_table(pa.table({"a": [secret]}), folder / "benchmarks.parquet")


def in_picture_text(folder, secret):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    content = chunk(b"tEXt", f"Comment\0{secret}".encode()) + chunk(b"IEND", b"")
    (folder / "chart.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)


@pytest.mark.parametrize(
    "place",
    [in_text, in_workbook_inside_a_slide, in_pdf, in_parquet_metadata, in_parquet_rows, in_picture_text],
    ids=lambda place: place.__name__.replace("_", "-"),
)
@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        pytest.param(AGENCY, "an agency's id, name or own words", id="agency-id"),
        pytest.param(HOLDING, "an agency's id, name or own words", id="holding-id"),
        pytest.param(ANSWER, "an answer or a hidden figure", id="answer"),
        pytest.param(HIDDEN_FIGURE, "an answer or a hidden figure", id="hidden-figure"),
    ],
)
def test_a_secret_is_found_wherever_it_hides(with_secrets, content, tmp_path, place, secret, kind):
    folder = tmp_path / "candidate"
    folder.mkdir()
    place(folder, secret)
    with pytest.raises(SecretInRelease) as found:
        scan_release(with_secrets, content, folder, with_secrets.versions())
    assert kind in str(found.value)
    assert str(secret) not in str(found.value)


def test_a_whole_release_made_beside_the_secrets_holds_none_of_them(with_secrets, approval):
    assert publish(with_secrets, YEAR, approval, APPROVED_AUDIT).is_new


def test_a_release_with_a_secret_is_not_promoted(with_secrets, approval, releases, monkeypatch):
    build = release_module.build

    def leaking(content, folder, manifest):
        build(content, folder, manifest)
        in_text(folder, AGENCY)

    monkeypatch.setattr(release_module, "build", leaking)
    with pytest.raises(SecretInRelease, match="Nothing was published"):
        publish(with_secrets, YEAR, approval, APPROVED_AUDIT)
    assert list(releases.iterdir()) == []


def test_the_names_of_a_frame_are_secrets_and_its_labels_are_not(with_secrets, content):
    rows = pa.table(
        {
            "survey_year": [YEAR],
            "agency_id": [AGENCY],
            "submission_id": ["s"],
            "holding_group": [NAME],
            "size_band": ["micro"],
        }
    )
    with_secrets.replace_year("staging.frame", YEAR, rows)
    connection = with_secrets.connect()
    secrets = find_secrets(connection, content)
    connection.close()
    assert finding(f"by {NAME} and others", secrets) == "an agency's id, name or own words"
    assert finding("Micro (1 to 9 staff), micro, 2026, £480", secrets) == ""


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param(48213.77, "4821377", id="seven-digits"),
        pytest.param("48,213.77".replace(",", ""), "4821377", id="as-text"),
        pytest.param(0.0123456789, "1234567", id="a-fraction"),
        pytest.param(1.23456789e-05, "1234567", id="an-exponent"),
        pytest.param(480.0, "", id="too-few-digits-to-tell"),
        pytest.param("0.08500000000000001", "", id="noise-of-writing"),
        pytest.param(0.1 + 0.2, "", id="noise-of-adding"),
        pytest.param("0.07099123999999999", "7099124", id="noise-after-seven-digits"),
    ],
)
def test_a_number_tells_by_its_first_seven_digits(number, expected):
    assert telling(number) == expected


def test_digits_inside_a_checksum_or_a_picture_are_no_finding():
    secrets = Secrets(frozenset({AGENCY}), (), frozenset({"4821377"}))
    assert finding("a48213770b 1.4821377e", secrets) == ""
    assert finding("data:font/otf;base64,4821377AAAA=", secrets) == ""


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        pytest.param('<c r="A1000"><v>5</v></c>', False, id="the-place-of-a-cell"),
        pytest.param('<dimension ref="A1:A1000"/>', False, id="a-range"),
        pytest.param('<c r="A7" t="inlineStr"><is><t>A1000</t></is></c>', True, id="what-stands-in-it"),
        pytest.param('<hyperlink r="A7" display="A1000"/>', True, id="another-attribute"),
    ],
)
def test_an_id_that_looks_like_a_cells_place_is_looked_for_in_what_stands_there(tmp_path, cell, found):
    with zipfile.ZipFile(tmp_path / "benchmarks.xlsx", "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet>{cell}</worksheet>")
    secrets = Secrets(frozenset({"A1000"}), (), frozenset())
    texts = [text for _, text in texts_of(tmp_path / "benchmarks.xlsx")]
    assert any(finding(text, secrets) for text in texts) is found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cells.csv", "contributors,people,lower,upper\n228,676,430,530\n"),
        ("cells.json", '{"cell":[228,676,430,530]}'),
    ],
)
def test_numbers_beside_each_other_are_not_read_as_one(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    together, last = Secrets(frozenset(), (), frozenset({telling("228676430530")})), text.replace("530", "5301234")
    assert [finding(part, together) for _, part in texts_of(path)] == [""]
    path.write_text(last)
    alone = Secrets(frozenset(), (), frozenset({telling("5301234")}))
    assert [finding(part, alone) for _, part in texts_of(path)] == ["an answer or a hidden figure"]


def test_a_number_with_its_commas_is_found_in_a_cell_and_in_a_key(tmp_path):
    secrets = Secrets(frozenset({"A037"}), (), frozenset({telling("1234567")}))
    for name, text in (("a.csv", 'x,"£1,234,567"\n'), ("b.json", '{"1,234,567":[]}'), ("c.json", '{"a":{"A037":1}}')):
        (tmp_path / name).write_text(text)
        assert [finding(part, secrets) for _, part in texts_of(tmp_path / name)] != [""]
