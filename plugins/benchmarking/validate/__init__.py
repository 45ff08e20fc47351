"""Validate: accepted or parked, by rules; the broken field named; corrections replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarking.validate.step import ValidateSummary, validate

__all__ = ["ValidateSummary", "validate"]


def __getattr__(name: str) -> Any:
    """Load the step on first use, so that the dialect and the gate can be taken without the rest."""
    if name in __all__:
        from benchmarking.validate import step

        return getattr(step, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
