"""Programmed pairs of cells of one layer, over all its tiles, and the moments of a read.

Signals are in weight units: one read is u_i = sum_j z_j gain_ji (G+_ji - G-_ji), z_j = +-1; the column current is
I_i = u_i voltage / column_scale_i.

Equations: docs/physics.md#moments-of-a-read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from crossbar_nsm.array.config import ReadSchedule
from crossbar_nsm.array.joined_tiles import cells_of, part_of, together
from crossbar_nsm.array.pair_targets import PairTargets
from crossbar_nsm.array.physical_columns import pairs_of_columns, physical_columns
from crossbar_nsm.array.telegraph.fast_traps import without_fast_traps
from crossbar_nsm.array.tiling import Tile, Tiling
from crossbar_nsm.array.wires.effective import EffectiveCells, effective_cells
from crossbar_nsm.array.wires.parameters import Wires
from device_models.cells import Cells
from device_models.device import Device
from device_models.read_law import ReadLaw
from device_models.reads import CellState
from device_models.streams import Stream


class Crossbar:
    """Pairs of cells of `device`, programmed to `targets` tile by tile, then read by a schedule; arrays have shape (2,
    rows, outputs).

    `stream` addresses the layer (and the copy, for a replica); every tile draws from a stream of its own. g_s: stored
    conductances [S], as programmed, that take the place of the programmed ones. wires: their resistances, the same in
    every tile (default: none). mean_attempts: how often write-verify wrote a cell (None without it).
    """

    def __init__(
        self,
        device: Device,
        targets: PairTargets,
        tiling: Tiling,
        stream: Stream,
        schedule: ReadSchedule | None = None,
        g_s: np.ndarray | None = None,
        wires: Wires | None = None,
    ):
        self.device, self.targets, self.tiling, self.stream = device, targets, tiling, stream
        self.schedule, self.wires = schedule or ReadSchedule(), wires or Wires()
        self.read, self.age_s = self.schedule.read, self.schedule.age_s
        shape = targets.target_s.shape
        if g_s is not None and g_s.shape != shape:
            raise ValueError(f"stored conductances of shape {g_s.shape}, the array has {shape}")
        self.mean_attempts: float | None = None
        self.g_s = self._programmed() if g_s is None else g_s

    def programmed_anew(self, stream: Stream) -> Crossbar:
        """Other cells of the same device, at the address `stream`, programmed to the same targets."""
        return Crossbar(self.device, self.targets, self.tiling, stream, self.schedule, None, self.wires)

    def _programmed(self) -> np.ndarray:
        attempts = []

        def of_tile(tile: Tile, stream: Stream) -> np.ndarray:
            cells = self.device.program(self.targets.target_s[cells_of(tile)], stream)
            attempts.append(cells.attempts)
            return cells.g_s

        g_s: np.ndarray = self._over_tiles(of_tile)
        counted = [counts.ravel() for counts in attempts if counts is not None]
        self.mean_attempts = float(np.concatenate(counted).mean()) if counted else None
        return g_s

    def _over_tiles(self, of_tile: Callable[[Tile, Stream], Any]) -> Any:
        """What `of_tile(tile, stream)` gives for every tile, put together."""
        streams = [(tile, self.stream.at(tile=self.stream.tile + tile.name)) for tile in self.tiling.tiles()]
        return together(self.targets.target_s.shape, [(tile, of_tile(tile, stream)) for tile, stream in streams])

    def _law(self, g_s: np.ndarray, split: bool) -> ReadLaw:
        """The law of one read of cells programmed to `g_s` [S], in one piece or split."""
        conditions = self.read.conditions(self.age_s)

        def of_tile(tile: Tile, stream: Stream) -> ReadLaw:
            cells = Cells(g_s[cells_of(tile)], stream)
            law = self.device.read_law(cells, conditions)
            return law.split(self.schedule.shortest_spacing_s, self.read.window_s, cells) if split else law

        result: ReadLaw = self._over_tiles(of_tile)
        return result

    @property
    def splits_slow_noise(self) -> bool:
        """Whether slow noise is approximated by a fresh and a frozen part."""
        return self.read.slow_noise == "split" and bool(self.device.slow_noise)

    @cached_property
    def unsplit(self) -> Crossbar:
        """The same cells with their slow noise in one piece: what the device's laws and the programmed conductances
        tell of them. That is all that can be computed without reading: not where slow noise stands, in which
        `read.slow_noise: split` freezes cells."""
        if not self.splits_slow_noise:
            return self
        schedule = replace(self.schedule, read=self.read.model_copy(update={"slow_noise": "trajectory"}))
        return Crossbar(self.device, self.targets, self.tiling, self.stream, schedule, self.g_s, self.wires)

    @cached_property
    def law(self) -> ReadLaw:
        """The law of one read of all cells, as the outputs see them: through the wires conductances and their noise are
        less by `effective.factor`. What the mean then lacks is `remainder_matrix`."""
        return self._cell_law if self.wires.perfect else self._cell_law.scaled(self.effective.factor)

    @cached_property
    def drawn_law(self) -> ReadLaw:
        """`law` as cells are drawn: traps far faster than a read window as fresh noise (see
        `crossbar_nsm.array.telegraph.fast_traps`)."""
        return without_fast_traps(self.law, self.read.window_s)

    @cached_property
    def _cell_law(self) -> ReadLaw:
        """The law of one read of the cells by themselves."""
        return self._law(self.g_s, self.splits_slow_noise)

    def cell_mean_s(self) -> np.ndarray:
        """Mean conductances of the cells by themselves [S], (2, rows, outputs)."""
        return self._cell_law.mean_s()

    @cached_property
    def effective(self) -> EffectiveCells:
        """Signal and noise of the cells behind the wires, at their mean conductances, (2, rows, outputs)."""
        mean_s = self.cell_mean_s()
        parts = [
            (tile, effective_cells(physical_columns(mean_s[cells_of(tile)]), self.wires))
            for tile in self.tiling.tiles()
        ]

        def of_layer(name: str) -> np.ndarray:
            values = [(tile, pairs_of_columns(getattr(cells, name))) for tile, cells in parts]
            result: np.ndarray = together(mean_s.shape, values)
            return result

        return EffectiveCells(of_layer("transfer_s"), of_layer("factor"))

    def initial_state(self) -> CellState:
        """States of the cells at the first read."""
        law = self.law

        def of_tile(tile: Tile, stream: Stream) -> CellState:
            return self.device.initial_state(part_of(law, tile), stream)

        result: CellState = self._over_tiles(of_tile)
        return result

    def mean_offset(self) -> np.ndarray:
        """What the drivers add to the mean of every read, (outputs), weight units."""
        matrix = self.mean_matrix()
        return self.targets.shift @ matrix if self.targets.shift is not None else np.zeros(matrix.shape[1])

    def mean_matrix(self) -> np.ndarray:
        """E[u] = z @ matrix, shape (rows, outputs), in weight units."""
        mean = self._seen_mean_s()
        return self.targets.gain * (mean[0] - mean[1])

    def line_conductances_s(self) -> np.ndarray:
        """Mean current of every bit line, (2, rows, outputs), for 1 V of full drive on one row alone [S]."""
        drive = self.targets.gain / self.targets.column_scale
        return np.asarray(drive * self._seen_mean_s())

    def _seen_mean_s(self) -> np.ndarray:
        """Mean conductances as the outputs see them [S], (2, rows, outputs)."""
        return self.cell_mean_s() if self.wires.perfect else self.effective.transfer_s

    def remainder_matrix(self) -> np.ndarray:
        """What z @ matrix adds to reads of `law`, noise-free, so that their mean is `mean_matrix`; (rows, outputs), in
        weight units, 0 without wires."""
        mean = self.law.mean_s()
        return self.mean_matrix() - self.targets.gain * (mean[0] - mean[1])

    def mean_currents_a(self, z: np.ndarray, voltage_v: float) -> np.ndarray:
        """Mean current of every output's pair of columns [A], (batch, outputs), for inputs z (batch, rows) at full
        drive: I_i = voltage sum_j drive_ji z_j (G+_ji - G-_ji)."""
        mean = z @ self.mean_matrix() + self.mean_offset()
        result: np.ndarray = mean * voltage_v / self.targets.column_scale
        return result

    def covariance(self, lag_s: float) -> np.ndarray:
        """Covariance of one output's reads whose starts are lag_s apart (0: the variance), (outputs), weight units."""
        return self._covariance(self.law, lag_s).sum(axis=0)

    def settled_covariance(self, lag_s: float) -> np.ndarray:
        """As `covariance`, long after programming: its differences are those of reads at any age."""
        return self._covariance(self.law.settled(), lag_s).sum(axis=0)

    def pair_variance(self) -> np.ndarray:
        """Variance of one read of every pair for input +-1, (rows, outputs), weight units."""
        return self._covariance(self.law, 0.0)

    def pair_covariance(self, lag_s: float) -> np.ndarray:
        """Covariance of two reads of every pair, lag_s apart, for inputs +-1, (rows, outputs), weight units."""
        return self._covariance(self.law, lag_s)

    def tile_variance(self) -> np.ndarray:
        """Variance of one read of every row tile's partial current for inputs +-1, (row tiles, outputs), weight
        units."""
        return self._of_row_tiles(self.pair_variance())

    def mask_variance(self, keep_probability: float) -> np.ndarray:
        """Variance that a random mask on the rows gives to one read of every pair for input +-1, (rows, outputs),
        weight units: p (1 - p) E[w^2], w what a read sees of the pair."""
        p = keep_probability
        if p == 1:
            return np.zeros((self.tiling.inputs, self.tiling.outputs))
        return p * (1 - p) * (self.mean_matrix() ** 2 + self.pair_variance())

    def tile_mask_variance(self, keep_probability: float) -> np.ndarray:
        """The same for every row tile's partial current, (row tiles, outputs)."""
        return self._of_row_tiles(self.mask_variance(keep_probability))

    def _of_row_tiles(self, per_pair: np.ndarray) -> np.ndarray:
        """Sums (row tiles, outputs) of values (rows, outputs)."""
        return np.stack([per_pair[rows].sum(axis=0) for rows in self.tiling.row_slices])

    def _covariance(self, law: ReadLaw, lag_s: float) -> np.ndarray:
        """Contribution of every pair, (rows, outputs)."""
        return self.targets.gain**2 * law.pair_covariance_s2(self.read.window_s, lag_s)

    def normalisation_index(self, idle_s: float, keep_probability: float = 1.0) -> np.ndarray:
        """1/2 dlnV/dln(weight scale) per output, V the variance that successive passes do not share: 1 is true weight
        normalisation, 0 is additive noise, NaN without noise. idle_s: the conductance [S] of a zero weight. What the
        wires take is kept as it is for the programmed cells. keep_probability: of the rows, where a mask adds its own
        noise.
        """
        variances, p = [], keep_probability
        for factor in (1 - 1e-3, 1 + 1e-3):
            law = self._law(np.maximum(idle_s + factor * (self.g_s - idle_s), 0.0), split=False)
            law = law if self.wires.perfect else law.scaled(self.effective.factor)
            settled = law.settled()
            fresh = self._covariance(settled, 0.0) - self._covariance(settled, self.read.interval_s)
            variance = p**2 * fresh
            if p < 1:
                mean = law.mean_s()
                masked = (self.targets.gain * (mean[0] - mean[1])) ** 2 + self._covariance(law, 0.0)
                variance = p * (1 - p) * masked + variance
            variances.append(variance.sum(axis=0))
        low, high = (np.log(np.maximum(variance, np.finfo(float).tiny)) for variance in variances)
        slope = 0.5 * (high - low) / (np.log(1 + 1e-3) - np.log(1 - 1e-3))
        return np.where(np.maximum(*variances) > 0, slope, np.nan)
