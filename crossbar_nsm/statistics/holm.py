"""Several tests at once: p corrected so that 5 % of studies, not of tests, call a difference that is none (Holm 1979,
Scandinavian Journal of Statistics 6, 65)."""

from __future__ import annotations

import numpy as np


def holm_p(p: np.ndarray) -> np.ndarray:
    """Corrected p (tests): of m, the smallest counts m times, the next m - 1 times, ..., and none less than the one
    before."""
    order = np.argsort(p)
    result = np.empty(len(p))
    result[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return result
