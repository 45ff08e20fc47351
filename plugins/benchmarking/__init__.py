"""Industry benchmarks that people can trust: collect, validate, aggregate, protect, publish."""

__version__ = "1.0.0"
