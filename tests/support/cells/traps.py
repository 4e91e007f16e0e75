"""References of telegraph noise: windows from drawn switches, and the states that a source carries."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS
from crossbar_nsm.array.telegraph.source import TelegraphSource


def window_means(
    capture_s: float, emission_s: float, window_s: float, windows: int, cells: int, seed: int = 5
) -> np.ndarray:
    """Fraction of time captured in successive windows (windows, cells), by drawing every switch, stationary."""
    rng, mean_s = np.random.default_rng(seed), np.array([capture_s, emission_s])
    state = (rng.random(cells) < emission_s / mean_s.sum()).astype(int)
    left, out = rng.exponential(mean_s[state]), np.zeros((windows, cells))
    for window in out:
        room = np.full(cells, window_s)
        while room.any():
            held = np.minimum(left, room)
            window += state * held
            room, left = room - held, left - held
            over = left <= 0
            state = np.where(over, 1 - state, state)
            left = np.where(over, rng.exponential(mean_s[state]), left)
    return out / window_s


def trap_states(source: TelegraphSource) -> np.ndarray:
    """States at the start of the present epoch, (traps, 2, rows, outputs) uint8."""
    words = source.states["traps"]  # (groups, traps, 2, words, LANES)
    bits = (words[..., None, :] >> np.arange(BITS, dtype=np.uint32)[:, None]) & np.uint32(1)
    lanes = np.moveaxis(bits.reshape(*words.shape[:3], -1, words.shape[-1]), 0, -2)  # (traps, 2, rows, groups, LANES)
    return lanes.reshape(*lanes.shape[:3], -1)[:, :, : source.rows, : source.outputs].astype(np.uint8)
