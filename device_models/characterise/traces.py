"""Simulated reads behind the figures of a device, beside the exact law that they must follow.

Streams are fixed, so that a figure is the same every time. `step(done, total)` is called while something takes long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from device_models import CellReads, Cells, Device, ReadConditions, ReadLaw, Stream
from device_models.cells import of_cells
from device_models.characterise.numbers import HOUR, grid_s

Step = Callable[[int, int], None]
READS_PER_CORRELATION_TIME = 10
SLOW_INTERVAL_S = 1e-3  # of devices whose only memory has no shortest time (1/f noise)
CANDIDATES = 200  # cells from which an example is chosen


def quiet(_done: int, _total: int) -> None:
    """No progress bar."""


def has_memory(device: Device) -> bool:
    """Whether successive reads have anything to do with each other, or are two-valued."""
    return not all(part.independent_reads for part in device.parts.values())


def sampling_interval_s(device: Device) -> float:
    """A tenth of the shortest memory there is: the median trap's, or the selector's."""
    given = (part.memory_s(device.temperature_k) for part in device.parts.values())
    times = [time_s for time_s in given if time_s is not None]
    if times:
        return min(times) / READS_PER_CORRELATION_TIME
    return SLOW_INTERVAL_S if device.slow_noise else ReadConditions().interval_s


def law_at(device: Device, g_s: np.ndarray, interval_s: float, age_s: float = HOUR) -> ReadLaw:
    """Law of cells programmed to exactly `g_s`; behind a selector per pair they are the first cells of pairs whose
    second cells are at g_min, and the arrays have a first axis of 2."""
    if device.selector is not None and device.selector.per == "pair":
        g_s = np.stack([g_s, np.full_like(g_s, device.conductance.g_min_s)])
    window_s = min(ReadConditions().window_s, interval_s)
    read = ReadConditions(window_s=window_s, interval_s=interval_s, age_s=age_s)
    return device.read_law(Cells(g_s, Stream()), read)


def simulate(device: Device, law: ReadLaw, reads: int, interval_s: float, step: Step = quiet) -> np.ndarray:
    """Conductances of successive reads [S], (reads, *cells), of the first cells where there are pairs."""
    process = CellReads(law, device.initial_state(law, Stream()), interval_s, Stream().generator("figure reads"))
    paired = _paired(law)
    reads_s = np.empty((reads, *(law.g_s.shape[1:] if paired else law.g_s.shape)))
    for index in range(reads):
        values = process.read()
        reads_s[index] = values[0] if paired else values
        if index % 200 == 199 or index == reads - 1:
            step(index + 1, reads)
    return reads_s


def _paired(law: ReadLaw) -> bool:
    return law.selector is not None and law.selector.per_pair


def _first(law: ReadLaw, values: np.ndarray) -> np.ndarray:
    """Values of the first cells, where there are pairs."""
    return values[0] if _paired(law) else values


def first_cells(law: ReadLaw) -> ReadLaw:
    """The law of the first cells, where there are pairs, without their selectors."""
    alone = replace(law, selector=None)
    pairs = -law.g_s.ndim
    return of_cells(alone, lambda values: values.take(0, axis=pairs)) if _paired(law) else alone


def mean_s(law: ReadLaw) -> np.ndarray:
    """Mean conductance of the (first) cells [S]."""
    return _first(law, law.mean_s())


def covariance_s2(law: ReadLaw, lag: int, interval_s: float, reads: int) -> np.ndarray:
    """Exact covariance [S^2] of reads of a (first) cell that are `lag` intervals apart, averaged over the `reads` of a
    trace that begins at the law's age: 1/f noise goes on growing.

    With xi of mean m, variance v and correlation R: Cov(xi X, xi' X') = (m^2 + v R) Cov(X, X') + v R E[X]^2.
    """
    cells = first_cells(law)
    noise = cells.sd_s**2 if lag == 0 else np.zeros_like(cells.sd_s)
    for slow in cells.slow.values():
        noise = noise + slow.trace_covariance_s2(cells.g_s, lag, interval_s, reads)
    if law.selector is None:
        return noise
    m, v = law.selector.mean(), law.selector.variance() * law.selector.correlation(lag * interval_s)
    return (m**2 + v) * noise + v * cells.conducting_mean_s() ** 2


@dataclass(frozen=True)
class Traces:
    """Reads of three example cells (low, middle, high conductance), `interval_s` apart. g_s, (3): as programmed;
    reads_s, (3, reads); lags [reads]; autocorrelation estimated from many repetitions, and exact, (3, lags)."""

    g_s: np.ndarray
    interval_s: float
    reads_s: np.ndarray
    lags: np.ndarray
    estimated: np.ndarray
    exact: np.ndarray


def traces(device: Device, reads: int = 2000, repetitions: int = 200, step: Step = quiet) -> Traces:
    """Example cells are those whose strongest trap is of about median speed and half occupied."""
    interval_s, grid = sampling_interval_s(device), grid_s(device, 101)
    g_s = np.array([grid[0], np.sqrt(grid[0] * grid[-1]), grid[-1]])
    law = law_at(device, np.repeat(g_s[:, None], CANDIDATES, axis=1), interval_s)
    law = _repeated(law, _typical(law), repetitions)
    reads_s = simulate(device, law, reads, interval_s, step)
    around = reads_s - mean_s(law)
    lags = np.unique(np.geomspace(1, reads // 4, 24).astype(int))
    estimated = np.stack([(around[: reads - lag] * around[lag:]).mean(axis=(0, 2)) for lag in (0, *lags)])
    exact = np.stack([covariance_s2(law, int(lag), interval_s, reads)[:, 0] for lag in (0, *lags)])
    return Traces(g_s, interval_s, reads_s[:, :, 0].T, lags, *((c[1:] / _not_zero(c[0])).T for c in (estimated, exact)))


def _not_zero(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, np.inf)


def _typical(law: ReadLaw) -> np.ndarray:
    """Index of the example cell of each row, (rows, 1)."""
    if law.traps is None:
        return np.zeros((law.g_s.shape[-2], 1), int)
    q, tau0 = law.traps.traps.occupancy, law.traps.traps.tau0_s
    strength = law.traps.amplitude**2 * q * (1 - q)
    strongest = strength.argmax(axis=0, keepdims=True)
    q, tau0 = (_first(law, np.take_along_axis(values, strongest, axis=0)[0]) for values in (q, tau0))
    distance = np.abs(np.log(tau0 / np.median(law.traps.traps.tau0_s))) + 8 * np.abs(q - 0.5)
    distance = np.where(_first(law, strength.max(axis=0)) > 0, distance, np.inf)  # cells may have no traps
    return distance.argmin(axis=-1)[:, None]


def _repeated(law: ReadLaw, index: np.ndarray, count: int) -> ReadLaw:
    """The law of `count` copies of one cell of each row."""

    def copies(values: np.ndarray) -> np.ndarray:
        chosen = np.take_along_axis(values, np.broadcast_to(index, (*values.shape[:-2], *index.shape)), axis=-1)
        return np.repeat(chosen, count, axis=-1)

    repeated: ReadLaw = of_cells(law, copies)
    return repeated
