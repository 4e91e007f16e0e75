"""Kernels of the line solver (see `line_solver`): rows in groups of lanes, columns in chunks, each solved exactly.

A line is eliminated from the driver to its end (a row), from its open top to the sense amplifier (a column). Its pivots
are sums of what a node sees to ground, through its own cell and through the line before it, and of the segment that
leads on: sums and series connections only, so no digits are lost on small resistances. Arrays of rows are (groups,
cols, LANES): neighbouring rows side by side.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from crossbar_nsm.engine.kernels.kernel import kernel

LANES = 8
CHUNK = 32
_FAST = {"reassoc", "contract", "nsz", "arcp"}


@kernel(parallel=True, error_model="numpy")
def to_lanes(g, out):
    """g (rows, cols) as out (groups, cols, LANES), the last group filled up with open cells."""
    rows, cols = g.shape
    for group in prange(out.shape[0]):
        count = min(LANES, rows - group * LANES)
        for lane in range(count):
            for j in range(cols):
                out[group, j, lane] = g[group * LANES + lane, j]
        out[group, :, count:] = 0.0


@njit(error_model="numpy", fastmath=_FAST)
def _next_pivots(before, g, onward, inverse):
    """1/pivot of one node of each line; `before` becomes what the next node sees of the line so far."""
    for k in range(g.size):
        before[k] += g[k]
    for k in range(g.size):
        inverse[k] = 1.0 / (before[k] + onward)
    for k in range(g.size):
        before[k] *= onward * inverse[k]


@kernel(parallel=True, error_model="numpy", fastmath=_FAST)
def factorise_rows(g, g_wire, g_source, inverse):
    """1/pivot of every row, (groups, cols, LANES)."""
    for group in prange(g.shape[0]):
        before = np.full(LANES, g_source)
        for j in range(g.shape[1]):
            onward = g_wire if j < g.shape[1] - 1 else 0.0
            _next_pivots(before, g[group, j], onward, inverse[group, j])


@kernel(parallel=True, error_model="numpy", fastmath=_FAST)
def factorise_cols(g, g_wire, g_sense, inverse):
    """1/pivot of every column, (rows, cols)."""
    rows, cols = g.shape
    for chunk in prange((cols + CHUNK - 1) // CHUNK):
        start, stop = chunk * CHUNK, min(cols, (chunk + 1) * CHUNK)
        before = np.zeros(stop - start)
        for i in range(rows):
            onward = g_wire if i < rows - 1 else g_sense
            _next_pivots(before, g[i, start:stop], onward, inverse[i, start:stop])


@njit(error_model="numpy", fastmath=_FAST)
def _solve_lanes(x, g_wire, inverse):
    """Rows of one group for currents x (cols, LANES) into their nodes; voltages take their place."""
    cols = x.shape[0]
    for lane in range(LANES):
        x[0, lane] *= inverse[0, lane]
    for j in range(1, cols):
        for lane in range(LANES):
            x[j, lane] = (x[j, lane] + g_wire * x[j - 1, lane]) * inverse[j, lane]
    for j in range(cols - 2, -1, -1):
        for lane in range(LANES):
            x[j, lane] += g_wire * inverse[j, lane] * x[j + 1, lane]


@kernel(parallel=True, error_model="numpy", fastmath=_FAST)
def driven(v, g_source, g, g_wire, inverse, residual):
    """Currents that rows driven with v push into grounded columns, residual (rows, cols)."""
    rows, cols = residual.shape
    for group in prange(g.shape[0]):
        x = np.zeros((cols, LANES))
        for lane in range(min(LANES, rows - group * LANES)):
            x[0, lane] = v[group * LANES + lane] * g_source
        _solve_lanes(x, g_wire, inverse[group])
        for lane in range(min(LANES, rows - group * LANES)):
            for j in range(cols):
                residual[group * LANES + lane, j] = g[group, j, lane] * x[j, lane]


@kernel(parallel=True, error_model="numpy", fastmath=_FAST)
def through_rows(beta, step, residual, direction, column_part, out, g, g_wire, inverse):
    """Next search direction p <- step + beta p, and out = S p, S the network seen from the columns' nodes.

    column_part is B p, B the columns with grounded rows; it follows from B step = residual. Returns p S p.
    """
    rows, cols = residual.shape
    partial = np.zeros(g.shape[0])
    for group in prange(g.shape[0]):
        x = np.zeros((cols, LANES))
        first, count = group * LANES, min(LANES, rows - group * LANES)
        for lane in range(count):
            p, new = direction[first + lane], step[first + lane]
            for j in range(cols):
                p[j] = new[j] + beta * p[j]
                x[j, lane] = g[group, j, lane] * p[j]
        _solve_lanes(x, g_wire, inverse[group])
        total = 0.0
        for lane in range(count):
            p, bp, sp, r = direction[first + lane], column_part[first + lane], out[first + lane], residual[first + lane]
            for j in range(cols):
                bp[j] = r[j] + beta * bp[j]
                sp[j] = bp[j] - g[group, j, lane] * x[j, lane]
                total += p[j] * sp[j]
        partial[group] = total
    return partial.sum()


@kernel(parallel=True, error_model="numpy", fastmath=_FAST)
def through_cols(alpha, residual, moved, step, g_wire, inverse):
    """residual <- residual - alpha moved, step = B^-1 residual. Returns residual B^-1 residual."""
    rows, cols = residual.shape
    chunks = (cols + CHUNK - 1) // CHUNK
    partial = np.zeros(chunks)
    for chunk in prange(chunks):
        start, stop = chunk * CHUNK, min(cols, (chunk + 1) * CHUNK)
        above, total = np.zeros(stop - start), 0.0
        for i in range(rows):
            r, m, x, inv = residual[i, start:stop], moved[i, start:stop], step[i, start:stop], inverse[i, start:stop]
            for j in range(stop - start):
                r[j] -= alpha * m[j]
                y = r[j] + g_wire * above[j]
                above[j] = y * inv[j]
                x[j] = above[j]
                total += y * above[j]
        for i in range(rows - 2, -1, -1):
            x, below, inv = step[i, start:stop], step[i + 1, start:stop], inverse[i, start:stop]
            for j in range(stop - start):
                x[j] += g_wire * inv[j] * below[j]
        partial[chunk] = total
    return partial.sum()
