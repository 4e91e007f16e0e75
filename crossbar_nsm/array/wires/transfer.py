"""The transfer matrix of an array: what its columns give for what drives its rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossbar_nsm.array.wires.checks import checked_conductances
from crossbar_nsm.array.wires.parameters import Wires
from crossbar_nsm.array.wires.tree import transfer_only
from crossbar_nsm.engine.kernels.product import one_blas_thread


def transfer_matrix(
    g_s: Any, r_row_ohm: float, r_col_ohm: float, r_driver_ohm: float = 0.0, r_sense_ohm: float = 0.0
) -> np.ndarray:
    """T (rows, cols) [S] of an array g_s (rows, cols) [S]: column currents I = V @ T [A] for row voltages V [V].

    Rows are driven at the left, columns sensed at 0 V at the bottom. One segment r_row_ohm lies before the first cell
    of a row and between neighbours, one segment r_col_ohm between neighbours of a column and after its last cell; the
    others are in series with every driver and every sense amplifier. Exact but for rounding (about 1e-13). Raises
    CircuitError for conductances or resistances that are negative or not finite, and for what is no matrix.
    """
    g = checked_conductances(g_s)
    wires = Wires(r_row_ohm, r_col_ohm, r_driver_ohm, r_sense_ohm)
    if wires.perfect:
        return g.copy()
    with one_blas_thread():
        return transfer_only(g, wires)
