"""Office files with the same bytes for the same content: fixed times, fixed member order, in nested workbooks too."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")
EARLIEST = (1980, 1, 1, 0, 0, 0)
NESTED = (".xlsx",)


def freeze_zip(path: Path, moment: datetime) -> Path:
    """Write an office file anew with `moment` (UTC) as its only time; give the path."""
    path.write_bytes(frozen(path.read_bytes(), moment))
    return path


def frozen(content: bytes, moment: datetime) -> bytes:
    """Give a zip's content with fixed times, members in their order, workbooks inside it treated alike."""
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}".encode()
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(NESTED):
                data = frozen(data, moment)
            elif name == "docProps/core.xml":
                data = TIMES.sub(rb"\g<1>" + stamp + rb"\g<3>", data)
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            written.writestr(entry, data)
    return target.getvalue()
