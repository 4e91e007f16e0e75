"""Row drivers: digital-to-analog conversion of the inputs, +-1 or real, into read voltages.

The driver of row j puts V_j = (1 + g_j) (+-q_j + e_j) voltage + offset_j on its word line instead of +-d_j voltage:

- q_j is d_j rounded to the levels of `bits` bits, which lie evenly from -1 to 1 with both ends. Only a scale per row or
  tile has drives d_j below 1; with a scale per column the two ends are all that is used.
- e_j is the integral nonlinearity: levels lie on a parabola through both ends whose largest deviation from the straight
  line (IEEE Std 1658, terminal-based) is inl_lsb, up or down with equal probability. It is 0 at the ends.
- gain error g_j (sd gain_sd) and offset_j (sd offset_sd_v) are normal.

The zeros of a convolution's padding are driven with the same shift: right for the offset, an approximation for INL.

Real inputs z (|z| <= 1: grey values, means of a pool) are driven at z times the full voltage, rounded to the same
levels by `driven`; an even number of them has none at 0, half a step is the least a driver gives. That is simulated
with a scale per column and without INL, see `input_bits`.

All are constants of the chip. Two levels lie on a straight line, so V_j is a factor times (z_j + shift_j), z_j = +-1:
the factor is the same in every read and joins the gain of the row's cells, the shift is added to the input.

Equations: docs/physics.md#row-drivers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from crossbar_nsm.array.config import ArrayConfig, DacConfig
from crossbar_nsm.array.pair_targets import PairTargets
from device_models.errors import MappingError
from device_models.streams import Stream


@dataclass(frozen=True)
class RowDrivers:
    """factor (rows, outputs): actual over nominal size of the drive. shift (rows) float32: what the driver adds to an
    input z = +-1, in units of its actual size."""

    factor: np.ndarray
    shift: np.ndarray

    def applied_to(self, targets: PairTargets) -> PairTargets:
        """The same targets, read through these drivers."""
        return replace(targets, gain=targets.gain * self.factor, shift=self.shift)


def row_drivers(config: DacConfig, voltage_v: float, targets: PairTargets, stream: Stream) -> RowDrivers:
    """The drivers of the layer that `stream` addresses, for the drive voltages that its targets ask for."""
    rows = len(targets.gain)
    nominal = targets.gain / targets.column_scale  # d, (rows, outputs)
    actual = _rounded(nominal, config.bits)
    gain = 1 + config.gain_sd * stream.generator("dac_gain").standard_normal(rows)
    offset = config.offset_sd_v / voltage_v * stream.generator("dac_offset").standard_normal(rows)
    sign = np.where(stream.generator("dac_bow").random(rows) < 0.5, -1.0, 1.0)
    first = actual[:, 0]  # shifts are simulated where all columns share a row's drive
    shift = offset / (gain * first) + sign * _bow(first, config) / first
    return RowDrivers(gain[:, None] * actual / nominal, shift.astype(np.float32))


def input_bits(config: ArrayConfig, layer: str, binary: bool) -> int | None:
    """Bits that the drivers round a layer's inputs to; None where nothing is rounded: any voltage, or inputs +-1
    (binary). Raises MappingError for drivers of real inputs that are not simulated."""
    if binary:
        return None
    if config.dac.bits is not None and config.scale != "per_column":
        raise MappingError(
            f"layer {layer} sees real inputs, which array.dac.bits={config.dac.bits} rounds; with array.scale: "
            f"{config.scale} every row's levels would differ: use scale: per_column, or dac.bits: null"
        ).see("add_wires_and_converters")
    if config.dac.inl_lsb:
        raise MappingError(
            f"layer {layer} sees real inputs, and array.dac.inl_lsb={config.dac.inl_lsb:g} is simulated for inputs +-1 "
            "only; set it to 0"
        ).see("add_wires_and_converters")
    return config.dac.bits


def driven(z: np.ndarray, bits: int | None) -> np.ndarray:
    """What drivers make of inputs z, float32; bits: see `input_bits`."""
    return z if bits is None else _rounded(z, bits).astype(np.float32)


def _rounded(drive: np.ndarray, bits: int | None) -> np.ndarray:
    """The nearest of 2^bits levels from -1 to 1; a drive above 0 never becomes a negative one."""
    if bits is None:
        return drive
    lsb = 2 / (2**bits - 1)
    result: np.ndarray = np.floor((drive + 1) / lsb + 0.5) * lsb - 1
    return result


def _bow(drive: np.ndarray, config: DacConfig) -> np.ndarray:
    """How far the parabola is from the straight line at a level; inl_lsb at the levels next to the middle."""
    if config.bits is None or not config.inl_lsb:
        return np.zeros_like(drive)
    lsb = 2 / (2**config.bits - 1)
    result: np.ndarray = config.inl_lsb * lsb * (1 - drive**2) / (1 - (lsb / 2) ** 2)
    return result
