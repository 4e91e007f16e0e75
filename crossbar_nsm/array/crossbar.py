"""Programmed pairs of cells of one layer, over all its tiles, and the moments of a read.

Signals are in weight units: one read is u_i = sum_j z_j gain_ji (G+_ji - G-_ji), z_j = +-1; the column current is
I_i = u_i voltage / column_scale_i.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.tiling import Tiling
from device_models.device import CellConstants, Device, ReadLaw
from device_models.streams import Stream
from device_models.telegraph import Traps


@dataclass(frozen=True)
class PairTargets:
    """What to program. target_s (2, rows, outputs) [S], first G+ then G-; gain (rows, outputs) weight units per
    siemens; column_scale (outputs) weight units per siemens at full drive; clipped_fraction of weights beyond the
    range."""

    target_s: np.ndarray
    gain: np.ndarray
    column_scale: np.ndarray
    clipped_fraction: float = 0.0


class Crossbar:
    """Pairs of cells of `device`, programmed to `targets` tile by tile; arrays have shape (2, rows, outputs).

    `stream` addresses the layer (and the copy, for a replica); every tile draws from a stream of its own. g_s: stored
    conductances [S] that take the place of the programmed ones.
    """

    def __init__(
        self, device: Device, targets: PairTargets, tiling: Tiling, stream: Stream, g_s: np.ndarray | None = None
    ):
        self.device, self.targets, self.tiling, self.stream = device, targets, tiling, stream
        self.constants, programmed, self.initial_state = self._program()
        if g_s is not None and g_s.shape != programmed.shape:
            raise ValueError(f"stored conductances of shape {g_s.shape}, the array has {programmed.shape}")
        self.g_s = programmed if g_s is None else g_s

    def _program(self) -> tuple[CellConstants, np.ndarray, np.ndarray | None]:
        shape = self.targets.target_s.shape
        g_s = np.empty(shape)
        constants: list[tuple[tuple[slice, ...], CellConstants]] = []
        states: list[tuple[tuple[slice, ...], np.ndarray]] = []
        for tile in self.tiling.tiles():
            cells = (slice(None), tile.rows, tile.outputs)
            stream = self.stream.at(tile=self.stream.tile + tile.name)
            target = self.targets.target_s[cells]
            own = self.device.chip(target.shape, stream)
            g_s[cells] = self.device.program(target, own, stream)
            constants.append((cells, own))
            state = self.device.initial_state(own, stream)
            if state is not None:
                states.append((cells, state))
        return _assemble(shape, constants), g_s, _join(shape, states)

    @property
    def law(self) -> ReadLaw:
        """The law of one read of all cells."""
        return self.device.read_law(self.g_s, self.constants)

    def mean_matrix(self) -> np.ndarray:
        """E[u] = z @ matrix, shape (rows, outputs), in weight units."""
        return self._mean_matrix(self.law)

    def _mean_matrix(self, law: ReadLaw) -> np.ndarray:
        mean = law.mean_s()
        return law.keep_probability * self.targets.gain * (mean[0] - mean[1])

    def mean_currents_a(self, z: np.ndarray, voltage_v: float) -> np.ndarray:
        """Mean current of every output's pair of columns [A], (batch, outputs), for inputs z (batch, rows) at full
        drive: I_i = voltage sum_j drive_ji z_j (G+_ji - G-_ji)."""
        result: np.ndarray = z @ self.mean_matrix() * voltage_v / self.targets.column_scale
        return result

    def covariance(self, read: ReadConfig, lag_s: float) -> np.ndarray:
        """Covariance of one output's reads whose starts are lag_s apart (0: the variance), (outputs), weight units."""
        return self._covariance(self.law, read, lag_s).sum(axis=0)

    def tile_variance(self, read: ReadConfig) -> np.ndarray:
        """Variance of one read of every row tile's partial current, (row tiles, outputs), weight units."""
        per_pair = self._covariance(self.law, read, 0.0)
        return np.stack([per_pair[rows].sum(axis=0) for rows in self.tiling.row_slices])

    def _covariance(self, law: ReadLaw, read: ReadConfig, lag_s: float) -> np.ndarray:
        """Contribution of every pair, (rows, outputs)."""
        p = law.keep_probability
        slow = law.telegraph_covariance_s2(read.window_s, lag_s).sum(axis=0)
        if lag_s > 0:
            per_cell = p**2 * slow
        else:
            mean = law.mean_s()
            fresh = (law.sd_s**2).sum(axis=0)
            per_cell = p * (fresh + slow) + p * (1 - p) * (mean[0] - mean[1]) ** 2
        result: np.ndarray = self.targets.gain**2 * per_cell
        return result

    def normalisation_index(self, idle_s: float, read: ReadConfig) -> np.ndarray:
        """1/2 dlnV/dln(weight scale) per output: 1 is true weight normalisation, 0 is additive noise.

        idle_s: the conductance [S] of a zero weight.
        """
        variances = []
        for factor in (1 - 1e-3, 1 + 1e-3):
            law = self.device.read_law(np.maximum(idle_s + factor * (self.g_s - idle_s), 0.0), self.constants)
            variances.append(self._covariance(law, read, 0.0).sum(axis=0))
        low, high = (np.log(np.maximum(variance, np.finfo(float).tiny)) for variance in variances)
        slope: np.ndarray = 0.5 * (high - low) / (np.log(1 + 1e-3) - np.log(1 - 1e-3))
        return slope


def _assemble(shape: tuple[int, ...], parts: list[tuple[tuple[slice, ...], CellConstants]]) -> CellConstants:
    first = parts[0][1].traps
    traps = None
    if first is not None:
        fields = {
            field: _join(shape, [(cells, getattr(own.traps, field)) for cells, own in parts])
            for field in ("capture_s", "emission_s", "factor")
        }
        traps = Traps(**fields)  # type: ignore[arg-type]
    normals = _join(shape, [(cells, own.device_normals) for cells, own in parts])
    uniforms = _join(shape, [(cells, own.fault_uniforms) for cells, own in parts])
    assert normals is not None
    assert uniforms is not None
    return CellConstants(normals, uniforms, traps)


def _join(shape: tuple[int, ...], parts: list[tuple[tuple[slice, ...], np.ndarray]]) -> np.ndarray | None:
    """Tile arrays, which may have a leading trap axis, as one array over the layer."""
    if not parts:
        return None
    extra = parts[0][1].shape[: -len(shape)]
    whole = np.empty((*extra, *shape), parts[0][1].dtype)
    for cells, values in parts:
        index: tuple[Any, ...] = (..., *cells)
        whole[index] = values
    return whole
