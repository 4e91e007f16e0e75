"""1/f noise of an array, as what it adds to mixed reads.

The two cells of a pair have the same terms, and the difference of two independent Ornstein-Uhlenbeck processes of
amplitudes A+ and A- is one of amplitude sqrt(A+^2 + A-^2): one process is carried per pair and term.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.slow_noise.block_layout import BlockLayout
from crossbar_nsm.array.slow_noise.flicker_holds import EVERY_READ, LONGEST_HOLD, hold_vectors
from crossbar_nsm.array.slow_noise.flicker_kernel import add_flicker
from crossbar_nsm.array.vector_reads import VectorReads
from device_models.parts.ornstein_uhlenbeck import kick_and_loss
from device_models.parts.windows import WindowStep, window_step
from device_models.read_law import FlickerLaw
from device_models.reads import CellState


class FlickerSource:
    """Adds sum_j z_j gain_ji (A+_ji W+ - A-_ji W-) of every read, mixed.

    start: states of the cells at the first read. Reads are exact window means of the terms (see
    `device_models.parts.windows`) but for those far slower than a vector, which are held for some (see
    `flicker_holds`).

    `states`: near, far (blocks, groups, terms, 128) float32, weight units, and far_sum, the sum of far over its terms.
    """

    def __init__(self, law: FlickerLaw, array: VectorReads, key: np.uint64, start: CellState):
        self.law, self.gain, self.key = law, array.gain, key
        self.mixing = np.ascontiguousarray(array.mixing, np.float32)
        self.layout = BlockLayout(array.gain.shape[0], array.gain.shape[1], array.tile_starts)
        self.scale = self.layout.arranged(np.abs(array.gain) * np.sqrt((law.amplitude_s**2).sum(axis=0)))
        held = hold_vectors(law.terms, array.read, array.reads)
        self._is_far = held == LONGEST_HOLD
        self._held = held[~self._is_far]
        self._steps, self._far_steps, self._rest = self._tables(array)
        self.reset(start)

    def reset(self, start: CellState) -> None:
        """Back to the states at the first read."""
        assert start.flicker is not None
        sd = np.sqrt(self.law.terms.variance).astype(np.float32)
        plus, minus = self.gain * self.law.amplitude_s
        terms = [self.layout.arranged(s * (plus * x[0] - minus * x[1])) for s, x in zip(sd, start.flicker, strict=True)]
        states = np.stack(terms, axis=2)
        far = np.ascontiguousarray(states[:, :, self._is_far])
        near = np.ascontiguousarray(states[:, :, ~self._is_far])
        self.states = {"near": near, "far": far, "far_sum": far.sum(axis=2)}

    def restore(self, states: dict[str, np.ndarray]) -> None:
        """Go on from saved `states`."""
        for name, values in states.items():
            self.states[name][...] = values

    def add(self, out: np.ndarray, z: np.ndarray, first: int) -> None:
        """Add the noise of vectors z (vectors, rows) in time order, the first of them number `first` since the reset,
        to `out` (slots, row tiles or 1, vectors, outputs) float32, weight units; states move on."""
        near, far, far_sum = (self.states[name] for name in ("near", "far", "far_sum"))
        add_flicker(
            out, self.layout.signals(z), first, self.mixing, self.layout.group_starts, near, far, far_sum, self.scale,
            self._steps, self._held, self._far_steps, self._rest, self.key,
        )  # fmt: skip

    def _tables(self, array: VectorReads) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Steps of near terms, (2: from a vector's last read or from another, 4: kick, loss, from_state, from_kick,
        terms), of far terms, (2: kick and loss, terms), and the variance of the rest of each read, (reads)."""
        interval_s = array.read.interval_s
        steps = [self._near_steps(step_s, interval_s) for step_s in array.steps_s]
        variance = self.law.terms.variance[~self._is_far]
        rest = [float((variance * step.rest).sum()) for step in steps]
        sd, far_sd = np.sqrt(variance), np.sqrt(self.law.terms.variance[self._is_far])
        table = np.array([[sd * step.kick, step.loss, step.from_state, sd * step.from_kick] for step in steps])
        kick, loss = kick_and_loss(LONGEST_HOLD * interval_s, self.law.terms.tau_s[self._is_far])
        of_reads = np.array([rest[1]] * (array.reads - 1) + [rest[0]], np.float32)
        return table.astype(np.float32), np.stack([far_sd * kick, loss]).astype(np.float32), of_reads

    def _near_steps(self, step_s: float, interval_s: float) -> WindowStep:
        """Of terms that move on with every read, to the next one; held ones are seen as they are, and move on for the
        time of their hold."""
        tau_s, held = self.law.terms.tau_s[~self._is_far], self._held
        window_s = np.where(held == EVERY_READ, self.law.terms.window_s, 0.0)
        return window_step(tau_s, window_s, np.where(held == EVERY_READ, step_s, held * interval_s))
