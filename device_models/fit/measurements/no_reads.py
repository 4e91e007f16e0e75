"""Numbers that are no reads of a cell left alone, although they can be read as such: states of cycles, maps of arrays.

A cell that is set and reset between its reads goes back and forth at every read; noise crosses its median at half of
the steps at most, traps as well. The columns (or rows) of a map differ no more than the numbers within one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from device_models.errors import ConfigError
from device_models.fit.measurements.parts.model import Parts
from device_models.fit.measurements.samples import Samples

MOST_CROSSINGS = 0.85  # of the median, as a share of the steps; of 20 steps of noise, 1 in 5,000 traces has more
FEWEST_READS, FEWEST_STEPS = 6, 20  # of a cell that counts; of all
APART = 1.5  # ratio of the two states
FEWEST_IN_MAP = 8  # cells, and reads of each
BY_CHANCE = 1e-3
DECADE, ONE_WAY = 10.0, 0.7  # of the steps, as the balance of those up and down
WILD = 0.3  # relative sd without memory, from which numbers are hardly one cell's


def refuse_states(path: str, traces: Sequence[np.ndarray]) -> None:
    """Raises ConfigError where cells go back and forth between two states. traces: conductances [S] of cells."""
    crossings = steps = 0
    states = []
    for g_s in traces:
        if len(g_s) < FEWEST_READS:
            continue
        middle = float(np.median(g_s))
        above = g_s > middle
        low, high = np.median(g_s[~above]), np.median(g_s[above]) if above.any() else middle
        steps += len(g_s) - 1
        if low > 0 and high > APART * low:
            crossings += int(np.count_nonzero(np.diff(above.astype(int))))
            states.append((low, high))
    if steps >= FEWEST_STEPS and crossings > MOST_CROSSINGS * steps:
        low, high = np.median(np.array(states), axis=0)
        raise ConfigError(
            f"{path}: conductances go back and forth from row to row, between {low:.2g} and {high:.2g} S: set "
            "and reset in between? states of cycles are no reads; a trace has reads of a cell that is left alone"
        )


def doubts(samples: Samples, traces: Sequence[np.ndarray]) -> Iterator[str]:
    """Warnings about columns of pulses and cycles, responses to pulses, and maps. traces: conductances [S] of cells."""
    parts = samples.parts
    yield from parts.doubts
    if not _at_an_interval(parts):
        return
    running = sum(map(_runs, traces))
    if 2 * running > len(traces):
        yield (
            f"{samples.path.name}: {running} of {len(traces)} cells run through more than a decade in one direction: "
            "the response to pulses, rather than reads of a cell left alone?"
        )
    if parts.cells == "long" or len(traces) < FEWEST_IN_MAP:
        return
    count = min(map(len, traces))
    if count < FEWEST_IN_MAP or min(float(g_s.min()) for g_s in traces) <= 0:
        return
    g = np.log([g_s[:count] for g_s in traces])
    if (why := _no_cells(g)) or (why := _no_memory(g)):
        each = parts.cells.removesuffix("s")
        yield f"{samples.path.name}: {why}: is it a map of an array, rather than reads of a cell in each {each}?"


def _at_an_interval(parts: Parts) -> bool:
    """Whether reads have no times but an interval that was given."""
    steps = np.diff(parts.times_s)
    return not (parts.time or parts.times) and bool(not steps.size or np.allclose(steps, steps[0]))


def _runs(g_s: np.ndarray) -> bool:
    """Whether a cell goes through a decade and more, nearly always in one direction."""
    if len(g_s) < FEWEST_IN_MAP or g_s.min() <= 0 or g_s.max() < DECADE * g_s.min():
        return False
    return bool(abs(np.mean(np.sign(np.diff(g_s)))) > ONE_WAY)


def _no_cells(g: np.ndarray) -> str:
    """Of cells that do not differ: means of ln G (cells, reads) vary no more than the reads do, by an F test."""
    from scipy.special import fdtrc

    cells, reads = g.shape
    within = float(np.mean(np.var(g, axis=1, ddof=1)))
    ratio = reads * float(np.var(g.mean(axis=1), ddof=1)) / within
    chance = float(fdtrc(cells - 1, cells * (reads - 1), ratio))
    return "cells differ no more from each other than the reads of each" if chance > BY_CHANCE else ""


def _no_memory(g: np.ndarray) -> str:
    """Of reads that differ wildly, each from the one before."""
    left = g - g.mean(axis=1, keepdims=True)
    sd = float(np.sqrt(np.mean(left**2)))
    memory = float(np.mean(left[:, 1:] * left[:, :-1])) / sd**2
    return f"reads of a cell differ by {sd:.0%} (sd), without memory" if sd > WILD and memory < WILD else ""
