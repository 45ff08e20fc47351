"""Say how far a long piece of work has come, every two seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
SECONDS_BETWEEN = 2.0
log = logging.getLogger("benchmarking")


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Pass items on; log "label: done of total" at most every two seconds, and nothing for short work."""
    started = last = time.monotonic()
    done = 0
    for item in items:
        yield item
        done += 1
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN:
            last = now
            of = f" of {total:,}" if total else ""
            log.info("%s: %s%s after %.0f s", label, f"{done:,}", of, now - started)
    if last != started:
        log.info("%s: all %s done in %.1f s", label, f"{done:,}", time.monotonic() - started)
