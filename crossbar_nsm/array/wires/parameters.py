"""The resistances of an array's wires."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.errors import CircuitError, quoted
from device_models.schema import LARGEST
from device_models.shown import shown

NUMBERS = (int, float, np.integer, np.floating)
MOST_OF_A_CELL = 1e5  # times the resistance of a cell that conducts


@shown
@dataclass(frozen=True)
class Wires:
    """One segment of a row and of a column, and what is in series with every driver and every sense amplifier [ohm].

    Raises CircuitError for a resistance that is negative or not finite.
    """

    r_row_ohm: float = 0.0
    r_col_ohm: float = 0.0
    r_driver_ohm: float = 0.0
    r_sense_ohm: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, NUMBERS) or not 0 <= value <= LARGEST:
                raise CircuitError(
                    f"{name}={quoted(value)}: a resistance is finite and not negative; 0 is a perfect wire"
                )

    def check_beside(self, g_s: np.ndarray) -> None:
        """Raises CircuitError for wires that are no wires beside these cells [S]: float64 could not tell what is left
        of the currents."""
        largest_s = float(g_s.max())
        for name, value in vars(self).items():
            if value * largest_s > MOST_OF_A_CELL:
                raise CircuitError(
                    f"{name}={value:g} ohm is {value * largest_s:.2g} times the resistance of a cell of "
                    f"{largest_s:.3g} S, more than {MOST_OF_A_CELL:g} times: nothing would reach the columns"
                )

    @property
    def perfect(self) -> bool:
        """Whether there is no resistance at all."""
        return not any(vars(self).values())
