"""Collect: sources in, every byte kept, every submission judged, every sender answered."""

from benchmarking.collect.run import CollectSummary, collect

__all__ = ["CollectSummary", "collect"]
