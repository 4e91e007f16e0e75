"""The step of telegraph noise as a table over the resistance, as it was measured."""

from __future__ import annotations

import numpy as np
from pydantic import model_validator

from device_models.laws import ResistanceStepLaw, register
from device_models.parts.tables.interpolation import Points, check_rising, check_same_length, log_log


@register("table")
class ResistanceStepTable(ResistanceStepLaw):
    """ln(dR/R) is linear in ln R between the points, dR/R is that of the nearest point beyond them."""

    resistance_ohm: Points
    """resistances, rising [ohm]"""
    step: Points
    """median dR/R of a trap at each of them"""

    @model_validator(mode="after")
    def _is_a_table(self) -> ResistanceStepTable:
        check_rising("resistance_ohm", self.resistance_ohm)
        check_same_length(resistance_ohm=self.resistance_ohm, step=self.step)
        return self

    def relative_step(self, resistance_ohm: np.ndarray) -> np.ndarray:
        return log_log(resistance_ohm, self.resistance_ohm, self.step)
