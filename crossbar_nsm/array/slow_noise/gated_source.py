"""Cells behind selectors, as what they add to mixed reads: selectors with memory, per pair or per cell."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.slow_noise.block_layout import BlockLayout
from crossbar_nsm.array.slow_noise.gated_kernel import add_gated
from crossbar_nsm.array.vector_reads import VectorReads
from device_models.parts.ornstein_uhlenbeck import kick_and_loss
from device_models.parts.selector import SelectorLaw
from device_models.read_law import ReadLaw
from device_models.reads import CellState


class GatedSource:
    """Adds sum_j z_j gain_ji (xi+ (G+ + sd+ n+) - xi- (G- + sd- n-)) of every read, mixed: the whole read of a law of
    selectors and fresh noise. Arguments as of FlickerSource.

    `states`: thresholds (blocks, groups, 1 per pair or 2 per cell, 128) float32, in units of their sd.
    """

    def __init__(self, law: ReadLaw, array: VectorReads, key: np.uint64, start: CellState):
        assert law.selector is not None
        gain = array.gain
        self.selector, self.key = law.selector, key
        self.mixing = np.ascontiguousarray(array.mixing, np.float32)
        self.layout = BlockLayout(gain.shape[0], gain.shape[1], array.tile_starts)
        self._level = self._by_side(self.selector.level)
        # of a threshold before the first and before a later read of a vector, (2, 2)
        steps = kick_and_loss(np.array(array.steps_s), self.selector.correlation_time_s)
        self._steps = np.stack(steps, axis=1).astype(np.float32)
        shares = (self.selector.on, self.selector.off)
        self._mean = tuple(self._by_side(seen_mean(self.selector, share, gain * law.g_s)) for share in shares)
        noise = law.sd_s if np.any(law.sd_s) else np.zeros((2, *gain.shape))
        self._variance = tuple(
            self._by_side(seen_variance(self.selector, share, (gain * noise) ** 2)) for share in shares
        )
        if not np.any(law.sd_s):
            self._variance = tuple(values[:, :, :0] for values in self._variance)
        self.reset(start)

    def reset(self, start: CellState) -> None:
        """Back to the states at the first read."""
        assert start.thresholds is not None
        self.states = {"thresholds": self._by_side(start.thresholds)}

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from saved `states`."""
        for name, values in states.items():
            self.states[name][...] = values

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        """Add the reads of vectors z (vectors, rows) in time order, the first of them number `first` since the reset,
        to `out` (slots, row tiles or 1, vectors, outputs) float32, weight units; states move on."""
        add_gated(
            out, self.layout.signals(z), first, self.mixing, self.layout.group_starts, self.states["thresholds"],
            self._level, self._steps, self._mean, self._variance, self.key,
        )  # fmt: skip

    def _by_side(self, values: np.ndarray) -> np.ndarray:
        """Of pairs (rows, outputs) or cells (2, rows, outputs): (blocks, groups, 1 or 2, 128)."""
        return self.layout.arranged(values.reshape(-1, *values.shape[-2:]))


def seen_mean(selector: SelectorLaw, share: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What a read sees of weights (2, rows, outputs) of which `share` passes: of pairs, or of the two cells, signed."""
    if selector.per_pair:
        return share * (weight[0] - weight[1])
    return np.stack([share[0] * weight[0], -share[1] * weight[1]])


def seen_variance(selector: SelectorLaw, share: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """As `seen_mean`, the variance of fresh noise."""
    result: np.ndarray = share**2 * (variance.sum(axis=0) if selector.per_pair else variance)
    return result
