"""Protect one table of non-negative sums by the exact rule: for the organiser's headline tables, and the oracles.

Cells are vectors over the table's inner cells. The order of admission decides which of several safe patterns comes
out: largest first, and of equals the one that stands last (`largest_first`), unless another order is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarking.protect.exact import Span

Floats = NDArray[np.float64]


def largest_first(totals: Floats) -> list[int]:
    """Give positions by size, the largest first and of equals the last first."""
    return np.argsort(totals, kind="stable")[::-1].tolist()


def admit_table(vectors: Floats, order: Sequence[int], primary: Sequence[int]) -> list[int]:
    """Give the hidden cells: the primary ones and those without which a primary one could be derived.

    Args:
        vectors: shape (cells, inner), 1 where a cell sums an inner cell.
        order: positions of all cells in the order of admission.
        primary: positions of cells that must not be derivable.
    """
    span = Span(sparse.csr_matrix(vectors[list(primary)]))
    hidden = set(primary)
    for cell in order:
        places = np.flatnonzero(vectors[cell])
        if cell in hidden or not len(places):
            continue
        rest = span.outside(places, vectors[cell][places])
        if rest is None:
            continue
        if span.opens(rest):
            hidden.add(cell)
        else:
            span.add(rest)
    return sorted(hidden)
