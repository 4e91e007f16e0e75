"""The ADCs of a layer: their ranges, and with `array.partial_sums: digital` the sums behind them.

Every row tile's column current of every read is converted, and the codes are added over the tiles and combined as the
circuit does, in numbers: u = sum_k c_k sum_tiles adc(r_k). What is computed anyway (the product of the circuit
`digital`) goes through no converter. Reads of the same cells share a converter, a replica has its own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossbar_nsm.array.adc import Adc
from crossbar_nsm.array.config import AdcConfig
from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.operand import Operand

NOISE_SDS = 4.0  # of the read noise that a hidden layer's ranges leave room for


class DigitalSums:
    """u of one layer in numbers. coefficients (operands, units): c_k. converters: of each array's columns."""

    def __init__(self, operands: tuple[Operand, ...], coefficients: np.ndarray, converters: Mapping[str, Adc]):
        self.operands, self.converters = operands, converters
        self.coefficients = coefficients.astype(np.float32)

    def combined(self, currents: np.ndarray) -> np.ndarray:
        """u (passes, outputs) float32 of the currents (operands, row tiles, passes, units) of every read."""
        u = np.zeros(currents.shape[2:], np.float32)
        for c, number in zip(self.coefficients, self.numbers(currents), strict=True):
            u += c * number
        return u

    def unrounded(self, currents: np.ndarray) -> np.ndarray:
        """What `combined` would be with converters that err by nothing, (passes, units) float32."""
        result: np.ndarray = np.einsum("ku,ktpu->pu", self.coefficients, currents)
        return result

    def numbers(self, currents: np.ndarray) -> np.ndarray:
        """Every r_k as a number, (operands, passes, units)."""
        pairs = zip(self.operands, currents, strict=True)
        return np.stack([self._number(operand, current) for operand, current in pairs])

    def _number(self, operand: Operand, current: np.ndarray) -> np.ndarray:
        return self.converters[operand.array].sum_of_tiles(current) if operand.is_read else current.sum(axis=0)


def hidden_converters(
    config: AdcConfig,
    arrays: Mapping[str, Crossbar],
    layer_input: LayerInput,
    states: np.ndarray | None,
    keep_probability: float = 1.0,
    ranges: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Adc]:
    """An ADC for every row tile and column of a hidden layer's arrays. states (n, inputs): the layer's inputs for
    calibration images, or None without such images; keep_probability: of the rows, where some reads are masked; ranges:
    what an earlier calibration has set."""

    def range_of(name: str, array: Crossbar) -> np.ndarray:
        if ranges is not None:
            return ranges[name]
        return config.range_factor * _hidden_range(array.unsplit, layer_input, states, keep_probability)

    return {name: Adc(config, range_of(name, array), array.stream) for name, array in arrays.items()}


def _hidden_range(
    array: Crossbar, layer_input: LayerInput, states: np.ndarray | None, keep_probability: float
) -> np.ndarray:
    """The largest current of one read to expect, (row tiles, outputs), weight units.

    With calibration images: their largest mean current and room for the noise of cells and masks. Without: the same
    room around 0 for a read of independent inputs that are +1 or -1 equally often, which has mean 0 and variance
    sum_j w_j^2 + noise.
    """
    rows, variance = array.tiling.row_slices, array.tile_variance() + array.tile_mask_variance(keep_probability)
    if states is not None:
        return largest_currents(array, layer_input, states) + NOISE_SDS * np.sqrt(variance)
    squares = array.mean_matrix() ** 2
    spread = np.stack([squares[tile].sum(axis=0) for tile in rows])
    matrix, shift = array.mean_matrix(), array.targets.shift
    added = np.zeros_like(spread) if shift is None else np.stack([np.abs(shift[tile] @ matrix[tile]) for tile in rows])
    result: np.ndarray = added + NOISE_SDS * np.sqrt(spread + variance)
    return result


def largest_currents(
    array: Crossbar, layer_input: LayerInput, states: np.ndarray, tiles: list[slice] | None = None
) -> np.ndarray:
    """Largest size of the mean current of each tile's rows for inputs `states` (n, inputs), (tiles, outputs)."""
    matrix, flat = (
        array.mean_matrix().astype(np.float32),
        np.ascontiguousarray(states.reshape(len(states), -1), np.float32),
    )
    slices = array.tiling.row_slices if tiles is None else tiles
    of_units = np.stack([np.abs(layer_input.product(flat, matrix, rows)).max(axis=0) for rows in slices])
    return of_units.reshape(len(slices), array.tiling.outputs, -1).max(axis=2)
