"""How one programmed layer gets its settings, and what they make of its neurons.

Settings follow from what is believed of the layer's signals: their exact moments, moments measured on the chip, or what
a data sheet says (`neuron.calibration`). Whatever is believed, the exact moments tell what the neurons do then.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.mapping.calibration.activations import Activations
from crossbar_nsm.mapping.calibration.exact_moments import exact_moments
from crossbar_nsm.mapping.calibration.images import ATTACH
from crossbar_nsm.mapping.calibration.layer_calibration import LayerCalibration
from crossbar_nsm.mapping.calibration.measured_moments import measured_moments, warn_of_few_reads
from crossbar_nsm.mapping.calibration.rounded_decisions import RoundedDecisions, warn_of_coarse_steps
from crossbar_nsm.mapping.calibration.settings import (
    Calibrated,
    CalibrationCost,
    Rounding,
    Setting,
    Target,
    calibrate,
    data_sheet_moments,
)
from crossbar_nsm.mapping.conductances import idle_conductance_s
from crossbar_nsm.mapping.programming import ProgrammedLayer
from crossbar_nsm.mapping.reads.converters import DigitalSums
from crossbar_nsm.neuron.gain import SignalMoments, reach
from crossbar_nsm.neuron.resolution import Resolution
from device_models.errors import MappingError

RANDOM_INPUTS = 256


class Calibrator:
    """Of a layer whose column currents go through `converters`, where there are any. activations: what the layer gets
    of calibration images, None without such images. offset (neurons): of the comparators, in weight units.

    exact: moments of the signals as the programmed cells have them. decisions: behind converters, how rounding changes
    decisions; None without converters, and for cells with a state: calibration does not know where it stands.
    """

    def __init__(
        self,
        layer: ProgrammedLayer,
        converters: Mapping[str, Adc],
        activations: Activations | None,
        offset: np.ndarray,
    ):
        self.layer, self.converters, self.activations, self.offset = layer, converters, activations, offset
        config = layer.site.config
        self.neuron, self.resolution = config.neuron, Resolution(config.neuron, layer.weight_per_a)
        moments = exact_moments(
            layer.circuit, layer.arrays, layer.weight, layer.decision_variance, layer.layer_input, activations,
            converters,
        )  # fmt: skip
        self.exact = moments if activations is not None else moments.repeated(layer.betas)
        self.decisions = self._rounded_decisions() if converters else None
        idle_s = idle_conductance_s(layer.site.device.conductance, config.array.pairing)
        index = layer.main.normalisation_index(idle_s, layer.circuit.mask_probability)
        self.normalisation_index = index[:, None]

    def calibrated(self, target: Target) -> Calibrated:
        """Settings for the target, what the steps of converters do to decisions made up for. Raises MappingError when
        there are no calibration images to measure with."""
        believed, cost = self._believed(target)
        setting = self.setting(target, believed, Rounding())
        if self.decisions is not None:
            setting = self.setting(target, believed, self.decisions.rounding(setting))
        return Calibrated(setting, believed, cost, {})

    def setting(self, target: Target, believed: SignalMoments, rounding: Rounding) -> Setting:
        """Settings for a target by what is believed of the signals, and of the `rounding` behind them."""
        if self.neuron.calibration == "none":
            rounding = Rounding()
        programmed = Target(target.beta * self.layer.sign, target.c)
        return calibrate(believed, rounding.made_up_for(programmed), self.resolution)

    def rounding(self, setting: Setting) -> Rounding:
        """What the steps of converters do to neurons of these settings, as far as that is calculated."""
        return Rounding() if self.decisions is None else self.decisions.rounding(setting)

    def describe(self, target: Target, setting: Setting, cost: CalibrationCost, rounding: Rounding) -> LayerCalibration:
        """How settings serve the target, by the exact moments and what `rounding` makes of them."""
        exact, shape, gain = self.exact, setting.gain.shape, setting.gain.ravel()
        deviation = np.where(exact.noiseless(gain), np.nan, np.sqrt(2 * exact.variance(gain)))
        known = np.where(self.activations is not None, np.ones(shape), np.nan)
        c = (setting.threshold.ravel() + self.offset + exact.mean_offset(gain)) / deviation
        beta, c = rounding.applied_to(exact.beta(gain).reshape(shape), c.reshape(shape))
        lowest, highest = reach(exact)
        return LayerCalibration(
            self.layer.name,
            self.layer.circuit.name,
            self.neuron.calibration,
            trained_beta=target.beta,
            trained_c=target.c,
            recovered_beta=self.layer.sign * beta,
            recovered_c=known * c,
            lowest_beta=lowest.reshape(shape),
            highest_beta=highest.reshape(shape),
            normalisation_index=self.normalisation_index,
            gain=setting.gain,
            threshold=setting.threshold,
            clipped=setting.clipped,
            offset=known * exact.offset_in_t(gain).reshape(shape),
            direction_error=known * exact.direction_error(gain).reshape(shape),
            frozen_share=exact.frozen_share(gain).reshape(shape),
            cost=cost,
        )

    def _believed(self, target: Target) -> tuple[SignalMoments, CalibrationCost]:
        """What calibration goes by, and what it cost."""
        if self.neuron.calibration == "analytic":
            return self.exact, CalibrationCost()
        if self.neuron.calibration == "none":
            return data_sheet_moments(self.layer.circuit, self.layer.site.device, self.exact.norm), CalibrationCost()
        if self.activations is None:
            raise MappingError(
                f"neuron.calibration: measured needs calibration images, and the network carries none; {ATTACH}"
            ).see("calibration")
        return self._measured(self.activations, target)

    def _measured(self, activations: Activations, target: Target) -> tuple[SignalMoments, CalibrationCost]:
        layer, circuit, each = self.layer, self.layer.circuit, self.neuron.calibration_reads
        positions = layer.layer_input.positions
        ones = np.ones((len(circuit.operands), len(layer.weight) * positions))
        sums = DigitalSums(circuit.operands, ones, self.converters) if self.converters else None
        reader = layer.reader(ones, apart=True)
        moments = measured_moments(circuit, reader, sums, activations, self.exact.added, self.offset, each)
        passes = each * len(activations.states)
        warn_of_few_reads(layer.name, target.beta, passes, positions // layer.betas)
        in_s = passes * positions * layer.site.config.read.interval_s
        return moments, CalibrationCost(passes * positions * circuit.reads, in_s)

    def _rounded_decisions(self) -> RoundedDecisions | None:
        """By calibration images or, without such images, inputs +-1 without preference."""
        layer, activations = self.layer, self.activations
        circuit, arrays, layer_input = layer.circuit, layer.arrays, layer.layer_input
        if not all(array.law.independent and not array.splits_slow_noise for array in arrays.values()):
            warn_of_coarse_steps(layer.name, circuit, arrays, layer_input, self.converters)
            return None
        if activations is None:
            activations = layer.activations(layer.independent_inputs("rounding", RANDOM_INPUTS))
        return RoundedDecisions(circuit, arrays, self.converters, layer_input, activations)
