"""Aggregate: every figure of a year with its interval, before anything is hidden."""
