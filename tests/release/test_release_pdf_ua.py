"""The checks of PDF/UA on the report, each with a copy of it broken in one place that it finds."""

from __future__ import annotations

import re

import pytest
from pypdf import PdfWriter
from pypdf.generic import BooleanObject, DecodedStreamObject, NameObject

import release_content
from benchmarking.publish.formats.report import write_report
from release_pdf_ua import pdf_ua_faults, structure


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return write_report(release_content.make_small_content(), tmp_path_factory.mktemp("report"))


def nodes(writer, kind):
    return [node for node in structure(writer.root_object) if node["/S"] == f"/{kind}"]


def drop(name, holder):
    """Give a change that takes a key from what `holder` finds in the file."""

    def change(writer):
        del holder(writer)[name]

    return change


def rename(kind, other):
    """Give a change that calls every tag of a kind something else."""

    def change(writer):
        for node in nodes(writer, kind):
            node[NameObject("/S")] = NameObject(f"/{other}")

    return change


def font(writer):
    return next(iter(writer.pages[0]["/Resources"]["/Font"].values())).get_object()


def descriptor(writer):
    return font(writer)["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()


def take_fonts_out(writer):
    found = descriptor(writer)
    for name in [name for name in found if name.startswith("/FontFile")]:
        del found[name]


def take_marks_out(writer):
    page = writer.pages[0]
    plain = DecodedStreamObject()
    plain.set_data(re.sub(rb"/[A-Za-z]+\s*(<<[^>]*>>)?\s*B[DM]C|EMC", b"", page.get_contents().get_data()))
    page[NameObject("/Contents")] = writer._add_object(plain)


def doubt(writer):
    writer.root_object["/MarkInfo"].get_object()[NameObject("/Suspects")] = BooleanObject(True)


def unmark(writer):
    writer.root_object["/MarkInfo"].get_object()[NameObject("/Marked")] = BooleanObject(False)


def take_a_cell_out(writer):
    kids = nodes(writer, "TR")[1]["/K"].get_object()
    del kids[-1]


CHANGES = {
    "no-tags": (drop("/StructTreeRoot", lambda w: w.root_object), "the pages are not tagged"),
    "not-said-to-be-tagged": (drop("/MarkInfo", lambda w: w.root_object), "the pages are not tagged"),
    "no-metadata": (drop("/Metadata", lambda w: w.root_object), "it does not claim PDF/UA-1"),
    "marked-as-not-tagged": (unmark, "the pages are not tagged"),
    "title-not-shown": (
        drop("/DisplayDocTitle", lambda w: w.root_object["/ViewerPreferences"].get_object()),
        "readers are not told to show the title",
    ),
    "no-language": (drop("/Lang", lambda w: w.root_object), "the document has no language"),
    "doubtful": (doubt, "parts of the tags are doubtful"),
    "text-outside-the-tags": (take_marks_out, "something is drawn outside the tags"),
    "page-without-its-tags": (drop("/StructParents", lambda w: w.pages[0]), "a page does not lead back to its tags"),
    "unknown-tag": (rename("P", "Paragraph"), "a type of tag is not a standard one"),
    "font-left-out": (take_fonts_out, "a font is not embedded"),
    "signs-without-letters": (drop("/ToUnicode", font), "a font does not say which letters its signs are"),
    "a-level-left-out": (rename("H2", "H4"), "heading levels are left out"),
    "no-heading-cells": (rename("TH", "TD"), "a table has no heading cells"),
    "heading-cell-of-nothing": (drop("/A", lambda w: nodes(w, "TH")[0]), "a heading cell does not say what it heads"),
    "a-cell-missing": (take_a_cell_out, "a table's rows differ in width"),
    "figure-without-words": (drop("/Alt", lambda w: nodes(w, "Figure")[0]), "a figure has no alternative text"),
}


def test_the_report_breaks_none_of_the_rules_and_has_something_for_each(report):
    assert pdf_ua_faults(report) == []
    writer = PdfWriter(clone_from=str(report))
    assert [kind for kind in ("H1", "H2", "P", "Table", "TR", "TH", "TD", "Figure") if not nodes(writer, kind)] == []


@pytest.mark.parametrize(("change", "fault"), CHANGES.values(), ids=CHANGES)
def test_a_report_broken_in_one_place_is_found_out(report, tmp_path, change, fault):
    writer = PdfWriter(clone_from=str(report))
    change(writer)
    writer.write(tmp_path / "broken.pdf")
    assert fault in pdf_ua_faults(tmp_path / "broken.pdf")
