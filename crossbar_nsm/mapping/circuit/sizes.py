"""What is told of the circuit of one layer: see `crossbar_nsm.mapping.circuit.numbers`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crossbar_nsm.mapping.circuit.line_currents import Currents
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class Size:
    """A current [A]; over that of the median weight; over the sd of the noise in which it is lost (infinite where there
    is no noise)."""

    a: float
    weights: float
    noise_sds: float


@shown
@dataclass(frozen=True)
class ComparatorNumbers:
    """Errors of comparators, None where they have none: sd of offset and noise, full width of the hysteresis.
    offset_in_c, offset_in_probability: what an offset of one sd adds to c, and to P(z = +1) of a neuron at 1/2."""

    offset: Size | None = None
    noise: Size | None = None
    hysteresis: Size | None = None
    offset_in_c: float | None = None
    offset_in_probability: float | None = None


@shown
@dataclass(frozen=True)
class RegisterNumbers:
    """Steps of the registers, None where they are exact: of thresholds; of gains (a_i or g_i); and what the latter
    changes in beta, relative."""

    threshold_step: Size | None = None
    gain_step: float | None = None
    gain_step_in_beta: float | None = None


@shown
@dataclass(frozen=True)
class CircuitNumbers:
    """Of one layer; None: there is no such thing.

    vectors_shown: how many calibration images the currents are of; without any, typical and largest seen are NaN.
    tiles_apart: whether a line is that of one row tile, with a converter of its own.
    line, pair: currents of single bit lines and of differential pairs. weight_a: what the median weight that is not 0
    gives to its pair; weight_step: of programming levels. read_noise, decision_noise: sd of what changes from pass to
    pass, of one read and of the combined signal u in front of the comparator; steps of weights and converters are
    compared with the former, all else with the latter. microampere: 1e-6 A beside the noise of u (of a read, where
    nothing decides). adc_step, adc_range_a: of a converter, which converts from -adc_range_a to +adc_range_a. adc_adds:
    sd that rounding, step / sqrt(12) in every conversion, adds to u (of an output: to its sum); adc_slope_share: what
    such noise beside that of u leaves of the slope of P(z = +1) over u at 1/2. dac_step: what a step of a row driver
    changes in the current of the median weight (dac_step_v: in volts).

    voltage_v, window_s: of a read. decision_time_s: from the start of a decision's first read to the end of its last;
    pass_time_s: of all patches; image_time_s: of all samples of an image.
    """

    layer: str
    vectors_shown: int
    tiles_apart: bool
    line: Currents
    pair: Currents
    weight_a: float
    weight_step: Size | None
    read_noise: Size
    decision_noise: Size | None
    microampere: Size
    adc_step: Size | None
    adc_range_a: float | None
    adc_adds: Size | None
    adc_slope_share: float | None
    dac_step: Size | None
    dac_step_v: float | None
    comparator: ComparatorNumbers
    registers: RegisterNumbers
    voltage_v: float
    window_s: float
    decision_time_s: float
    pass_time_s: float
    image_time_s: float


def chip_image_time_s(layers: Mapping[str, CircuitNumbers], samples: int) -> float:
    """From the first read of an image to the end of its last pass [s]: layers work at the same time on successive
    passes, so the slowest sets the pace, and the first pass goes through all of them."""
    times_s = [numbers.pass_time_s for numbers in layers.values()]
    return sum(times_s) + (samples - 1) * max(times_s)
