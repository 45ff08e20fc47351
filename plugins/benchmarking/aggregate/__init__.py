"""Aggregate: every figure of a year with its interval, before anything is hidden."""

from benchmarking.aggregate.step import AggregateSummary, aggregate

__all__ = ["AggregateSummary", "aggregate"]
