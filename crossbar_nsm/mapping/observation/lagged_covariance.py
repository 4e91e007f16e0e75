"""Covariance of a layer's combined signal u between passes, as the law of its cells gives it.

u = s_0 + g s_1 (see `neuron.gain`), each a sum of reads of cells that remember. Window averages are those of the law;
inputs are the same in both passes and +-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping.calibration.exact_moments import operand_covariances
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.neuron.circuits import Circuit
from crossbar_nsm.neuron.effective_samples import PER_DECADE

Pairs = Mapping[int, np.ndarray]  # weights (3, 1) of covariances, by how many reads apart


class LaggedCovariance:
    """Covariance of u, (neurons), between passes whose lags lie on a lattice: number n is first_s 10^(n / PER_DECADE).

    Slow noise is taken as it is, also where `read.slow_noise: split` simulates it in two parts. 1/f noise began when
    the cells were programmed, so its variance grows: `elapsed` is the number of the lag that lies between the first and
    the last pass, and variance is that of halfway.
    """

    def __init__(self, layer: MappedLayer, first_s: float):
        self.layer, self.first_s = layer, first_s
        self.arrays: dict[str, Crossbar] = {name: array.unsplit for name, array in layer.arrays.items()}
        self._weights = {name: _read_pairs(layer.circuit, name) for name in self.arrays}
        self._settled: dict[int, np.ndarray] = {}
        self._ungrown: dict[int, np.ndarray] = {}
        self._grows = any(array.law.grows for array in self.arrays.values())

    def variance(self, elapsed: int) -> np.ndarray:
        """Of u, fresh noise of all kinds included."""
        return np.maximum(self._of_u(self._at_once) - self._lacking(elapsed) + self._fresh, 0.0)

    def at(self, numbers: np.ndarray, elapsed: int) -> np.ndarray:
        """(lags, neurons)."""
        settled = np.stack([self._of_u(self._tabulated(int(number), settled=True)) for number in numbers])
        result: np.ndarray = settled - self._lacking(elapsed)
        return result

    def _lacking(self, elapsed: int) -> np.ndarray | float:
        """What 1/f noise has not yet, of its variance long after programming."""
        return self._of_u(self._tabulated(elapsed, settled=False)) if self._grows else 0.0

    def _tabulated(self, number: int, settled: bool) -> np.ndarray:
        table, lag_s = self._settled if settled else self._ungrown, self.first_s * 10 ** (number / PER_DECADE)
        if number not in table:
            table[number] = self._of_cells(lag_s, settled=True)
            if not settled:
                table[number] = table[number] - self._of_cells(lag_s, settled=False)
        return table[number]

    @cached_property
    def _at_once(self) -> np.ndarray:
        return self._of_cells(0.0, settled=True)

    @cached_property
    def _fresh(self) -> np.ndarray:
        """Variance of u that is not noise of the cells, (neurons): of masks, comparators and converters."""
        layer, arrays = self.layer, self.arrays
        fresh, frozen = operand_covariances(layer.circuit, arrays, layer.layer_input.positions, layer.converters)
        whole = fresh + frozen
        together = np.stack([whole[0, 0], whole[0, 1] + whole[1, 0], whole[1, 1]])
        cells = sum(_signals(array, self._weights[name], 0.0, settled=False) for name, array in arrays.items())
        return np.maximum(self._of_u(together - cells), 0.0) + layer.exact.added

    def _of_cells(self, lag_s: float, settled: bool) -> np.ndarray:
        """Covariances of s_0 with s_0, of s_0 with s_1 both ways, and of s_1 with s_1, (3, outputs)."""
        parts = [_signals(array, self._weights[name], lag_s, settled) for name, array in self.arrays.items()]
        return np.sum(parts, axis=0)

    def _of_u(self, covariances: np.ndarray) -> np.ndarray:
        """Covariances (3, outputs) of the signals as those of u, (neurons)."""
        gain = self.layer.setting.gain
        powers = np.stack([np.ones_like(gain), gain, gain**2])
        result: np.ndarray = (covariances[:, :, None] * powers).sum(axis=0).ravel()
        return result


def _read_pairs(circuit: Circuit, array: str) -> Pairs:
    """How pairs of reads of one array make up the covariances of the signals, by how many reads the second is later; of
    two reads that masks leave shares p and q, those of different passes have p q."""
    mix = circuit.signals * circuit.drive_probability
    reads = [k for k, operand in enumerate(circuit.operands) if operand.is_read and operand.array == array]
    pairs: dict[int, np.ndarray] = {}
    for k in reads:
        for later in reads:
            (a0, a1), (b0, b1) = mix[:, k], mix[:, later]
            share = np.array([[a0 * b0], [a0 * b1 + a1 * b0], [a1 * b1]])
            pairs[later - k] = pairs.get(later - k, 0.0) + share
    return pairs


def _signals(array: Crossbar, pairs: Pairs, lag_s: float, settled: bool) -> np.ndarray:
    """Contribution of one array, (3, outputs)."""
    covariance, total = array.settled_covariance if settled else array.covariance, np.zeros((3, array.tiling.outputs))
    if array.law.independent and lag_s > 0:
        return total
    known: dict[float, np.ndarray] = {}
    for apart, share in pairs.items():
        between_s = abs(lag_s + apart * array.read.between_reads_s)
        if between_s not in known:
            known[between_s] = covariance(between_s)
        total += share * known[between_s]
    return total
