"""The linear output layer: computed digitally, or on an array whose column currents go through an ADC."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.converter import Converter
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.engine.passes import Passes
from crossbar_nsm.engine.product import blocked_product
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_layer import CombinedReads, program_array
from crossbar_nsm.neuron.circuits import Operand
from device_models.streams import Stream


class DigitalOutput:
    """logits = W z + b in software; weight (classes, inputs), bias (classes)."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray):
        self.matrix = np.ascontiguousarray(weight.T, np.float32)
        self.bias = bias.astype(np.float32)

    def logits(self, z: np.ndarray, passes: Passes) -> np.ndarray:
        """(passes, classes)."""
        return blocked_product(z, self.matrix) + self.bias

    def reset(self) -> None:
        """Nothing to forget."""


class ArrayOutput:
    """One device read per pass, then one ADC per column; the bias is added digitally.

    states (n, inputs) +-1: inputs of this layer for calibration images, which set each column's full scale.
    """

    def __init__(
        self,
        name: str,
        weight: np.ndarray,
        bias: np.ndarray,
        states: np.ndarray,
        config: HardwareConfig,
        stream: Stream,
    ):
        self.name = name
        array = program_array(weight.astype(np.float64), config.device_of(name), config.array, stream)
        self.arrays: dict[Operand, Crossbar] = {"main": array}
        one = np.ones((1, len(bias)))
        self.reads = CombinedReads(("main",), self.arrays, one, config)
        # A device that passes only a part of the signal (selector, telegraph occupancy) is made up for digitally.
        matrix = array.mean_matrix()
        signal = (weight.T * weight.T).sum(axis=0)
        self.gain = (signal / np.maximum((matrix * weight.T).sum(axis=0), np.finfo(float).tiny)).astype(np.float32)
        largest = np.abs(states @ matrix).max(axis=0)
        full_scale = config.array.adc.range_factor * np.where(largest > 0, largest, 1.0)
        self.converter = Converter(config.array.adc.bits, full_scale.astype(np.float32))
        self.bias = bias.astype(np.float32)

    def logits(self, z: np.ndarray, passes: Passes) -> np.ndarray:
        """(passes, classes)."""
        u = self.reads.read(z, np.arange(len(passes)), passes)
        return self.gain * self.converter.convert(u) + self.bias

    def reset(self) -> None:
        self.reads.reset()
