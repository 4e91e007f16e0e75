"""Signal and noise of an array's cells at its outputs, behind the wires, and the drop of the signal.

To first order a change dG_jk of one cell changes the current of output i by

    dI_i = (V_row - V_col)_jk (U_col - U_row)_jk dG_jk,

V the voltages while the array is read and U those while 1 V drives output i from its sense amplifier (reciprocity).
For random +-1 inputs and independent cells the variance of I_i is the sum over all cells of sd^2 rms(V)^2 U^2. Two
parts of it are left out here, so that one factor per cell remains, kappa = V_jk U_jk with row j alone driven and with
output k's own field: what other rows add to rms(V), and what cells of other columns give to output i. Together they are
0.2 % of the sd at a mean drop of 16 %, 0.8 % at 40 % (at most 0.7 and 4 % of one output), in arrays of 48 x 48 cells;
the sd by kappa = T/G would be 1 % and 6 % too large (at most 3 % and 30 %).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.array.wires.tree import grow
from crossbar_nsm.engine.kernels.product import one_blas_thread
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class EffectiveCells:
    """Cells as they act on the outputs, arrays (rows, cols): transfer_s, the matrix T of I = V @ T [S]; factor, kappa:
    what a fluctuation of a cell's conductance counts for in its own output."""

    transfer_s: np.ndarray
    factor: np.ndarray


def effective_cells(g_s: np.ndarray, wires: Wires) -> EffectiveCells:
    """Of an array g_s (rows, cols) [S]."""
    if wires.perfect:
        return EffectiveCells(g_s.copy(), np.ones_like(g_s))
    with one_blas_thread():
        tree = grow(g_s, wires)
        return EffectiveCells(tree.transfer(), -tree.own_line_voltages("rows") * tree.own_line_voltages("cols"))


def relative_drop(transfer_s: np.ndarray, g_s: np.ndarray) -> float:
    """Share of the signal that the wires take: 1 - sum T / sum G, so cells count by their conductance."""
    whole = float(g_s.sum())
    return 1 - float(transfer_s.sum()) / whole if whole > 0 else 0.0
