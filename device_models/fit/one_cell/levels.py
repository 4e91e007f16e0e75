"""Reads at a common interval: one normal level or two levels of telegraph noise, by BIC, and the noise around them.

A few gaps are read over; of a trace with many the longest part without one is fitted, and of short bursts of reads the
noise within them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from device_models.errors import ConfigError
from device_models.fit.interval import Estimate, around
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.fresh import fresh_noise, slow_correlation
from device_models.fit.one_cell.markov import PARAMETERS, MarkovFit, fit_two_states, two_cluster_threshold
from device_models.fit.one_cell.sampling import Sampling, read_times
from device_models.fit.one_cell.telegraph import TwoLevels, doubts, obstacle, two_levels
from device_models.shown import shown

FEWEST_SAMPLES, MOST_SAMPLES = 50, 100_000
NOISELESS = 0.005
REJECTED = 1e-3
COARSE_VALUES = 20
FAR, MOST_FAR = 10.0, 0.01


@shown
@dataclass(frozen=True)
class TraceFit:
    """One cell's trace. level_s: the uncaptured (programmed) level, or the only one. noise_s: sd around the levels,
    that of the fresh part where another part is slow.

    bic_one, bic_two: of the standardised trace; bic_two is None where no two-level model could be fitted. goodness_p:
    Kolmogorov-Smirnov p of every sample against its prediction from the samples before (a little too large, as the
    parameters are fitted). time_s, g_s, fitted_s: the trace and its expected level, for an overlay.
    """

    cell: str
    file: str
    samples: int
    interval_s: float
    level_s: Estimate
    noise_s: Estimate
    bic_one: float
    bic_two: float | None
    telegraph: TwoLevels | None
    goodness_p: float
    warnings: tuple[str, ...]
    time_s: np.ndarray
    g_s: np.ndarray
    fitted_s: np.ndarray

    def density(self, g_s: np.ndarray) -> np.ndarray:
        """Fitted probability density [1/S] of one sample, slow noise included, for a histogram."""
        two = self.telegraph
        if two is None:
            return _normal(g_s, self.level_s.value, float(self.g_s.std(ddof=1)))
        q = two.occupancy.value
        free = _normal(g_s, two.uncaptured_s.value, two.noise_uncaptured_s)
        return (1 - q) * free + q * _normal(g_s, two.captured_s.value, two.noise_captured_s)


def fit_trace(trace: Trace) -> TraceFit:
    """Levels, noise and telegraph constants of one trace of reads at a common interval."""
    from scipy import stats

    notes: list[str] = []
    times = read_times(trace.time_s)
    trace, gaps = _part(trace, times, notes)
    bursts = gaps is not None
    dt, mean, sd = times.interval_s, float(trace.g_s.mean()), float(trace.g_s.std())
    enough = len(trace.g_s) >= FEWEST_SAMPLES and not bursts
    y = ((_dithered(trace, notes) if enough else trace.g_s) - mean) / sd
    chain = fit_two_states(y) if enough else None
    if not enough and not bursts:
        notes.append(f"{len(y)} samples: too few to look for telegraph noise (at least {FEWEST_SAMPLES})")
    bic_one, bic_two = _bics(y, chain)
    two = _decide(chain, dt, mean, sd, notes) if bic_two is not None and bic_two < bic_one else None
    level, noise, fitted, uniforms = _summary(chain, two, y, mean, sd)
    goodness_p = float(stats.kstest(uniforms, "uniform").pvalue)
    if goodness_p < REJECTED:
        notes.append(
            f"the trace does not follow the fitted law (p = {goodness_p:.1e}): slow drift, heavy tails or more levels"
        )
    captured = chain.captured > 0.5 if chain and two else np.zeros(len(y), dtype=bool)
    if bursts:
        noise = fresh_noise(sd * y, captured, gaps) or noise
    else:
        noise = _without_slow(noise, slow_correlation(uniforms), sd * y, captured, notes)
    notes += _outliers(trace.g_s - fitted)
    return TraceFit(
        cell=trace.cell,
        file=trace.file,
        samples=len(y),
        interval_s=dt,
        level_s=level,
        noise_s=noise,
        bic_one=bic_one,
        bic_two=bic_two,
        telegraph=two,
        goodness_p=goodness_p,
        warnings=tuple(f"cell {trace.cell}: {note}" for note in notes),
        time_s=trace.time_s,
        g_s=trace.g_s,
        fitted_s=fitted,
    )


def _part(trace: Trace, times: Sampling, notes: list[str]) -> tuple[Trace, np.ndarray | None]:
    """The part that is fitted, and the gaps in it where it comes in short bursts (else None); adds to `notes`."""
    run, gaps = times.longest_run(), None
    length = run.stop - run.start
    if times.broken and length < FEWEST_SAMPLES:
        problem = f"the longest has {length} reads: too few to look for telegraph noise"
        notes.append(f"{times}: {problem}; the noise given is that within bursts")
        run, gaps = slice(0, times.samples), times.gaps
    elif times.broken:
        notes.append(f"{times}: fitted to the longest part without a gap, {length} of {times.samples} samples")
    else:
        run = slice(0, times.samples)
    if run.stop - run.start > MOST_SAMPLES:
        notes.append(f"the first {MOST_SAMPLES} of {run.stop - run.start} reads are fitted")
        run = slice(run.start, run.start + MOST_SAMPLES)
        gaps = None if gaps is None else gaps[gaps < MOST_SAMPLES - 1]
    part = replace(trace, time_s=trace.time_s[run], g_s=trace.g_s[run])
    if np.ptp(part.g_s) == 0:
        problem = f"is constant ({part.g_s[0]:g} S) in the part that can be fitted ({notes[-1]})"
        raise ConfigError(f"{trace.place}: trace `{trace.cell}` {problem}")
    return part, gaps


def _outliers(residuals_s: np.ndarray) -> list[str]:
    """Single samples far from every level: too few for the goodness of fit to see, and enough to make the noise."""
    distance = np.abs(residuals_s - np.median(residuals_s))
    sd = 1.4826 * float(np.median(distance))
    far = int(np.count_nonzero(distance > FAR * sd))
    if sd == 0 or not 0 < far <= max(1, MOST_FAR * len(distance)):
        return []
    outliers = f"{far} samples lie more than {FAR:g} sd from the level, one by {distance.max():.3g} S"
    return [f"{outliers}; they count as noise: delete them if they are not measured"]


def _bics(y: np.ndarray, chain: MarkovFit | None) -> tuple[float, float | None]:
    """Bayesian information criteria of one level (mean and variance) and of the chain."""
    n = len(y)
    one = n * (np.log(2 * np.pi * y.var()) + 1) + 2 * np.log(n)
    return float(one), None if chain is None else float(PARAMETERS * np.log(n) - 2 * chain.log_likelihood)


def _decide(chain: MarkovFit | None, dt: float, mean: float, sd: float, notes: list[str]) -> TwoLevels | None:
    """Telegraph noise, unless the better description is none that can be measured; adds to `notes`."""
    if chain is None:
        return None
    reason = obstacle(chain, mean, sd)
    if reason:
        notes.append(f"{reason}; taken as one level")
        return None
    two = two_levels(chain, dt, mean, sd)
    notes += doubts(two, dt)
    return two


def _dithered(trace: Trace, notes: list[str]) -> np.ndarray:
    """The trace, with noise added where levels without noise of their own would have an unbounded likelihood.

    Levels next to noiseless get a hundredth of the trace's sd; coarse readings get uniform noise of their step.
    """
    g, sd, rng = trace.g_s, float(trace.g_s.std()), np.random.default_rng(0)
    upper, values = g > two_cluster_threshold(g), np.unique(g)
    if not upper.any() or upper.all():
        return g
    within = float(np.sqrt(np.mean(upper) * g[upper].var() + np.mean(~upper) * g[~upper].var()))
    if within < NOISELESS * sd:
        added = 2 * NOISELESS * sd
        notes.append(f"next to no noise around its levels; the noise given, {added:.2g} S, is an upper bound")
        return g + added * rng.standard_normal(len(g))
    step = float(np.diff(values).min())
    if len(values) > COARSE_VALUES or step > sd:
        return g
    notes.append(f"only {len(values)} distinct values: the noise is near the resolution of the measurement")
    return g + step * (rng.random(len(g)) - 0.5)


def _without_slow(
    noise: Estimate, correlation: float, g_s: np.ndarray, captured: np.ndarray, notes: list[str]
) -> Estimate:
    """The noise, or its fresh part where successive samples stay correlated; adds to `notes`."""
    if correlation < 0:
        notes.append(
            f"successive samples alternate (correlation {correlation:.2f}): the noise is not fresh at each read"
        )
    fresh = fresh_noise(g_s, captured) if correlation > 0 else None
    if fresh and fresh.value < noise.value:
        notes.append(
            f"successive samples stay correlated ({correlation:.2f}): part of the noise is slow and left out; the sd "
            f"given, {fresh.value:.2g} S instead of {noise.value:.2g} S, is that of their differences"
        )
        return fresh
    if correlation > 0:
        notes.append(f"successive samples stay correlated ({correlation:.2f}): the noise given includes a slow part")
    return noise


def _summary(
    chain: MarkovFit | None, two: TwoLevels | None, y: np.ndarray, mean: float, sd: float
) -> tuple[Estimate, Estimate, np.ndarray, np.ndarray]:
    """Level, noise around the levels, expected level of every sample, uniforms of the goodness of fit."""
    log_se = 1 / np.sqrt(2 * (len(y) - 1))
    if chain is None or two is None:
        level = around(mean, sd / np.sqrt(len(y)), "S")
        noise = around(sd * np.sqrt(len(y) / (len(y) - 1)), log_se, "S", "log")
        return level, noise, np.full(len(y), mean), ndtr(y)
    weight = chain.captured.mean()
    variance = (1 - weight) * two.noise_uncaptured_s**2 + weight * two.noise_captured_s**2
    fitted = two.uncaptured_s.value + chain.captured * (two.captured_s.value - two.uncaptured_s.value)
    return two.uncaptured_s, around(float(np.sqrt(variance)), log_se, "S", "log"), fitted, chain.uniforms


def _normal(g_s: np.ndarray, mean: float, sd: float) -> np.ndarray:
    return np.exp(-(((g_s - mean) / sd) ** 2) / 2) / (sd * np.sqrt(2 * np.pi))
