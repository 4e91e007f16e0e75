"""Products of inputs +-1 with a matrix, by tables: four inputs have 16 patterns, and what each of them adds to every
output is added up once and for all. A product then takes one addition for four multiplications.

The tables of eight groups for BLOCK_OUTPUTS outputs fit the first-level cache and stay there while many inputs go
through. Sums are taken in a fixed order: bits depend neither on the batch nor on the number of threads.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.counter_random import f32, u32, u64
from crossbar_nsm.engine.kernels.kernel import kernel
from crossbar_nsm.engine.kernels.lanes import LANES
from crossbar_nsm.engine.kernels.vectors import load, plus, pointer, positive_lanes, store

GROUP_INPUTS = 4
PATTERNS = 16
GROUPS_AT_ONCE = 8
BLOCK_OUTPUTS = 64
BLOCK_PASSES = 128
_STEP_INPUTS = GROUP_INPUTS * GROUPS_AT_ONCE
_TABLE = PATTERNS * BLOCK_OUTPUTS  # of one group of inputs and one block of outputs


def sign_tables(matrix: np.ndarray) -> np.ndarray:
    """Tables (blocks of outputs, groups of inputs, 16, 64) float32 of a matrix (inputs, outputs): bit i of a pattern
    says that input i of its group is +1. Inputs and outputs are filled up with zero weights."""
    inputs, outputs = matrix.shape
    groups = -(-inputs // _STEP_INPUTS) * GROUPS_AT_ONCE
    blocks = -(-outputs // BLOCK_OUTPUTS)
    padded = np.zeros((groups * GROUP_INPUTS, blocks * BLOCK_OUTPUTS))
    padded[:inputs, :outputs] = matrix
    signs = np.where(np.arange(PATTERNS)[:, None] >> np.arange(GROUP_INPUTS) & 1, 1.0, -1.0)
    tables = signs @ padded.reshape(groups, GROUP_INPUTS, -1)  # (groups, patterns, outputs)
    by_block = tables.reshape(groups, PATTERNS, blocks, BLOCK_OUTPUTS).transpose(2, 0, 1, 3)
    return np.ascontiguousarray(by_block, np.float32)


@kernel(parallel=True, error_model="numpy")
def sign_product(x, tables, outputs):
    """x (passes, inputs) float32, all +-1, times the matrix of `tables`: (passes, outputs) float32."""
    out = np.empty((x.shape[0], outputs), np.float32)
    for block in prange((x.shape[0] + BLOCK_PASSES - 1) // BLOCK_PASSES):
        first = block * BLOCK_PASSES
        count = min(x.shape[0] - first, BLOCK_PASSES)
        sums = np.empty((tables.shape[0], BLOCK_PASSES, BLOCK_OUTPUTS), np.float32)
        sum_block(sums, x, first, count, tables)
        for p in range(u64(count)):
            for i in range(u64(outputs)):
                out[u64(first) + p, i] = sums[i // u64(BLOCK_OUTPUTS), p, i % u64(BLOCK_OUTPUTS)]
    return out


@njit(error_model="numpy")
def sum_block(sums, x, first, count, tables):
    """Products of the inputs first..first + count, at most BLOCK_PASSES, in sums (blocks of outputs, BLOCK_PASSES,
    BLOCK_OUTPUTS)."""
    groups = tables.shape[1]
    patterns = np.empty((BLOCK_PASSES, groups), np.uint8)
    _fill_patterns(patterns, x, first, count)
    table, total = pointer(tables, 0), pointer(sums, 0)
    for k in range(sums.size):
        total[k] = f32(0)
    for block in range(tables.shape[0]):
        for group in range(0, groups, GROUPS_AT_ONCE):
            start = (block * groups + group) * _TABLE
            for p in range(count):
                at = (block * BLOCK_PASSES + p) * BLOCK_OUTPUTS
                _add_patterns(total, at, table, start, patterns, u64(p), u64(group))


@njit(error_model="numpy")
def _fill_patterns(patterns, x, first, count):
    """The pattern of every group of inputs, (passes, groups)."""
    inputs, groups = x.shape[1], patterns.shape[1]
    end = np.zeros(LANES, np.float32)
    source, rest = pointer(x, 0), pointer(end, 0)
    for p in range(count):
        row = (first + p) * inputs
        for group in range(0, groups, LANES // GROUP_INPUTS):
            start = group * GROUP_INPUTS
            if start + LANES <= inputs:
                signs = positive_lanes(load(source, row + start))
            else:
                for k in range(LANES):
                    end[k] = x[first + p, start + k] if start + k < inputs else f32(0)
                signs = positive_lanes(load(rest, 0))
            for k in range(LANES // GROUP_INPUTS):
                patterns[u64(p), u64(group + k)] = (signs >> u32(GROUP_INPUTS * k)) & u32(PATTERNS - 1)


@njit(error_model="numpy", inline="always")
def _add_patterns(total, at, table, start, patterns, p, group):
    """What eight groups of inputs add to one block of outputs in one pass."""
    a0 = start + np.int64(patterns[p, group]) * BLOCK_OUTPUTS
    a1 = start + _TABLE + np.int64(patterns[p, group + u64(1)]) * BLOCK_OUTPUTS
    a2 = start + 2 * _TABLE + np.int64(patterns[p, group + u64(2)]) * BLOCK_OUTPUTS
    a3 = start + 3 * _TABLE + np.int64(patterns[p, group + u64(3)]) * BLOCK_OUTPUTS
    a4 = start + 4 * _TABLE + np.int64(patterns[p, group + u64(4)]) * BLOCK_OUTPUTS
    a5 = start + 5 * _TABLE + np.int64(patterns[p, group + u64(5)]) * BLOCK_OUTPUTS
    a6 = start + 6 * _TABLE + np.int64(patterns[p, group + u64(6)]) * BLOCK_OUTPUTS
    a7 = start + 7 * _TABLE + np.int64(patterns[p, group + u64(7)]) * BLOCK_OUTPUTS
    for i in range(0, BLOCK_OUTPUTS, LANES):
        low = plus(plus(load(table, a0 + i), load(table, a1 + i)), plus(load(table, a2 + i), load(table, a3 + i)))
        high = plus(plus(load(table, a4 + i), load(table, a5 + i)), plus(load(table, a6 + i), load(table, a7 + i)))
        store(total, at + i, plus(load(total, at + i), plus(low, high)))
