"""Whether a column's conductances can be those of cells: a wrong unit is wrong for all of them, by a power of ten.

So their median decides. Single values out of range (a short, a cell that failed) are kept, and told; cells of 0 S are
no matter of units.
"""

from __future__ import annotations

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.measurements.units import Column
from device_models.schema import LARGEST_CONDUCTANCE_S, SMALLEST_CONDUCTANCE_S


def check_conductances(column: Column, g_s: np.ndarray, place: str) -> list[str]:
    """Notes on single values [S]; raises ConfigError when the median of those that are not 0 is no cell's."""
    lit = g_s[g_s > 0]
    if not lit.size:
        return []
    middle = float(np.median(lit))
    if not SMALLEST_CONDUCTANCE_S <= middle <= LARGEST_CONDUCTANCE_S:
        allowed = f"cells have {SMALLEST_CONDUCTANCE_S:g} to {LARGEST_CONDUCTANCE_S:g} S"
        raise ConfigError(
            f"{place}: column `{column.header}`: its median is {middle:.3g} S, which no cell has ({allowed}); is the "
            "unit right?"
        )
    above = int(np.count_nonzero(lit > LARGEST_CONDUCTANCE_S))
    if not above:
        return []
    largest = f"above {LARGEST_CONDUCTANCE_S:g} S (the largest {lit.max():.3g} S)"
    return [f"{place}: column `{column.header}`: {above} of {len(g_s)} values {largest} are kept; are they measured?"]
