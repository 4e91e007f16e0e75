"""Weights -> target conductances of pairs of cells: w = column_scale * drive * (G+ - G-)."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import Pairing, Scale
from crossbar_nsm.array.crossbar import PairTargets
from crossbar_nsm.array.tiling import Tiling
from device_models.conductance import ConductanceRange


def pair_targets(
    weight: np.ndarray, conductance: ConductanceRange, pairing: Pairing, scale: Scale, tiling: Tiling
) -> PairTargets:
    """Targets for a weight matrix (outputs, inputs).

    The largest weight of a column, row or tile uses the whole range; row and tile scales are made up for by lower
    drive voltages (drive <= 1), so that partial currents of a column add up in one unit. All-zero columns get scale 1.
    """
    w = weight.T.astype(np.float64)
    column_scale, drive = _scales(np.abs(w), scale, tiling)
    column_scale = column_scale / conductance.span_s
    gain = column_scale * drive
    difference = w / gain
    low, high = conductance.g_min_s, conductance.g_max_s
    if pairing == "one_sided":
        target = np.stack([low + np.maximum(difference, 0), low + np.maximum(-difference, 0)])
    else:
        middle = (low + high) / 2
        target = np.stack([middle + difference / 2, middle - difference / 2])
    return PairTargets(np.clip(target, low, high), gain, column_scale)


def idle_conductance_s(conductance: ConductanceRange, pairing: Pairing) -> float:
    """Conductance of a zero weight's cells [S]."""
    return conductance.g_min_s if pairing == "one_sided" else (conductance.g_min_s + conductance.g_max_s) / 2


def _scales(magnitude: np.ndarray, scale: Scale, tiling: Tiling) -> tuple[np.ndarray, np.ndarray]:
    """(column scale (outputs), drive (rows, outputs)): the largest weight that full range and full drive stand for."""
    drive = np.ones_like(magnitude)
    if scale == "per_column":
        return _positive(magnitude.max(axis=0)), drive
    if scale == "per_row":
        row = _positive(magnitude.max(axis=1))
        return np.full(magnitude.shape[1], row.max()), drive * (row / row.max())[:, None]
    column = np.empty(magnitude.shape[1])
    for outputs in tiling.output_slices:
        tile = _positive(np.array([magnitude[rows, outputs].max() for rows in tiling.row_slices]))
        column[outputs] = tile.max()
        for rows, largest in zip(tiling.row_slices, tile, strict=True):
            drive[rows, outputs] = largest / tile.max()
    return column, drive


def _positive(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, 1.0)
