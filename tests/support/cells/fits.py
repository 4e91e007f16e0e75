"""Fits that were not fitted: what a test says of cells, as `devices fit` would say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from device_models import CellReads, Cells, Stream, load_device
from device_models.fit.interval import Estimate
from device_models.fit.one_cell.telegraph import TwoLevels
from device_models.fit.one_cell.trace_fit import Candidate, Spectrum, TraceFit
from device_models.fit.preset import FitResult
from device_models.fit.twins.simulation import conditions


@dataclass(frozen=True)
class GivenFit(FitResult):
    """A fit whose preset is `device`, whatever was measured."""

    device: Mapping[str, Any] = field(default_factory=dict)

    def preset(self) -> dict[str, Any]:
        return dict(self.device)


def given_fit(device: Mapping[str, Any], **fitted: Any) -> GivenFit:
    loaded = load_device(device)
    nothing = {"programming": None, "traces": (), "read_noise": None, "drift": None, "relaxation": None}
    return GivenFit(
        name=loaded.name, family=loaded.family, files=("cells.csv",), g_min_s=loaded.conductance.g_min_s,
        g_max_s=loaded.conductance.g_max_s, levels=None, origins=("given", "given"), device=device,
        **(nothing | fitted),
    )  # fmt: skip


def a_device(**sections: Any) -> dict[str, Any]:
    return {"name": "mine", "family": "rram", "conductance": {"g_min_s": 0.0, "g_max_s": 1e-4}} | sections


def measured_cells(
    device: Mapping[str, Any], levels_s: Sequence[float], reads: int, interval_s: float = 1e-3, seed: int = 1
) -> list[TraceFit]:
    """Traces of simulated cells, as if they were measured."""
    loaded, stream = load_device(device), Stream(seed=seed, layer="measured")
    law = loaded.read_law(Cells(np.asarray(levels_s, dtype=float), stream), conditions(loaded, interval_s, 0.0))
    process = CellReads(law, loaded.initial_state(law, stream), interval_s, stream.generator("measured reads"))
    seen = np.stack([process.read() for _ in range(reads)])
    return [a_trace_fit(seen[:, index], interval_s, cell=f"c{index + 1}") for index in range(len(levels_s))]


def a_trace_fit(g_s: np.ndarray, interval_s: float = 1e-3, cell: str = "c1", **fields: Any) -> TraceFit:
    """Of one level and white noise, beside a second law that is worse."""
    mean, sd = float(g_s.mean()), float(g_s.std())
    frequency = np.fft.rfftfreq(256, interval_s)[1:]
    level = np.full(len(g_s), mean)
    white = np.full(len(frequency), 2 * interval_s * sd**2)
    candidates = (
        Candidate("white", 2, 100.0, 0.0, 0.4, level, white),
        Candidate("flicker + white", 4, 112.0, 12.0, 1e-5, level, white * (1 + 1 / frequency)),
    )
    given = {
        "cell": cell, "file": "cells.csv", "samples": len(g_s), "interval_s": interval_s, "kind": "white",
        "level_s": Estimate(mean, mean - sd, mean + sd, "S"), "noise_s": Estimate(sd, 0.9 * sd, 1.1 * sd, "S"),
        "slow": None, "trend": None, "traps": (), "steps": (), "candidates": candidates,
        "spectrum": Spectrum(frequency, white * np.random.default_rng(0).gamma(8, 1 / 8, len(white)), white),
        "unexplained": "", "total_sd_s": sd, "step_sd_s": float(np.diff(g_s).std() / np.sqrt(2)), "goodness_p": 0.5,
        "time_s": interval_s * np.arange(len(g_s)), "g_s": g_s, "fitted_s": level,
    }  # fmt: skip
    return TraceFit(**(given | fields))


def a_trap(level_s: float, amplitude: float, switches: int = 100) -> TwoLevels:
    """Capture 30 ms, emission 10 ms."""

    def about(value: float, unit: str) -> Estimate:
        return Estimate(value, 0.9 * value, 1.1 * value, unit)

    return TwoLevels(
        uncaptured_s=about(level_s, "S"), captured_s=about(level_s * (1 - amplitude), "S"),
        amplitude=about(amplitude, "fraction of G"), relative_step=about(amplitude / (1 - amplitude), "fraction of R"),
        occupancy=about(0.25, "1"), capture_s=about(0.03, "s"), emission_s=about(0.01, "s"),
        noise_uncaptured_s=0.01 * level_s, noise_captured_s=0.01 * level_s, relative_step_log_se=0.05,
        switches=switches,
    )  # fmt: skip
