"""Kernels that draw every cell. Counters: row or trap; (event, read, column); the vector's number in two words."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.counter_random import WORDS, four_normals, philox, u64, unit_double
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.shape_draws import entries_of, shaped_number
from device_models.parts.read_noise_laws.shapes import ShapedNoise
from device_models.parts.selector import SelectorLaw
from device_models.read_law import FlickerLaw, TrapLaw

_READ_SHIFT = 20  # a read counter holds 2^20 rows or columns, 16 reads and 256 events
_EVENT_SHIFT = 24
_READ_STEP = 1 << _READ_SHIFT


class TrapTables(NamedTuple):
    """Per trap, shape (outputs, rows, 2, traps): what the kernel needs of telegraph noise.

    amplitude d; capture_s, emission_s mean times [s]; capture_between and release_between: probability to be captured
    (from free) or free (from captured) after the time between two passes; ..._within: after the gap between two reads
    of one pass; stay_free, stay_captured: probability not to switch during a window.
    """

    window_s: float
    amplitude: np.ndarray
    capture_s: np.ndarray
    emission_s: np.ndarray
    capture_between: np.ndarray
    release_between: np.ndarray
    capture_within: np.ndarray
    release_within: np.ndarray
    stay_free: np.ndarray
    stay_captured: np.ndarray

    @staticmethod
    def build(law: TrapLaw | None, shape: tuple[int, ...], window_s: float, gaps_s: tuple[float, float]) -> TrapTables:
        """Tables from a law of cells of shape (2, rows, outputs); gaps_s: from the end of a window to the next, between
        passes and within one."""
        if law is None:
            nothing = np.zeros((shape[2], shape[1], shape[0], 0))
            return TrapTables(window_s, *(nothing,) * 9)
        q, tau0 = law.traps.occupancy, law.traps.tau0_s
        between, within = (-np.expm1(-gap_s / tau0) for gap_s in gaps_s)
        columns = (
            law.amplitude,
            law.traps.capture_s,
            law.traps.emission_s,
            q * between,
            (1 - q) * between,
            q * within,
            (1 - q) * within,
            np.exp(-window_s / law.traps.capture_s),
            np.exp(-window_s / law.traps.emission_s),
        )
        return TrapTables(window_s, *(by_output(values, np.float64) for values in columns))


class WanderTables(NamedTuple):
    """1/f noise. amplitude (outputs, rows, 2), weight units; sd (terms); by term how it steps on and what a read sees
    of it (see `device_models.parts.windows`), (2, terms): after the last read of a pass, after another. rest (2):
    variance of what no other read shares, over amplitude^2."""

    amplitude: np.ndarray
    sd: np.ndarray
    kick: np.ndarray
    loss: np.ndarray
    from_state: np.ndarray
    from_kick: np.ndarray
    rest: np.ndarray

    @staticmethod
    def build(law: FlickerLaw | None, gain: np.ndarray, steps_s: tuple[float, float]) -> WanderTables:
        """Tables from a law of cells of shape (2, rows, outputs); steps_s: start to start of reads."""
        if law is None:
            none = np.zeros((2, 0), np.float32)
            return WanderTables(np.zeros((0, 0, 0), np.float32), none[0], none, none, none, none, np.zeros(2))
        steps = np.stack([law.terms.steps(step_s) for step_s in steps_s], axis=1)
        kick, loss, from_state, from_kick = steps[:4].astype(np.float32)
        amplitude, sd = by_output(gain * law.amplitude_s, np.float32), np.sqrt(law.terms.variance).astype(np.float32)
        return WanderTables(amplitude, sd, kick, loss, from_state, from_kick, steps[4] @ law.terms.variance)


class ShapeTables(NamedTuple):
    """Fresh noise that is not normal: sd (2 or, without such noise, 0, rows, outputs), weight units; entries: see
    `shape_draws.entries_of`."""

    sd: np.ndarray
    entries: np.ndarray

    @staticmethod
    def build(law: ShapedNoise | None, gain: np.ndarray) -> ShapeTables:
        """Tables from a law of cells of shape (2, rows, outputs)."""
        if law is None:
            return ShapeTables(np.zeros((0, 0, 0), np.float32), entries_of(None))
        return ShapeTables(np.ascontiguousarray(gain * law.sd_s, np.float32), entries_of(law.shape))


class SelectorTables(NamedTuple):
    """Selectors, one per pair or one per cell, shape (outputs, rows, 1 or 2): what they pass below `level` and else;
    rho and sqrt(1 - rho^2) of their thresholds from read to read (2): between passes, within one."""

    level: np.ndarray
    on: np.ndarray
    off: np.ndarray
    keep: np.ndarray
    kick: np.ndarray

    @staticmethod
    def build(law: SelectorLaw | None, steps_s: tuple[float, float]) -> SelectorTables:
        """Tables from a law of pairs (rows, outputs) or of cells (2, rows, outputs)."""
        if law is None:
            nothing, no_steps = np.zeros((0, 0, 0), np.float32), np.zeros(2, np.float32)
            return SelectorTables(nothing, nothing, nothing, no_steps, no_steps)
        keep, kick = _memory(steps_s, np.array([law.correlation_time_s]))
        level, on, off = (by_output(law.over_cells(values), np.float32) for values in (law.level, law.on, law.off))
        return SelectorTables(level, on, off, keep.ravel(), kick.ravel())


def _memory(steps_s: tuple[float, float], tau_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """rho and sqrt(1 - rho^2) for both steps, (2, processes); no memory where tau is 0."""
    ratio = np.where(tau_s > 0, np.array(steps_s)[:, None] / np.where(tau_s > 0, tau_s, 1.0), np.inf)
    return np.exp(-ratio).astype(np.float32), np.sqrt(-np.expm1(-2 * ratio)).astype(np.float32)


def by_output(values: np.ndarray, dtype: type) -> np.ndarray:
    """(..., rows, outputs) as (outputs, rows, ...reversed): what one output needs lies together."""
    return np.ascontiguousarray(np.transpose(values), dtype=dtype)


@njit(error_model="numpy")
def _window_occupancy(state, u, tables, i, j, side, k, trap, counter, sample, image, key):
    """(mean state over the window, state at its end) of one trap that switches within it, by its switching times."""
    elapsed, captured, event = 0.0, 0.0, 1
    while True:
        mean_time = tables.emission_s[i, j, side, k] if state else tables.capture_s[i, j, side, k]
        hold = -mean_time * math.log(u)
        last = elapsed + hold >= tables.window_s
        if last:
            hold = tables.window_s - elapsed
        captured += state * hold
        if last:
            break
        elapsed += hold
        state = 1 - state
        w0, w1, _, _ = philox(trap, counter + (event << _EVENT_SHIFT), sample, image, key)
        u = unit_double(w0, w1)
        event += 1
    return captured / tables.window_s, state


@njit(error_model="numpy")
def _conductance_factor(tables, state, i, j, side, step, counter, sample, image, key):
    """prod_k (1 - d_k s_k) over one read of a cell, s_k the window mean of trap k; moves the states on."""
    factor = 1.0
    for k in range(state.shape[3]):
        trap = u64((j * 2 + side) * state.shape[3] + k)
        w0, w1, w2, w3 = philox(trap, counter, sample, image, key)
        now = np.int64(state[i, j, side, k])
        if step == 0:
            flip = tables.release_between[i, j, side, k] if now else tables.capture_between[i, j, side, k]
        else:
            flip = tables.release_within[i, j, side, k] if now else tables.capture_within[i, j, side, k]
        if unit_double(w0, w1) < flip:
            now = 1 - now
        mean = float(now)
        u = unit_double(w2, w3)
        if u > (tables.stay_captured[i, j, side, k] if now else tables.stay_free[i, j, side, k]):
            mean, now = _window_occupancy(now, u, tables, i, j, side, k, trap, counter, sample, image, key)
        state[i, j, side, k] = now
        factor *= 1 - tables.amplitude[i, j, side, k] * mean
    return factor


@njit(error_model="numpy")
def _wander(tables, state, i, j, side, step, counter, sample, image, key):
    """1/f offset of a cell in one read, weight units, without its rest; moves its terms on by `step` (0: to the next
    pass, 1: within one)."""
    terms = state.shape[3]
    blocks = (terms + WORDS - 1) // WORDS
    total = np.float32(0)
    for block in range(blocks):
        normals = four_normals((j * 2 + side) * blocks + block, counter, sample, image, key)
        for word in range(min(WORDS, terms - block * WORDS)):
            k = block * WORDS + word
            x, n = state[i, j, side, k], normals[word]
            total += tables.sd[k] * (tables.from_state[step, k] * x + tables.from_kick[step, k] * n)
            state[i, j, side, k] = x + (tables.kick[step, k] * n - tables.loss[step, k] * x)
    return tables.amplitude[i, j, side] * total


@njit(error_model="numpy")
def _shaped(tables, i, j, counter, sample, image, key):
    """Fresh noise of both cells that is not normal, of the words that their normals leave over."""
    _, _, w0, w1 = philox(j, counter, sample, image, key)
    plus, minus = shaped_number(tables.entries, w0), shaped_number(tables.entries, w1)
    return tables.sd[0, j, i] * plus, tables.sd[1, j, i] * minus


@njit(error_model="numpy")
def _passed(tables, state, i, j, which, step, normal):
    """What a selector passes in one read; moves its threshold on."""
    moved = tables.keep[step] * state[i, j, which] + tables.kick[step] * normal
    state[i, j, which] = moved
    return tables.on[i, j, which] if moved < tables.level[i, j, which] else tables.off[i, j, which]


@kernel(parallel=True, error_model="numpy")
def stateful_reads(
    z,
    input_of,
    weight,
    sd,
    shaped,
    tile_of_row,
    reads,
    samples,
    images,
    keys,
    traps,
    trapped,
    wander,
    wandered,
    gates,
    thresholds,
):
    """`reads` reads per pass in time order, (reads, row tiles, passes, outputs) float32; states move on in place:
    trapped (outputs, rows, 2, traps), wandered (outputs, rows, 2, terms), thresholds (outputs, rows, 1 or 2), empty
    where the law has no such noise.

    A cell is seen as xi (w prod_k (1 - d_k s_k) + W + sd n): for cells with several traps that switch within one window
    the product of their means stands for the mean of the product; W is the window's mean of 1/f noise, selectors are
    those of the moment at which the window begins. sd (2, 2, rows, outputs), of normal noise: of a pass's last read, of
    another.
    """
    inputs, outputs = weight.shape[1], weight.shape[2]
    has_traps, has_wander, selectors = trapped.shape[3] > 0, wandered.shape[3] > 0, thresholds.shape[2]
    other = shaped.sd.shape[0] > 0
    out = np.zeros((reads, tile_of_row[-1] + 1, input_of.size, outputs), np.float32)
    for i in prange(outputs):
        noisy = sd[:, :, :, i].max() > 0
        n0, n1 = np.float32(0), np.float32(0)
        for p in range(input_of.size):
            sample, image = samples[p], images[p]
            for read in range(reads):
                counter, step, after = read * _READ_STEP + i, min(read, 1), min(reads - 1 - read, 1)
                for j in range(inputs):
                    plus, minus = float(weight[0, j, i]), float(weight[1, j, i])
                    if has_traps:
                        plus *= _conductance_factor(traps, trapped, i, j, 0, step, counter, sample, image, keys[2])
                        minus *= _conductance_factor(traps, trapped, i, j, 1, step, counter, sample, image, keys[2])
                    if has_wander:
                        plus += _wander(wander, wandered, i, j, 0, after, counter, sample, image, keys[3])
                        minus += _wander(wander, wandered, i, j, 1, after, counter, sample, image, keys[3])
                    if noisy:
                        n0, n1, _, _ = four_normals(j, counter, sample, image, keys[0])
                        plus += sd[after, 0, j, i] * n0
                        minus += sd[after, 1, j, i] * n1
                    if other:
                        s0, s1 = _shaped(shaped, i, j, counter, sample, image, keys[0])
                        plus, minus = plus + s0, minus + s1
                    if selectors > 0:
                        g0, g1, _, _ = four_normals(j, counter, sample, image, keys[1])
                        first = _passed(gates, thresholds, i, j, 0, step, g0)
                        plus *= first
                        minus *= first if selectors == 1 else _passed(gates, thresholds, i, j, 1, step, g1)
                    out[read, tile_of_row[j], p, i] += z[input_of[p], j] * (plus - minus)
    return out
