"""The rules of PDF/UA-1 (ISO 14289-1) that can be read off a file's structure with pypdf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.generic import BooleanObject, ContentStream

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")
# ISO 32000-1, 14.8.4: the types that readers know without a role map.
STANDARD = {
    *HEADINGS, "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "TOC", "TOCI", "Index", "NonStruct",
    "Private", "P", "H", "L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span",
    "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot", "Ruby", "Warichu", "Figure", "Formula", "Form",
}  # fmt: skip
OPEN, CLOSE = (b"BDC", b"BMC"), (b"EMC",)
PAINTS = (b"Tj", b"TJ", b"'", b'"', b"Do", b"S", b"s", b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"sh", b"EI")


def pdf_ua_faults(path: Path) -> list[str]:
    """Give the rules that a file breaks."""
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    nodes = list(structure(root))
    kinds = [_kind(node) for node in nodes]
    roles = {str(name).lstrip("/") for name in root.get("/StructTreeRoot", {}).get("/RoleMap", {})}
    metadata = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    rules = {
        "the pages are not tagged": _is_true(root, "/MarkInfo", "/Marked") and bool(kinds),
        "the document has no title": bool((reader.metadata or {}).get("/Title")) and "dc:title" in metadata,
        "readers are not told to show the title": _is_true(root, "/ViewerPreferences", "/DisplayDocTitle"),
        "the document has no language": bool(root.get("/Lang")),
        "it does not claim PDF/UA-1": "pdfuaid:part" in metadata,
        "parts of the tags are doubtful": not _is_true(root, "/MarkInfo", "/Suspects"),
        "something is drawn outside the tags": not any(_draws_untagged(page, reader) for page in reader.pages),
        "a page does not lead back to its tags": all("/StructParents" in page for page in reader.pages),
        "a type of tag is not a standard one": set(kinds) <= STANDARD | roles,
        "a font is not embedded": all(_embedded(font) for page in reader.pages for font in _fonts(page)),
        "a font does not say which letters its signs are": all(
            "/ToUnicode" in font for page in reader.pages for font in _fonts(page)
        ),
        "heading levels are left out": _levels_hold(kinds),
        "a table has no heading cells": all("TH" in _below(node) for node in nodes if _kind(node) == "Table"),
        "a heading cell does not say what it heads": all(_has_scope(node) for node in nodes if _kind(node) == "TH"),
        "a table's rows differ in width": all(_is_even(node) for node in nodes if _kind(node) == "Table"),
        "a figure has no alternative text": all(node.get("/Alt") for node in nodes if _kind(node) == "Figure"),
        "a page's tab order is not the structure's": all(
            page.get("/Tabs") == "/S" for page in reader.pages if "/Annots" in page
        ),
    }
    return [fault for fault, holds in rules.items() if not holds]


def structure(root: Any) -> Iterator[Any]:
    """Give every element of the structure tree in reading order."""
    waiting = [root["/StructTreeRoot"]] if "/StructTreeRoot" in root else []
    while waiting:
        node = waiting.pop().get_object()
        if not hasattr(node, "get"):
            continue
        if "/S" in node:
            yield node
        kids = node.get("/K", [])
        kids = kids.get_object() if hasattr(kids, "get_object") else kids
        children = kids if isinstance(kids, list) else [kids]
        waiting += [kid for kid in reversed(children) if hasattr(kid.get_object(), "get")]


def _is_true(root: Any, holder: str, name: str) -> bool:
    # A boolean that was read is an object, and an object is true whatever it says.
    return root.get(holder, {}).get_object().get(name) == BooleanObject(True) if holder in root else False


def _kind(node: Any) -> str:
    return str(node["/S"]).lstrip("/")


def _children(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    found = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]
    return [kid for kid in found if hasattr(kid, "get") and "/S" in kid]


def _below(node: Any) -> list[str]:
    return [kind for child in _children(node) for kind in (_kind(child), *_below(child))]


def _has_scope(node: Any) -> bool:
    found = node.get("/A", [])
    found = found.get_object() if hasattr(found, "get_object") else found
    attributes = [each.get_object() for each in (found if isinstance(found, list) else [found])]
    return any(hasattr(each, "get") and "/Scope" in each for each in attributes)


def _is_even(table: Any) -> bool:
    parts = [child for child in _children(table) if _kind(child) in ("THead", "TBody", "TFoot")] or [table]
    rows = [row for part in parts for row in _children(part) if _kind(row) == "TR"]
    return len({len(_children(row)) for row in rows}) == 1


def _draws_untagged(page: Any, reader: PdfReader) -> bool:
    depth = 0
    for _, operator in ContentStream(page.get_contents(), reader).operations:
        depth += (operator in OPEN) - (operator in CLOSE)
        if operator in PAINTS and depth == 0:
            return True
    return False


def _levels_hold(kinds: list[str]) -> bool:
    levels = [HEADINGS.index(kind) + 1 for kind in kinds if kind in HEADINGS]
    return all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page.get("/Resources", {}).get("/Font", {}).values()]


def _embedded(font: Any) -> bool:
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    described = inner.get("/FontDescriptor", {})
    return any(name in described for name in ("/FontFile", "/FontFile2", "/FontFile3"))
