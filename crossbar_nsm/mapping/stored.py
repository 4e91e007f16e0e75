"""What a chip keeps of its programming and calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crossbar_nsm.mapping.calibration.settings import Registers
from crossbar_nsm.mapping.output_layer import OutputSettings
from crossbar_nsm.mapping.programming import Conductances


@dataclass(frozen=True)
class Stored:
    """Takes the place of programming and calibration in a chip that is made of it.

    conductances [S]: by layer and operand. registers: targets and calibrations by hidden layer (see `MappedLayer`).
    output: settings of an output layer on an array. What is not there is calibrated.
    """

    conductances: Mapping[str, Conductances]
    registers: Mapping[str, Registers] = field(default_factory=dict)
    output: OutputSettings | None = None
