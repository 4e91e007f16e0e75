"""What the telegraph kernels know of a law: the numbers of all cells and traps that do not change, in the order in
which the kernels go through them (see `trap_layout`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crossbar_nsm.array.telegraph.sliced_bernoulli import BITS, planes, threshold
from crossbar_nsm.array.telegraph.trap_layout import VECTOR, blocked, grouped, in_bit_order
from crossbar_nsm.engine.kernels.lanes import LANES
from device_models.read_law import ReadLaw, TrapLaw

FROZEN = 2.0**-32  # 512 traps that all switch with less than this in an epoch stay where they are


class Steps(NamedTuple):
    """Of cells with one trap each. free (blocks, rows, width) float32: weights of pairs whose traps are free. Per trap,
    in the order of the bits of the state words: steps float32, how the weight changes by capture, weight units; rates
    (traps, 2), float32, of capture and emission per epoch. plain: per 512 traps, 2^32 times the least probability of a
    plain hit (see `single_trap`), uint32. All but `free` flat."""

    free: np.ndarray
    steps: np.ndarray
    rates: np.ndarray
    plain: np.ndarray


class Tables(NamedTuple):
    """cells: records of all cells (see `walk`), float32; thresholds: `planes` of the probabilities to switch within an
    epoch, uint32; active: per 512 traps, whether any of them may switch, uint8; all flat. traps: of a cell."""

    cells: np.ndarray
    thresholds: np.ndarray
    active: np.ndarray
    traps: int


def trap_tables(law: ReadLaw, traps: TrapLaw, gain: np.ndarray, stretch_s: float) -> Tables:
    """For epochs of stretch_s; gain (rows, outputs), weight units per siemens."""
    sign = np.array([1, -1])[:, None, None]
    capture_s, emission_s = traps.traps.capture_s, traps.traps.emission_s
    parts = [(sign * gain * law.g_s)[None], *zip(1 - traps.amplitude, capture_s, emission_s, strict=True)]
    record = np.concatenate([np.asarray(part, np.float32).reshape(-1, *law.g_s.shape) for part in parts])
    # (numbers, 2, rows, outputs) to (groups, rows, lanes, 2, numbers)
    cells = np.ascontiguousarray(np.transpose(grouped(record), (0, 3, 4, 2, 1)))
    probability = [
        -np.expm1(-stretch_s / np.asarray(t, np.float32).astype(np.float64)) for t in (capture_s, emission_s)
    ]
    both = [grouped(p) for p in probability]
    most = np.maximum(*both)
    active = most.reshape(*most.shape[:-2], -1, BITS, LANES).max(axis=(-1, -2)) >= FROZEN
    thresholds = planes(*(threshold(p) for p in both))
    return Tables(cells.ravel(), thresholds.ravel(), active.astype(np.uint8).ravel(), len(capture_s))


def step_tables(law: ReadLaw, traps: TrapLaw, gain: np.ndarray, stretch_s: float, width: int) -> Steps:
    """The same, in blocks of `width` outputs; empty for cells with several traps."""
    if len(traps.amplitude) != 1:
        nothing = np.zeros(0, np.float32)
        return Steps(np.zeros((0, 0, 0), np.float32), nothing, nothing, np.zeros(0, np.uint32))
    free = np.array([1, -1])[:, None, None] * np.asarray(gain * law.g_s, np.float32).astype(np.float64)
    weights, steps = exact_steps(free, free * (1 - traps.amplitude[0]))
    times = (np.asarray(t[0], np.float32).astype(np.float64) for t in (traps.traps.capture_s, traps.traps.emission_s))
    rates = np.stack([in_bit_order(stretch_s / t) for t in times], axis=-1)
    slower = np.maximum(rates, np.finfo(float).tiny)
    both = np.exp(-slower[..., ::-1]) * np.where(slower < 700, slower / np.expm1(np.minimum(slower, 700)), 0)
    least = both.reshape(-1, VECTOR * 2).min(axis=1)
    plain = np.floor(np.clip(least * (1 - 1e-6), 0, 1) * (2.0**32 - 1)).astype(np.uint32)
    return Steps(blocked(weights, width), in_bit_order(steps).ravel(), rates.astype(np.float32).ravel(), plain)


def exact_steps(free: np.ndarray, captured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(weights of pairs with both traps free, steps of both cells by capture) float32 of cells (2, rows, outputs), G-
    negative; multiples of 2^-24 of a power of two above the pair's larger cell, so that their sums in float32 are
    exact in any order."""
    _, exponent = np.frexp(np.maximum(np.abs(free[0]), np.abs(free[1])))
    unit = np.ldexp(1.0, exponent - 24)
    free_units, captured_units = np.rint(free / unit), np.rint(captured / unit)
    steps = (captured_units - free_units) * unit
    return (free_units.sum(axis=0) * unit).astype(np.float32), steps.astype(np.float32)
