"""One NSM layer on arrays: programmed cells, the reads that its circuit combines, the decisions."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.dac import driven
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.calibration.calibrator import Calibrator
from crossbar_nsm.mapping.calibration.settings import (
    HIGHEST_BETA,
    LOWEST_BETA,
    Calibrated,
    CalibrationCost,
    Registers,
    Setting,
    Target,
)
from crossbar_nsm.mapping.calibration.split_noise import warn_of_split
from crossbar_nsm.mapping.files.chip_values import LARGEST
from crossbar_nsm.mapping.programming import LayerSite, ProgrammedLayer, trained_parameters
from crossbar_nsm.mapping.reads.converters import DigitalSums, hidden_converters
from crossbar_nsm.neuron.comparator import Comparator
from crossbar_nsm.nsm.architecture import Placement
from crossbar_nsm.nsm.methods.nsm import NSMLayer
from device_models.errors import MappingError


class MappedLayer:
    """Threshold neurons on arrays at a site, programmed and calibrated. states (n, inputs) are the layer's inputs for
    calibration images, if there are any: calibration goes by them, and they set the range of its ADCs. registers: what
    neurons should do and the settings they keep; by default the trained beta and c, and a calibration. Raises
    MappingError when device or circuit give numbers beyond float32, or when there are no calibration images to measure
    with.

    exact: moments of the signals as the cells have them; believed: what calibration believes of them.
    """

    def __init__(
        self,
        place: Placement,
        layer: NSMLayer,
        site: LayerSite,
        states: np.ndarray | None = None,
        registers: Registers | None = None,
    ):
        self.name, self.config, self.device = place.spec.name, site.config, site.device
        self.programmed = ProgrammedLayer.of(place, layer, site)
        self.circuit, self.arrays, self.weight = self.programmed.circuit, self.programmed.arrays, self.programmed.weight
        self.layer_input = self.programmed.layer_input
        self.positions = self.layer_input.positions // self.programmed.betas  # that share a neuron's settings
        nothing = np.zeros((len(self.weight), self.layer_input.positions))
        # of digital sums, an ideal one: their decisions compare numbers
        self.comparator = Comparator(self.config.neuron.comparator, self.programmed.weight_per_a, nothing, site.stream)
        target, calibrated = registers or (Target(*trained_parameters(layer)[1:]), None)
        self.digital = self.config.array.partial_sums == "digital"
        self.converters = self._converters(states, calibrated) if self.digital else {}
        activations = None if states is None else self.programmed.activations(states)
        offset = np.repeat(self.comparator.offset, self.programmed.betas)
        self.calibrator = Calibrator(self.programmed, self.converters, activations, offset)
        self.exact = self.calibrator.exact
        if calibrated is None:
            calibrated = self.calibrator.calibrated(target)
        self.believed = calibrated.believed
        self.rounding = self.calibrator.rounding(calibrated.setting)
        self._check_finite(calibrated.setting)
        self._set(target, calibrated.setting, calibrated.cost)
        warn_of_split(self.name, self.circuit, self.arrays, self.layer_input.positions, self.setting.gain)

    @property
    def patches(self) -> int:
        """Of an input that a pass reads one after the other: positions of a convolution, 1 for a dense layer."""
        return self.layer_input.positions

    @property
    def reads_per_pass(self) -> int:
        """Vector reads of arrays, for a decision of every neuron."""
        return self.patches * self.circuit.reads

    @property
    def registers(self) -> Registers:
        """What the neurons should do, and what its calibration left behind."""
        ranges = {array: converter.full_scale for array, converter in self.converters.items()}
        return self.target, Calibrated(self.setting, self.believed, self.calibration.cost, ranges)

    @property
    def noiseless(self) -> bool:
        """Whether all neurons that have weights are deterministic."""
        with_weights = self.exact.norm > 0
        return bool(with_weights.any() and self.exact.noiseless(self.setting.gain.ravel())[with_weights].all())

    @property
    def believed_c(self) -> np.ndarray:
        """c that the thresholds stand for, by what calibration believes of the signals, (channels, positions); without
        noise that of the steepest beta that a neuron is trained with."""
        gain = self.setting.gain.ravel()
        steepest = np.maximum(np.abs(self.believed.mean_slope(gain)) * self.believed.norm, LOWEST_BETA) / HIGHEST_BETA
        deviation = np.maximum(np.sqrt(2 * self.believed.variance(gain)), steepest)
        c = (self.setting.threshold.ravel() + self.believed.mean_offset(gain)) / deviation
        return c.reshape(self.setting.gain.shape)

    def setting_for(self, target: Target) -> Setting:
        """Gains and thresholds for another target, by what calibration believes of the signals. Raises MappingError
        when they are beyond float32."""
        setting = self.calibrator.setting(target, self.believed, self.rounding)
        self._check_finite(setting)
        return setting

    def retarget(self, target: Target, setting: Setting) -> None:
        """Set what `setting_for` gave for another target; simulated time and states stay."""
        states = self.reads.states()
        self._set(target, setting, self.calibration.cost)
        self.reads.restore(states)

    def _converters(self, states: np.ndarray | None, calibrated: Calibrated | None) -> dict[str, Adc]:
        ranges, driven_share = None if calibrated is None else calibrated.ranges, self.circuit.mask_probability
        return hidden_converters(self.config.array.adc, self.arrays, self.layer_input, states, driven_share, ranges)

    def _set(self, target: Target, setting: Setting, cost: CalibrationCost) -> None:
        """Let the circuit combine its reads with these gains, the comparators decide at these thresholds."""
        self.target, self.setting = target, setting
        self.calibration = self.calibrator.describe(target, setting, cost, self.rounding)
        coefficients = np.repeat(self.circuit.coefficients(setting.gain.ravel()), self.positions, axis=1)
        self.reads = self.programmed.reader(coefficients, apart=self.digital)
        self.sums = DigitalSums(self.circuit.operands, coefficients, self.converters) if self.digital else None
        self.comparator.set_bias(np.repeat(setting.threshold, self.positions, axis=1))

    def _check_finite(self, setting: Setting) -> None:
        main, coefficients = self.programmed.main, self.circuit.coefficients(setting.gain.ravel())
        values = (main.targets.gain * main.law.sd_s, coefficients, setting.threshold)
        largest = max(float(np.abs(value).max()) for value in values)
        if not largest <= LARGEST:
            raise MappingError(
                f"layer {self.name} on {self.device.name}: conductances, gains or thresholds reach {largest:.3g} "
                f"weight units, too large to calculate with (at most {LARGEST:g}); check the device's spreads, the "
                "checkpoint's weights, and beta and c"
            ).see("arrays")

    def fire(self, z: np.ndarray, input_of: np.ndarray, passes: Passes) -> np.ndarray:
        """States +-1 (passes, units); pass p shows input z[input_of[p]]."""
        z = driven(z, self.programmed.input_bits)
        if self.sums is not None:
            return self.comparator.decide(self.sums.combined(self.reads.operand_currents(z, input_of, passes)), passes)
        return self.reads.fire(z, input_of, passes, self.comparator)

    def reset(self) -> None:
        """Back to the states at the first read, and no comparator memory."""
        self.reads.reset()
        self.comparator.reset()
