"""Read noise as a power of the conductance."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from device_models.laws import ReadNoiseLaw, register
from device_models.parts.conductance import ConductanceRange
from device_models.schema import Finite, RelativeSd


@register("power_law")
class PowerLaw(ReadNoiseLaw):
    """sd(G)/G = relative_sd_at_g_max * (G / g_max)^exponent: -1 is additive noise, 0 proportional."""

    relative_sd_at_g_max: RelativeSd
    """sd of a read at g_max [fraction of g_max]"""
    exponent: Annotated[Finite, Field(ge=-1, le=1)]
    """-1: the same sd for all cells; 0: proportional to G"""

    def sd_s(self, g_s: np.ndarray, conductance: ConductanceRange) -> np.ndarray:
        ratio = g_s / conductance.g_max_s
        return self.relative_sd_at_g_max * conductance.g_max_s * ratio ** (1 + self.exponent)
