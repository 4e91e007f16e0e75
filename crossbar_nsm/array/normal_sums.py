"""How far sums of reads are from normal, where read noise of single cells is not (`device.read_noise.shape`).

A sum of variance v and third and fourth cumulants k3, k4 has skewness g = k3 / v^1.5 and excess kurtosis k = k4 / v^2.
The first terms of its Edgeworth series move the probability that it is positive by at most

    max |He2 phi| |g| / 6 + max |He3 phi| |k| / 24 + max |He5 phi| g^2 / 72,

whatever its mean. Inputs give third cumulants their signs, so that they add up at worst. Inputs that differ in size can
leave one pair of cells alone to speak: the bound is then that of the worst pair.

Equations: docs/physics.md#shapes-of-read-noise.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.reader import ReadPlan

LIMIT = 0.01  # of a probability, up to which the closed form serves
HE2, HE3, HE5 = 0.39894, 0.55059, 2.3071  # largest size of He_n(x) phi(x)
Cumulants = tuple[np.ndarray, np.ndarray, np.ndarray]  # variance, sizes of third and fourth, one shape


def distance_from_normal(plan: ReadPlan) -> float:
    """Bound on |P - Phi| of what a plan's reads sum up to, the largest of all units; 0 where all noise is normal. For
    operands and row tiles apart, whose sums behind converters are steps, the sum of the bounds of all of them."""
    if all(array.law.shaped is None for array in plan.arrays.values()):
        return 0.0
    known = {name: _of_pairs(array) for name, array in plan.arrays.items()}
    reads = [(known[operand.array], c) for operand, c in zip(plan.operands, plan.coefficients, strict=True)
             if operand.is_read]  # fmt: skip
    if not plan.apart:
        return float(_bound(*_summed(plan, reads, slice(None))).max())
    ones = np.ones_like(plan.coefficients[0])
    apart = [
        _bound(*_summed(plan, [(pairs, ones)], rows)) for pairs, _ in reads for rows in plan.main.tiling.row_slices
    ]
    return float(np.sum(apart, axis=0).max())


def _of_pairs(array: Crossbar) -> Cumulants:
    """Of one read of every pair of cells for input +-1, (rows, outputs)."""
    variance, gain, shaped = array.pair_variance().astype(np.float64), array.targets.gain, array.law.shaped
    if shaped is None:
        return variance, np.zeros_like(variance), np.zeros_like(variance)
    third, fourth = shaped.cumulants()
    return variance, np.abs(gain**3 * (third[0] - third[1])), np.abs(gain**4 * fourth.sum(axis=0))


def _summed(plan: ReadPlan, reads: list[tuple[Cumulants, np.ndarray]], rows: slice) -> Cumulants:
    """Of a sum over some rows and over reads with coefficients (units), all worst cases; (units)."""
    if not plan.layer_input.squares_are_constant:
        return _worst_pair(plan, [pairs for pairs, _ in reads], rows)
    total = [np.zeros(plan.coefficients.shape[1]) for _ in range(3)]
    nothing = np.zeros((0, 0), np.float32)
    for pairs, c in reads:
        for power, (so_far, of_pairs) in enumerate(zip(total, pairs, strict=True), start=2):
            so_far += np.abs(c) ** power * plan.layer_input.squares(nothing, of_pairs, rows)[0]
    return total[0], total[1], total[2]


def _worst_pair(plan: ReadPlan, reads: list[Cumulants], rows: slice) -> Cumulants:
    """As if a unit saw one pair of cells: a mixture of pairs has no larger skewness and kurtosis than the worst."""
    skewness = kurtosis = np.zeros(plan.main.tiling.outputs)
    for pairs in reads:
        variance, third, fourth = (values[rows] for values in pairs)
        noisy = np.where(variance > 0, variance, 1.0)
        skewness = np.maximum(skewness, (third / noisy**1.5).max(axis=0))
        kurtosis = np.maximum(kurtosis, (fourth / noisy**2).max(axis=0))
    positions = plan.layer_input.positions
    return np.ones(len(skewness) * positions), np.repeat(skewness, positions), np.repeat(kurtosis, positions)


def _bound(variance: np.ndarray, third: np.ndarray, fourth: np.ndarray) -> np.ndarray:
    noisy = np.where(variance > 0, variance, 1.0)
    skewness, kurtosis = third / noisy**1.5, fourth / noisy**2
    result: np.ndarray = HE2 / 6 * skewness + HE3 / 24 * kurtosis + HE5 / 72 * skewness**2
    return result


def rounded_up(distance: float) -> str:
    """To 1, 2 or 5 times a power of 10: short, and the same for layers that hardly differ."""
    power = 10.0 ** np.floor(np.log10(distance))
    above = next(step * power for step in (1, 2, 5, 10) if step * power >= distance * (1 - 1e-9))
    return f"{above:g}"
