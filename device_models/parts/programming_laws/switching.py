"""Set and reset: two kinds of switching, each with its own spread of ln G; a compliance current may limit the set's."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import model_validator

from device_models.schema import LogSd, Positive, RelativeSd, Schema, Voltage
from device_models.scope import Scope

LEAST_CURRENT_A = 1e-30


class SwitchingSpread(Schema):
    """Log-normal spread around the target after one kind of switching."""

    cycle_sd: Annotated[LogSd, Scope.PROGRAMMING] = 0.0
    """sd of ln G from one programming to the next"""
    device_sd: Annotated[LogSd, Scope.CHIP] = 0.0
    """sd of ln G from cell to cell"""


class Compliance(Schema):
    """A set whose compliance current I_C leaves R = cell_voltage_v / I_C, with
    sigma_R/R = relative_sd (I_C / reference_current_a)^-1/2 from cycle to cycle."""

    cell_voltage_v: Voltage
    """voltage that is left on a cell that was set, R I_C [V]"""
    reference_current_a: Positive
    """compliance current at which relative_sd was measured [A]"""
    relative_sd: Annotated[RelativeSd, Scope.PROGRAMMING]
    """sigma_R/R at that current [fraction of R]"""

    def current_a(self, g_s: np.ndarray) -> np.ndarray:
        """Compliance current that sets a cell to `g_s` [S]."""
        return self.cell_voltage_v * g_s

    def relative_sd_of(self, g_s: np.ndarray) -> np.ndarray:
        """sigma_R/R of cells set to `g_s` [S]."""
        current = np.maximum(self.current_a(g_s), LEAST_CURRENT_A)
        return self.relative_sd * np.sqrt(self.reference_current_a / current)

    def log_sd(self, g_s: np.ndarray) -> np.ndarray:
        """sd of ln G that has this sigma_R/R: sqrt(ln(1 + x^2))."""
        return np.sqrt(np.log1p(self.relative_sd_of(g_s) ** 2))


class SetSpread(SwitchingSpread):
    """As a reset's, or with `compliance` in place of cycle_sd."""

    compliance: Compliance | None = None
    """spread that falls with the compliance current, in place of cycle_sd (null: cycle_sd)"""

    @model_validator(mode="after")
    def _one_law(self) -> SetSpread:
        if self.compliance is not None and self.cycle_sd:
            raise ValueError("give one law only: cycle_sd | compliance")
        return self

    def cycle_log_sd(self, target_s: np.ndarray) -> np.ndarray:
        """sd of ln G from cycle to cycle at `target_s` [S]."""
        return np.full_like(target_s, self.cycle_sd) if self.compliance is None else self.compliance.log_sd(target_s)
