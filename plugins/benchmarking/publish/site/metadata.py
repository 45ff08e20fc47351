"""What machines read of a release: JSON-LD for search engines and an Atom feed for readers of news."""

from __future__ import annotations

import uuid
from typing import Any
from xml.sax.saxutils import escape

from benchmarking.publish.content import Content

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:industry-benchmarks")
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def json_ld(content: Content) -> dict[str, Any]:
    """Describe the release as a schema.org Dataset."""
    programme, known = content.programme, {cell.measure for cell in content.cells}
    described: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"{programme.title} {content.survey_year}",
        "description": " ".join(
            [*(h.sentence + "." for h in content.headlines if not h.status), content.notice]
        ).strip()
        or programme.title,
        "version": content.version,
        "datePublished": content.published_at.date().isoformat(),
        "temporalCoverage": str(content.survey_year),
        "isAccessibleForFree": True,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": m.title, "description": m.definition, "unitText": m.unit}
            for m in programme.measures.values()
            if m.name in known
        ],
        "distribution": [
            {"@type": "DataDownload", "name": file.title, "contentUrl": file.name, "encodingFormat": kind}
            for file in content.files
            if (kind := MEDIA_TYPES.get(file.name.rpartition(".")[2]))
        ],
    }
    if programme.attribution:
        described["creditText"] = programme.attribution
    return described


def identity(*parts: str) -> str:
    """Give a lasting identifier made from names, the same on every rebuild."""
    return f"urn:uuid:{uuid.uuid5(NAMESPACE, '/'.join(parts))}"


def feed(content: Content) -> str:
    """Give an Atom feed with one entry: this release, its headlines, and how many figures differ from before."""
    programme, moment = content.programme, content.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    title = escape(f"{programme.title} {content.survey_year}, release {content.version}")
    sentences = "".join(f"<li>{escape(h.sentence)}.</li>" for h in content.headlines if not h.status)
    said = (f"<ul>{sentences}</ul>" if sentences else "") + (
        f"<p>{escape(content.notice)}</p>" if content.notice else ""
    )
    changed = ""
    if content.previous_version:
        changed = (
            f"<p>{len(content.release_changes)} figures changed since release {escape(content.previous_version)}.</p>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<title>{escape(programme.title)}</title>\n<id>{identity(programme.name)}</id>\n<updated>{moment}</updated>\n"
        f'<author><name>{escape(programme.title)}</name></author>\n<link rel="self" href="feed.xml"/>\n'
        f"<entry><title>{title}</title><id>{identity(programme.name, content.version)}</id>"
        f'<updated>{moment}</updated><link href="index.html"/>'
        f'<content type="html">{escape(said + changed)}</content></entry>\n</feed>\n'
    )
