"""Disclosure control: decide what may be shown, attack it, and remember everything that ever was."""

from benchmarking.protect.step import ProtectSummary, protect

__all__ = ["ProtectSummary", "protect"]
