"""Collect: sources in, every byte kept, every submission judged, every sender answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarking.collect.run import CollectSummary, collect

__all__ = ["CollectSummary", "collect"]


def __getattr__(name: str) -> Any:
    """Load the step on first use, so that a child that parses workbooks starts without the rest."""
    if name in __all__:
        from benchmarking.collect import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
