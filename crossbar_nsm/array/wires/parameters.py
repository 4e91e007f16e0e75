"""The resistances of an array's wires."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Real

from device_models.errors import CircuitError


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
            if not (isinstance(value, Real) and 0 <= float(value) < math.inf):
                raise CircuitError(f"{name}={value!r}: a resistance is finite and not negative; 0 is a perfect wire")

    @property
    def perfect(self) -> bool:
        """Whether there is no resistance at all."""
        return not any(vars(self).values())
