"""Retention of polarisation (FeFETs): the window between the states closes with the logarithm of time.

G(t) = middle + (G - middle) max(0, 1 - loss_per_decade log10(1 + t / t0)), middle of the range. t0 is thermally
activated: t0(T) = t0 exp[E_a/k (1/T - 1/300 K)]. The same for all cells.

Equations: docs/physics.md#retention.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from device_models.parts.conductance import ConductanceRange
from device_models.parts.part import Part
from device_models.parts.temperature import arrhenius
from device_models.schema import Fraction, NonNegative, Positive


class Retention(Part):
    """G(t) = middle + (G - middle) max(0, 1 - loss_per_decade log10(1 + t / t0)), the same for all cells."""

    noun: ClassVar[str] = "retention"
    effect: ClassVar[str] = "loss of polarisation"
    ages: ClassVar[bool] = True

    loss_per_decade: Fraction
    """share of the window lost per decade of time beyond t0"""
    reference_time_s: Positive
    """t0 at 300 K [s]"""
    activation_energy_ev: Annotated[NonNegative, Field(le=5)] = 0.0
    """by which t0 falls with temperature [eV] (0: it does not)"""

    def is_ideal(self, age_s: float) -> bool:
        return self.loss_per_decade <= 0 or age_s <= 0

    def window(self, age_s: float, temperature_k: float) -> float:
        """Share of the window that is left."""
        reference = self.reference_time_s * arrhenius(self.activation_energy_ev, temperature_k)
        return max(0.0, 1 - self.loss_per_decade * float(np.log1p(age_s / reference)) / np.log(10))

    def kept(self, g_s: np.ndarray, age_s: float, temperature_k: float, conductance: ConductanceRange) -> np.ndarray:
        """Conductances [S] `age_s` after programming to `g_s` [S]."""
        middle = (conductance.g_min_s + conductance.g_max_s) / 2
        return (middle + (g_s - middle) * self.window(age_s, temperature_k)).astype(g_s.dtype)
