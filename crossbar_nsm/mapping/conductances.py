"""Weights -> target conductances of pairs of cells: w = column_scale * drive * (G+ - G-).

Two choices, made for every column, row or tile, leave the least error after programming:

- How much weight the whole range stands for. Programming errors are a fraction of the range, so cutting a few outliers
  (`clipping: least_error`) makes all other weights more exact.
- What to aim at. Errors that are clipped at zero conductance move the mean of cells near zero up, which is known in
  advance: where the range has room for it, targets are centred so that the mean over programming is the weight.

Equations: docs/physics.md#target-conductances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crossbar_nsm.array.config import ArrayConfig, Pairing
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.tiling import Tiling
from crossbar_nsm.mapping.target_cache import TargetMemory, TargetSettings
from device_models.device import Device
from device_models.numerics import usual_numerics
from device_models.parts.conductance import ConductanceRange

CUTS = np.linspace(1.0, 0.4, 16)
CENTRING_STEPS = 3
LEVELS = 257  # at which a spread is looked at
MEMORY = TargetMemory(most_bytes=2**28)
MOST_OF_G_MAX = 20.0  # of measured conductances
BEYOND_CHANCE = 10.0  # sigmas of programming
MOST_BEYOND = 0.05  # of a group's weights, that centring would push out of the range


def pair_targets(weight: np.ndarray, device: Device, config: ArrayConfig, tiling: Tiling) -> PairTargets:
    """Targets for a weight matrix (outputs, inputs), read-only: the next chip has the same.

    Rows or tiles with a scale of their own are made up for by lower drive voltages (drive <= 1), so that the partial
    currents of a column add up in one unit. All-zero columns, rows or tiles take the finest scale of the others.
    """
    settings = TargetSettings.of(device, config, tiling)
    return MEMORY.targets(weight, settings, lambda: _pair_targets(weight, settings))


def _pair_targets(weight: np.ndarray, settings: TargetSettings) -> PairTargets:
    w = weight.T.astype(np.float64)
    groups = _Groups(np.abs(w), settings)
    span_s = settings.conductance.span_s
    cut = _least_error_cut(w, settings, groups) if settings.clipping == "least_error" else np.ones(groups.count)
    gain = groups.range_weight(cut) / span_s
    plain = _plain_targets(w / gain, settings.conductance, settings.pairing)
    centred, beyond = _centred_targets(w / gain, settings)
    better = _relative_error(w, gain, centred, settings, groups) < _relative_error(w, gain, plain, settings, groups)
    better &= groups.total(beyond) < MOST_BEYOND * groups.total(np.ones_like(w))
    target = np.where(better[groups.index], centred, plain)
    column_scale = groups.column_scale(gain)
    clipped = float(np.mean(np.abs(w / gain) > span_s * (1 + 1e-9)))
    return PairTargets(target, gain, column_scale, clipped)


def idle_conductance_s(conductance: ConductanceRange, pairing: Pairing) -> float:
    """Conductance of a zero weight's cells [S]."""
    return conductance.g_min_s if pairing == "one_sided" else (conductance.g_min_s + conductance.g_max_s) / 2


@usual_numerics()
def largest_conductance_s(device: Device) -> float:
    """What no cell has [S]: neither a measured one, nor a programmed one but by errors that nobody will ever see."""
    conductance = device.conductance
    target_s = np.linspace(conductance.g_min_s, conductance.g_max_s, LEVELS)
    spread = device.programming.spread(conductance, device.wear)
    programmed_s = spread.conductance_s(target_s, np.full_like(target_s, BEYOND_CHANCE))
    return max(MOST_OF_G_MAX * conductance.g_max_s, float(programmed_s.max()))


def _plain_targets(difference_s: np.ndarray, conductance: ConductanceRange, pairing: Pairing) -> np.ndarray:
    """(2, rows, outputs) [S] with G+ - G- = difference_s, clipped to the range."""
    low, high = conductance.g_min_s, conductance.g_max_s
    if pairing == "one_sided":
        target = np.stack([low + np.maximum(difference_s, 0), low + np.maximum(-difference_s, 0)])
    else:
        middle = (low + high) / 2
        target = np.stack([middle + difference_s / 2, middle - difference_s / 2])
    return np.clip(target, low, high)


