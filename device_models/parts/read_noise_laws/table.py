"""Read noise by a table of what was measured at some conductances."""

from __future__ import annotations

import numpy as np
from pydantic import model_validator

from device_models.laws import ReadNoiseLaw, register
from device_models.parts.conductance import ConductanceRange
from device_models.parts.tables.interpolation import Points, check_rising, check_same_length, log_log


@register("table")
class Table(ReadNoiseLaw):
    """sd(G) by points: ln sd is linear in ln G between them, and sd / G is that of the nearest point beyond them."""

    conductance_s: Points
    """conductances at which the noise is known, rising [S]"""
    read_sd_s: Points
    """sd of a read at each of them [S]"""

    @model_validator(mode="after")
    def _is_a_table(self) -> Table:
        check_same_length(conductance_s=self.conductance_s, read_sd_s=self.read_sd_s)
        check_rising("conductance_s", self.conductance_s)
        largest = max(sd / g for sd, g in zip(self.read_sd_s, self.conductance_s, strict=True))
        if largest > 1:
            raise ValueError(f"read_sd_s: reaches {largest:.3g} times conductance_s, at most 1; are both in siemens?")
        return self

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        relative = np.divide(self.read_sd_s, self.conductance_s)
        return g_s * log_log(g_s, self.conductance_s, relative)
