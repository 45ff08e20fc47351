"""Industry benchmarks that people can trust: collect, validate, aggregate, protect, publish."""

import os

__version__ = "1.0.0"

# Before numpy is imported: a second thread on matrices this small only spins, for twice the processor time, and sums
# that are split among threads end in other last digits on a machine with more of them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
