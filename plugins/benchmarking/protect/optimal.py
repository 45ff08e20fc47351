"""The optimal pattern for a small table: hide as little as possible, by a mixed-integer programme on HiGHS."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarking.errors import BenchmarkingError

Floats = NDArray[np.float64]
MOST_CELLS = 200
SECONDS = 60


def optimal_pattern(
    vectors: Floats,
    totals: Floats,
    primary: Sequence[int],
    kept: Sequence[int] = (),
    asked: float = 0.10,
) -> list[int]:
    """Give the hidden cells with the least total that leave each primary cell an interval of +- `asked` of itself.

    Args:
        vectors: shape (cells, inner), 1 where a cell sums an inner cell.
        totals: shape (cells,), the values; an attacker knows that none is negative.
        primary: positions of cells to protect. kept: positions that must be published.

    Raises:
        BenchmarkingError: the table has more than 200 cells, or no pattern protects it.

    Source: Fischetti and Salazar (2001), Solving the cell suppression problem on tabular data with linear
    constraints, Management Science 47: for every primary cell and direction one table that an attacker cannot rule
    out, which differs from the true one in hidden cells only.
    """
    if len(vectors) > MOST_CELLS:
        raise BenchmarkingError(f"{len(vectors)} cells are too many for the optimal pattern.", "optimal pattern",
                                f"Use the exact rule above {MOST_CELLS} cells.")  # fmt: skip
    cells, inner = vectors.shape
    cases = [(cell, sign) for cell in primary for sign in (1.0, -1.0)]
    variables = cells + len(cases) * inner
    limits = _limits(vectors, totals, cases, asked)
    lower, upper = np.full(variables, -np.inf), np.full(variables, np.inf)
    lower[:cells], upper[:cells] = 0.0, 1.0
    lower[list(primary)], upper[list(kept)] = 1.0, 0.0
    cost = np.concatenate([np.maximum(totals, 0.0) + 1e-3, np.zeros(variables - cells)])
    integrality = np.concatenate([np.ones(cells), np.zeros(variables - cells)])
    answer = milp(cost, constraints=limits, bounds=Bounds(lower, upper), integrality=integrality,
                  options={"time_limit": SECONDS})  # fmt: skip
    if answer.x is None:
        raise BenchmarkingError("no pattern protects the table.", "optimal pattern", "Keep fewer cells published.")
    return np.flatnonzero(answer.x[:cells] > 0.5).tolist()


def _limits(vectors: Floats, totals: Floats, cases: list[tuple[int, float]], asked: float) -> list[LinearConstraint]:
    """Bind each case's change of the inner cells: within [-total, grand total] where hidden, none where published."""
    cells, inner = vectors.shape
    most = float(totals.max()) or 1.0
    limits = []
    for number, (cell, sign) in enumerate(cases):
        before, after = number * inner, (len(cases) - 1 - number) * inner
        change = sparse.hstack([sparse.csr_matrix((cells, before)), vectors, sparse.csr_matrix((cells, after))])
        down = sparse.hstack([sparse.diags(totals), change])
        up = sparse.hstack([sparse.diags(np.full(cells, -most)), change])
        limits.append(LinearConstraint(down, np.zeros(cells), np.full(cells, np.inf)))
        limits.append(LinearConstraint(up, np.full(cells, -np.inf), np.zeros(cells)))
        target = sparse.hstack([sparse.csr_matrix((1, cells)), sign * change.tocsr()[cell]])
        limits.append(LinearConstraint(target, asked * totals[cell], np.inf))
    return limits