def _centred_targets(difference_s: np.ndarray, settings: TargetSettings) -> tuple[np.ndarray, np.ndarray]:
    """Targets for which G+ - G- is difference_s in the mean over programming, as far as a few corrections reach, and
    which weights (rows, outputs) would need more than the range."""
    asked, span_s = difference_s, settings.conductance.span_s
    for _ in range(CENTRING_STEPS):
        target = _plain_targets(asked, settings.conductance, settings.pairing)
        mean, _ = settings.moments_s(target)
        asked = np.clip(asked + difference_s - (mean[0] - mean[1]), -2 * span_s, 2 * span_s)
    return _plain_targets(asked, settings.conductance, settings.pairing), np.abs(asked) > span_s


def _least_error_cut(w: np.ndarray, settings: TargetSettings, groups: _Groups) -> np.ndarray:
    """What to keep of each group's largest weight for the least expected squared error: clipping, rounding to levels,
    programming error of both cells (before it is clipped at zero)."""
    conductance = settings.conductance
    step = 0.0 if conductance.levels is None else conductance.span_s / (conductance.levels - 1)
    errors = []
    for cut in CUTS:
        gain = groups.range_weight(cut) / conductance.span_s
        target = _plain_targets(w / gain, conductance, settings.pairing)
        spread = (settings.error_sd_s(target) ** 2).sum(axis=0) + step**2 / 6
        errors.append(groups.total((w - gain * (target[0] - target[1])) ** 2 + gain**2 * spread))
    best: np.ndarray = CUTS[np.argmin(errors, axis=0)]
    return best


def _relative_error(
    w: np.ndarray, gain: np.ndarray, target_s: np.ndarray, settings: TargetSettings, groups: _Groups
) -> np.ndarray:
    """Expected squared error of the programmed weights over their squared norm, per group.

    m is the mean and v the variance of the programmed weights. A whole column may be too large or too small by a common
    factor, which calibration repairs, so only what m has across w counts: (|m|^2 + sum v) / ((m.w)^2/|w|^2) - 1. Rows
    and tiles are parts of columns and have no factor of their own: (|m - w|^2 + sum v) / |w|^2.
    """
    conductance = settings.conductance
    step = 0.0 if conductance.levels is None else conductance.span_s / (conductance.levels - 1)
    mean, variance = settings.moments_s(target_s)
    m = gain * (mean[0] - mean[1])
    spread, norm = groups.total(gain**2 * (variance.sum(axis=0) + step**2 / 6)), groups.total(w**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        if settings.scale != "per_column":
            return np.where(norm > 0, (groups.total((m - w) ** 2) + spread) / norm, np.inf)
        along = groups.total(m * w)
        return np.where(along > 0, (groups.total(m**2) + spread) / (along**2 / norm) - 1, np.inf)


@dataclass
class _Groups:
    """Weights that share a scale: the columns, rows or tiles of a layer. magnitude (rows, outputs) = |w|."""

    magnitude: np.ndarray
    settings: TargetSettings

    def __post_init__(self) -> None:
        rows, outputs = self.magnitude.shape
        if self.settings.scale == "per_column":
            self.index = np.broadcast_to(np.arange(outputs), (rows, outputs))
        elif self.settings.scale == "per_row":
            self.index = np.broadcast_to(np.arange(rows)[:, None], (rows, outputs))
        else:
            self.index = np.empty((rows, outputs), int)
            assert self.settings.tiling is not None
            for number, tile in enumerate(self.settings.tiling.tiles()):
                self.index[tile.rows, tile.outputs] = number
        self.count = int(self.index.max()) + 1
        largest = np.zeros(self.count)
        np.maximum.at(largest, self.index, self.magnitude)
        used = largest[largest > 0]  # a group of zeros takes the finest scale that another group has
        self.largest = np.where(largest > 0, largest, used.min() if len(used) else 1.0)

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sums of `values` (rows, outputs) over each group."""
        return np.bincount(self.index.ravel(), values.ravel(), self.count)

    def range_weight(self, cut: float | np.ndarray) -> np.ndarray:
        """The weight that the full range of each pair stands for when `cut` (one, or one per group) of the largest is
        kept, (rows, outputs)."""
        result: np.ndarray = (cut * self.largest)[self.index]
        return result

    def column_scale(self, gain: np.ndarray) -> np.ndarray:
        """Weight units per siemens at full drive, (outputs): the largest gain of the column."""
        column: np.ndarray = gain.max(axis=0)
        if self.settings.scale == "per_row":  # one drive voltage per row, the same for all columns
            return np.full_like(column, gain.max())
        return column
