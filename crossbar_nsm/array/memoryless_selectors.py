"""Selectors that forget from one read to the next, as sources of fresh noise: no thresholds are carried.

xi is `on` with probability p, else `off`, so xi w is off w, noise-free, and b (on - off) w with a bit b. Fresh noise of
sd sigma behind it has, given b, the variance (off^2 + b (on^2 - off^2)) sigma^2: two independent normals, of which b
gates one.
"""

from __future__ import annotations

import numpy as np

from crossbar_nsm.array.config import ReadConfig
from crossbar_nsm.array.fresh_sources import BlankOut, FreshNoise
from crossbar_nsm.array.layer_input import LayerInput
from crossbar_nsm.array.slow_noise.gated_source import seen_mean, seen_variance
from device_models.parts.selector import SelectorLaw
from device_models.read_law import ReadLaw
from device_models.streams import Stream

RESOLUTION = 2.0**-32  # of the draws that decide whether a selector conducts
LOST = 2.0**-24  # variance, relative to another that it is added to in float32


def is_memoryless(selector: SelectorLaw, read: ReadConfig, reads: int) -> bool:
    """Whether the thresholds of successive reads, `reads` of them in a pass, are less correlated than draws resolve."""
    if selector.correlation_time_s == 0:
        return True
    spacing_s = read.interval_s
    if reads > 1:
        spacing_s = min(read.between_reads_s, read.interval_s - (reads - 1) * read.between_reads_s)
    return bool(np.exp(-spacing_s / selector.correlation_time_s) < RESOLUTION)


def blank_out(
    law: ReadLaw, gain: np.ndarray, row_slices: list[slice], layer_input: LayerInput, mixing: np.ndarray, stream: Stream
) -> tuple[np.ndarray, list[BlankOut | FreshNoise]]:
    """(matrix (rows, outputs) of what blocking selectors let through, sources of all that fluctuates); one selector
    gates a pair of cells, or each cell has its own. gain (rows, outputs) weight units per siemens."""
    selector = law.selector
    assert selector is not None
    sides, shape = ([""] if selector.per_pair else [" plus", " minus"]), (-1, *gain.shape)
    variance = (gain * np.broadcast_to(law.sd_s, law.g_s.shape)) ** 2

    def by_side(values: np.ndarray) -> np.ndarray:
        return values.reshape(shape)

    leaking = by_side(seen_mean(selector, selector.off, gain * law.g_s)).sum(axis=0)
    gated = by_side(seen_mean(selector, selector.on - selector.off, gain * law.g_s))
    gated_sd = np.sqrt(by_side(seen_variance(selector, np.sqrt(selector.on**2 - selector.off**2), variance)))
    probability, shared = by_side(selector.probability), (row_slices, layer_input, mixing)
    sources: list[BlankOut | FreshNoise] = [
        BlankOut(gated[k], gated_sd[k], probability[k], *shared,
                 (stream.key(f"selector{side}"), stream.key(f"read_noise{side}")))
        for k, side in enumerate(sides)
    ]  # fmt: skip
    always = by_side(seen_variance(selector, selector.off, variance)).sum(axis=0)
    if (always > LOST * (gated_sd**2).sum(axis=0)).any():
        sources.append(FreshNoise(np.sqrt(always), *shared, stream.key("read_noise blocked")))
    return leaking, sources
