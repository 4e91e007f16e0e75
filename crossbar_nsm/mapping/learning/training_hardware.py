"""The hardware that a network is trained for."""

from __future__ import annotations

from pydantic import model_validator

from crossbar_nsm.mapping.config import HardwareConfig
from device_models.schema import Count, NonNegative


class TrainingHardware(HardwareConfig):
    """Device, arrays, reads and neurons as in an evaluation."""

    age_s: NonNegative = 0.0
    """time since programming at which the chips will be calibrated and used [s]"""
    program_every: Count = 10
    """updates between two programmings of the cells that training sees"""

    @model_validator(mode="after")
    def _age_means_something(self) -> TrainingHardware:
        self.check_age("hardware.age_s", self.age_s)
        return self
