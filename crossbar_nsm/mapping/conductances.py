"""Weights -> target conductances of pairs of cells: w = column_scale * drive * (G+ - G-).

The whole range of conductance stands for the largest weight of a column, row or tile, or for a little less: programming
errors are a fraction of the range, so cutting a few outliers makes all other weights more exact. `least_error` picks
for every column, row or tile the cut with the least expected squared error.

Programming moves the mean of cells near zero up (errors are clipped at zero conductance). That is known in advance, so
targets are chosen such that the expected G+ - G- stands for the weight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.config import ArrayConfig, Pairing
from crossbar_nsm.array.crossbar import PairTargets
from crossbar_nsm.array.tiling import Tiling
from device_models.conductance import ConductanceRange
from device_models.device import Device

CUTS = np.linspace(1.0, 0.4, 31)
MEAN_STEPS = 3


def pair_targets(weight: np.ndarray, device: Device, config: ArrayConfig, tiling: Tiling) -> PairTargets:
    """Targets for a weight matrix (outputs, inputs).

    Rows or tiles with a scale of their own are made up for by lower drive voltages (drive <= 1), so that the partial
    currents of a column add up in one unit. All-zero columns, rows or tiles take the finest scale of the others.
    """
    w = weight.T.astype(np.float64)
    groups = _Groups(np.abs(w), config, tiling)
    cut = np.ones(groups.count)
    if config.clipping == "least_error":
        errors = np.stack([groups.total(_expected_error(w, groups.gain(factor), device, config)) for factor in CUTS])
        cut = CUTS[errors.argmin(axis=0)]
    column, drive = groups.scales(cut)
    column_scale = column / device.conductance.span_s
    gain = column_scale * drive
    difference = w / gain
    clipped = float(np.mean(np.abs(difference) > device.conductance.span_s * (1 + 1e-9)))
    return PairTargets(_targets(difference, device, config.pairing), gain, column_scale, clipped)


def idle_conductance_s(conductance: ConductanceRange, pairing: Pairing) -> float:
    """Conductance of a zero weight's cells [S]."""
    return conductance.g_min_s if pairing == "one_sided" else (conductance.g_min_s + conductance.g_max_s) / 2


def _targets(difference_s: np.ndarray, device: Device, pairing: Pairing) -> np.ndarray:
    """(2, rows, outputs) [S] for a wanted mean of G+ - G- over programming; what lies beyond the range is clipped."""
    asked = difference_s
    for _ in range(MEAN_STEPS):
        target = _plain_targets(asked, device.conductance, pairing)
        asked = asked + difference_s - _mean_difference(target, device)
    return _plain_targets(asked, device.conductance, pairing)


def _plain_targets(difference_s: np.ndarray, conductance: ConductanceRange, pairing: Pairing) -> np.ndarray:
    """Targets with G+ - G- = difference_s, clipped to the range."""
    low, high = conductance.g_min_s, conductance.g_max_s
    if pairing == "one_sided":
        target = np.stack([low + np.maximum(difference_s, 0), low + np.maximum(-difference_s, 0)])
    else:
        middle = (low + high) / 2
        target = np.stack([middle + difference_s / 2, middle - difference_s / 2])
    return np.clip(target, low, high)


def _mean_difference(target_s: np.ndarray, device: Device) -> np.ndarray:
    """E[G+ - G-] [S] over programming."""
    mean = device.programming.mean_s(target_s, device.conductance)
    result: np.ndarray = mean[0] - mean[1]
    return result


def _expected_error(w: np.ndarray, weight_per_range: np.ndarray, device: Device, config: ArrayConfig) -> np.ndarray:
    """Expected squared error of every weight: clipping, rounding to levels, programming error of both cells."""
    conductance = device.conductance
    gain = weight_per_range / conductance.span_s
    target = _plain_targets(w / gain, conductance, config.pairing)
    clipping = w - gain * (target[0] - target[1])
    rounding = 0.0 if conductance.levels is None else (conductance.span_s / (conductance.levels - 1)) ** 2 / 12
    spread = device.programming.error_sd_s(target, conductance) ** 2 + rounding
    error: np.ndarray = clipping**2 + gain**2 * spread.sum(axis=0)
    return error


@dataclass
class _Groups:
    """Weights that share a scale: the columns, rows or tiles of a layer. magnitude (rows, outputs) = |w|."""

    magnitude: np.ndarray
    config: ArrayConfig
    tiling: Tiling

    def __post_init__(self) -> None:
        rows, outputs = self.magnitude.shape
        if self.config.scale == "per_column":
            self.index = np.broadcast_to(np.arange(outputs), (rows, outputs))
        elif self.config.scale == "per_row":
            self.index = np.broadcast_to(np.arange(rows)[:, None], (rows, outputs))
        else:
            self.index = np.empty((rows, outputs), int)
            for number, tile in enumerate(self.tiling.tiles()):
                self.index[tile.rows, tile.outputs] = number
        self.count = int(self.index.max()) + 1
        largest = np.zeros(self.count)
        np.maximum.at(largest, self.index, self.magnitude)
        used = largest[largest > 0]  # a group of zeros takes the finest scale that another group has
        self.largest = np.where(largest > 0, largest, used.min() if len(used) else 1.0)

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sums of `values` (rows, outputs) over each group."""
        return np.bincount(self.index.ravel(), values.ravel(), self.count)

    def gain(self, cut: float | np.ndarray) -> np.ndarray:
        """The weight that the full range of each pair stands for, (rows, outputs)."""
        result: np.ndarray = (cut * self.largest)[self.index]
        return result

    def scales(self, cut: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(column (outputs), drive (rows, outputs)): the weight of full range and drive, and the relative drive."""
        gain = self.gain(cut)
        column = gain.max(axis=0)
        if self.config.scale == "per_row":  # one drive voltage per row, the same for all columns
            column = np.full_like(column, gain.max())
        return column, gain / column
