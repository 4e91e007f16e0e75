"""What the rounding of converters does to the decisions of a layer, which moments do not tell.

A rounded sum is not normal, and with steps wider than the noise its variance depends on where in a step an input's
current lies: dead in the middle, wide at the ends. So neurons are read as they will be, some times for each of the
calibration images; the same reads are combined once rounded and once with the normal noise that the moments take
rounding for, and the erf law is fitted to both kinds of decisions. Draws are shared, so the ratio of the slopes is more
exact than either, and 1 for fine steps.

Equations: docs/physics.md#rounded-decisions.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.sampling.passes import ROUNDING, ROUNDING_VECTOR, chunks
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.calibration.exact_moments import operand_covariances
from crossbar_nsm.mapping.calibration.settings import Rounding, Setting
from crossbar_nsm.mapping.observation.erf_fit import ErfFit, Firing, fit_erf
from crossbar_nsm.mapping.reads.converters import DigitalSums
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.gain import variance_of_sum

READS = 32  # of each activation
MOST_OBSERVATIONS = 4096  # inputs of one neuron: convolutions have one at each position
WORST_SLOPE = 0.2  # relative standard error of a slope that counts by itself
FACTORS = (0.2, 5.0)
SMALLEST_SD = 1e-12  # weight units
COARSE = 0.8  # variance of rounding over that of the noise, where slopes are 1 % wrong: steps of 3 sd of a read


class RoundedDecisions:
    """Of a layer's neurons behind `converters` of its arrays, for its inputs at calibration images (or random ones)."""

    def __init__(
        self,
        circuit: Circuit,
        arrays: Mapping[str, Crossbar],
        converters: Mapping[str, Adc],
        layer_input: LayerInput,
        activations: Activations,
    ):
        self.circuit, self.arrays, self.converters = circuit, arrays, converters
        self.layer_input, self.activations = layer_input, activations
        plain, rounded = (operand_covariances(circuit, arrays, layer_input.positions, of)[0] for of in ({}, converters))
        self.added = np.repeat(rounded - plain, activations.positions, axis=-1)  # covariance, of every neuron

    def rounding(self, setting: Setting) -> Rounding:
        """What rounding does to neurons of these settings; nothing where no decision changes."""
        activations = self.activations
        each = activations.share_squared.shape[1] // len(activations.norm)  # observations of a neuron in one input
        count = max(1, min(len(activations.states), MOST_OBSERVATIONS // each))
        normal, rounded = self._fits(self._fired(setting, count), count, each)
        with np.errstate(divide="ignore", invalid="ignore"):
            beta = np.clip(rounded.beta / normal.beta, *FACTORS)
            shift = rounded.c / rounded.beta - normal.c / normal.beta
            certain = np.maximum(*(fit.beta_sd / np.abs(fit.beta) for fit in (rounded, normal))) < WORST_SLOPE
        if not certain.any():
            return Rounding()
        shape = setting.gain.shape  # neurons that hardly change their decisions take the slope of the median neuron
        beta, shift = np.where(certain, beta, np.median(beta[certain])), np.where(certain, shift, 0.0)
        return Rounding(beta.reshape(shape), shift.reshape(shape))

    def _fired(self, setting: Setting, count: int) -> np.ndarray:
        """How often units fire, (2, inputs, units): with normal noise in place of rounding, and rounded."""
        states, units = self.activations.states, self.activations.share_squared.shape[1]
        gain, operands = setting.gain.ravel(), self.circuit.operands
        each = units // gain.size
        coefficients = np.repeat(self.circuit.coefficients(gain), each, axis=1)
        threshold = np.repeat(setting.threshold.ravel(), each).astype(np.float32)
        added = np.sqrt(np.maximum(variance_of_sum(self.added, gain), 0))
        added_sd = np.repeat(np.maximum(added, SMALLEST_SD), each).astype(np.float32)
        sums = DigitalSums(operands, coefficients, self.converters)
        reads = combined_reads(ReadPlan(operands, self.arrays, coefficients, self.layer_input, apart=True))
        reads.begin_at(ROUNDING_VECTOR)
        fired = np.zeros((2, count, units))
        for passes in chunks(count, READS, "input_major", first_image=ROUNDING, widest=units):
            currents = reads.operand_currents(states[passes.start : passes.stop], passes.input_of, passes)
            normal = ndtr((sums.unrounded(currents) + threshold) / added_sd)
            for kind, decisions in enumerate((normal, sums.combined(currents) + threshold >= 0)):
                by_input = decisions.reshape(passes.stop - passes.start, -1, units)
                fired[kind, passes.start : passes.stop] += by_input.sum(axis=1)
        return fired

    def _fits(self, fired: np.ndarray, count: int, each: int) -> list[ErfFit]:
        activations = self.activations
        t = activations.t[:, : count * each].T.astype(np.float64)
        share = np.broadcast_to(np.sqrt(activations.share_squared[:count]), fired.shape[1:])
        of_neuron = [activations.by_neuron(values).T for values in (share, *fired)]
        return [fit_erf(Firing(t, counted, READS, of_neuron[0])) for counted in of_neuron[1:]]


def warn_of_coarse_steps(
    layer: str, circuit: Circuit, arrays: Mapping[str, Crossbar], layer_input: LayerInput, converters: Mapping[str, Adc]
) -> None:
    """Warns where moments alone are known, and steps are so wide that they do not tell the slope of decisions."""
    positions = layer_input.positions
    plain, rounded = (operand_covariances(circuit, arrays, positions, of)[0][0, 0] for of in ({}, converters))
    noisy = plain > 0
    if noisy.any() and np.median((rounded - plain)[noisy] / plain[noisy]) > COARSE:
        warnings.warn(
            f"layer {layer}: ADC steps are wider than 3 sd of the noise of a read, and with slow noise or selectors "
            "what that does to decisions is not calculated: recovered beta may be some per cent off; take more "
            "array.adc.bits",
            stacklevel=2,
        )
