"""Whether conductances can be those of cells: a wrong unit is wrong for all of them, by a power of ten.

So the median decides whether a column is read at all. Single values out of range are dropped and counted: what an
instrument gives for an overflow (a resistance of 2e-30 ohm), a short. Cells of 0 S are no matter of units. Negative
conductances are noise around 0 where they are small; others are none.
"""

from __future__ import annotations

import numpy as np

from device_models.errors import ConfigError
from device_models.schema import LARGEST_CONDUCTANCE_S, SMALLEST_CONDUCTANCE_S

VANISHING_S = 1e-30  # the reciprocal of an instrument's code
BEYOND_UNITS_S = 1e15  # more than a wrong unit makes of a cell: codes and divisions by nothing
FEWEST_FOR_SPREAD = 10
SDS_OF_NOISE = 4.0
SMALL_SHARE = 0.02
MAD_TO_SD = 1.4826


def check_median(g_s: np.ndarray, place: str, what: str) -> None:
    """Raises ConfigError when the median of the conductances [S], but for 0 and codes, is no cell's. what: a column."""
    lit = g_s[np.isfinite(g_s) & (g_s != 0)]
    of_units = (np.abs(lit) > VANISHING_S) & (np.abs(lit) < BEYOND_UNITS_S)
    lit = lit[of_units] if of_units.any() else lit
    if not lit.size:
        return
    middle = float(np.median(lit))
    if middle < 0:
        why = f"its median is {middle:.3g} S, and conductances are not negative; normalised, or an offset subtracted?"
        raise ConfigError(f"{place}: {what}: {why}")
    if not SMALLEST_CONDUCTANCE_S <= middle <= LARGEST_CONDUCTANCE_S:
        bounds = f"cells have {SMALLEST_CONDUCTANCE_S:g} to {LARGEST_CONDUCTANCE_S:g} S"
        raise ConfigError(
            f"{place}: {what}: its median is {middle:.3g} S, which no cell has ({bounds}); is the unit right?"
        )


def out_of_range(g_s: np.ndarray) -> dict[str, np.ndarray]:
    """Which conductances no cell has, by reason."""
    size = np.abs(g_s)
    large = size > LARGEST_CONDUCTANCE_S
    largest = f", up to {float(size[large].max()):.3g} S" if large.any() else ""
    tiny = (size > 0) & (size < VANISHING_S)
    return {f"above {LARGEST_CONDUCTANCE_S:g} S{largest}": large, f"below {VANISHING_S:g} S": tiny}


def negative_beyond_noise(g_s: np.ndarray, largest_s: float) -> np.ndarray:
    """Which conductances of one cell are negative, and not by noise around 0: by more than 4 robust sd of the cell, or
    where it has few samples, by more than 2 % of the largest of all cells [S]."""
    negative = g_s < 0
    if not negative.any():
        return negative
    least = SMALL_SHARE * largest_s
    if len(g_s) >= FEWEST_FOR_SPREAD:
        least = SDS_OF_NOISE * MAD_TO_SD * float(np.median(np.abs(g_s - np.median(g_s))))
    return g_s < -least
