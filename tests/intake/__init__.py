"""Helpers of the intake tests; a package, since `perf/intake.py` bears the same name."""
