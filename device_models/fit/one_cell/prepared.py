"""The part of a trace that is fitted, and noise where its readings have none of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import median_filter

from device_models.errors import ConfigError
from device_models.fit.measurements.table import Trace
from device_models.fit.one_cell.sampling import Sampling
from device_models.fit.one_cell.traps.chains import two_cluster_threshold

FEWEST_SAMPLES, MOST_SAMPLES = 50, 100_000
NOISELESS = 0.005
COARSE_VALUES = 20
REPEATED = 4  # samples for each distinct value, from which on readings are rounded
FAR, MOST_FAR = 10.0, 0.01
ALONE, MOST_ALONE = 20.0, 1e-3


def part_of(trace: Trace, times: Sampling, notes: list[str]) -> tuple[Trace, np.ndarray | None]:
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


def dithered(trace: Trace, notes: list[str]) -> np.ndarray:
    """The trace, with noise added where levels without noise of their own would have an unbounded likelihood, and where
    readings are rounded.

    Levels next to noiseless get a hundredth of the trace's sd; rounded readings get uniform noise of their step.
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
    if len(values) <= COARSE_VALUES and step <= sd:
        notes.append(f"only {len(values)} distinct values: the noise is near the resolution of the measurement")
    elif REPEATED * len(values) > len(g) or step > sd:
        return g
    return g + step * (rng.random(len(g)) - 0.5)


def without_spikes(g_s: np.ndarray, notes: list[str]) -> np.ndarray:
    """Single samples far from those around them replaced by the median of five: a few would pass for a trap, or for
    steps; adds to `notes`."""
    around = median_filter(g_s, 5, mode="nearest")
    distance = np.abs(g_s - around)
    sd = 1.4826 * float(np.median(distance))
    far = distance > ALONE * sd
    if sd == 0 or not 0 < far.sum() <= max(1, MOST_ALONE * len(g_s)):
        return g_s
    found = f"{far.sum()} samples lie more than {ALONE:g} sd from the level, one by {distance.max():.3g} S"
    notes.append(f"{found}: alone among their neighbours, they are left out of the laws")
    return np.where(far, around, g_s)


def outliers(residuals_s: np.ndarray) -> list[str]:
    """Single samples far from every level: too few for the goodness of fit to see, and enough to make the noise."""
    distance = np.abs(residuals_s - np.median(residuals_s))
    sd = 1.4826 * float(np.median(distance))
    far = int(np.count_nonzero(distance > FAR * sd))
    if sd == 0 or not 0 < far <= max(1, MOST_FAR * len(distance)):
        return []
    found = f"{far} samples lie more than {FAR:g} sd from the level, one by {distance.max():.3g} S"
    return [f"{found}; they count as noise: delete them if they are not measured"]
