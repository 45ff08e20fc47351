"""The rules of PDF/UA-1 (ISO 14289-1) that can be read off a file's structure with pypdf."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pypdf import PdfReader

HEADINGS = ("H1", "H2", "H3", "H4", "H5", "H6")


def pdf_ua_faults(path: Path) -> list[str]:
    """Give the rules that a file breaks."""
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    kinds = [str(node["/S"]).lstrip("/") for node in structure(root)]
    metadata = root["/Metadata"].get_object().get_data().decode() if "/Metadata" in root else ""
    rules = {
        "the pages are not tagged": bool(root.get("/MarkInfo", {}).get("/Marked")) and bool(kinds),
        "the document has no title": bool((reader.metadata or {}).get("/Title")) and "dc:title" in metadata,
        "readers are not told to show the title": bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
        "the document has no language": bool(root.get("/Lang")),
        "it does not claim PDF/UA-1": "pdfuaid:part" in metadata,
        "a font is not embedded": all(_embedded(font) for page in reader.pages for font in _fonts(page)),
        "heading levels are left out": _levels_hold(kinds),
        "a table has no heading cells": kinds.count("Table") == 0 or "TH" in kinds,
        "a figure has no alternative text": all(
            "/Alt" in node for node in structure(root) if str(node["/S"]) == "/Figure"
        ),
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


def _levels_hold(kinds: list[str]) -> bool:
    levels = [HEADINGS.index(kind) + 1 for kind in kinds if kind in HEADINGS]
    return all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page.get("/Resources", {}).get("/Font", {}).values()]


def _embedded(font: Any) -> bool:
    inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    described = inner.get("/FontDescriptor", {})
    return any(name in described for name in ("/FontFile", "/FontFile2", "/FontFile3"))
