"""The linear output layer: computed digitally, or on an array whose column currents go through an ADC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.config import AdcConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.dac import driven, input_bits
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.kernels.product import blocked_product
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.programming import LayerSite
from crossbar_nsm.mapping.reads.converters import largest_currents
from crossbar_nsm.mapping.reads.reader_choice import combined_reads

SMALLEST_SHARE = 1e-3


@dataclass(frozen=True)
class OutputSettings:
    """What calibration sets: full_scale (tiles, classes) of the converters, gain and bias (classes) of what they
    give."""

    full_scale: np.ndarray
    gain: np.ndarray
    bias: np.ndarray


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
    """One device read per pass, an ADC per column, or per row tile and column (`adc.per: tile`,
    `partial_sums: digital`) with a digital sum behind; the bias, less what the row drivers add, is added digitally.

    states (n, inputs): inputs of this layer for calibration images, which set each ADC's full scale; binary_inputs:
    whether all are +-1. settings: of an earlier calibration, which are kept (None: calibrate).
    """

    patches = reads_per_pass = 1

    def __init__(
        self,
        weight: np.ndarray,
        bias: np.ndarray,
        site: LayerSite,
        states: np.ndarray,
        binary_inputs: bool = True,
        settings: OutputSettings | None = None,
    ):
        config, self.name = site.config.array, site.stream.layer
        array = site.array(weight.astype(np.float64))
        self.arrays: dict[str, Crossbar] = {MAIN: array}
        self.per_tile = config.adc_per_tile
        self.input_bits = input_bits(config, self.name, binary_inputs)
        self.layer_input = LayerInput(array.tiling.inputs, None, binary_inputs, array.targets.shift)
        self.reads = combined_reads(ReadPlan.of_one_read(array, self.layer_input, apart=self.per_tile))
        self.settings = settings or self._calibrated(weight, bias, states, config.adc)
        self.gain, self.bias = self.settings.gain.astype(np.float32), self.settings.bias.astype(np.float32)
        self.adc = Adc(config.adc, self.settings.full_scale, array.stream)

    def _calibrated(self, weight: np.ndarray, bias: np.ndarray, states: np.ndarray, adc: AdcConfig) -> OutputSettings:
        """A device that passes only a part of the signal (selector, telegraph) is made up for, if any is left."""
        array = self.arrays[MAIN].unsplit
        square = (weight.T.astype(np.float64) ** 2).sum(axis=0)
        left = (array.mean_matrix() * weight.T).sum(axis=0)
        gain = np.where(left > SMALLEST_SHARE * square, square / np.where(left > 0, left, 1.0), 1.0).astype(np.float32)
        tiles = array.tiling.row_slices if self.per_tile else [slice(None)]
        full_scale = adc.range_factor * largest_currents(array, self.layer_input, states, tiles)
        return OutputSettings(full_scale, gain, (bias - gain * array.mean_offset()).astype(np.float32))

    def logits(self, z: np.ndarray, passes: Passes) -> np.ndarray:
        """(passes, classes)."""
        input_of, z = np.arange(len(passes)), driven(z, self.input_bits)
        if self.per_tile:
            currents = self.reads.operand_currents(z, input_of, passes)[0]
        else:
            currents = self.reads.current(z, input_of, passes)[None]
        result: np.ndarray = self.gain * self.adc.sum_of_tiles(currents) + self.bias
        return result

    def reset(self) -> None:
        """Back to the states at the first read."""
        self.reads.reset()
