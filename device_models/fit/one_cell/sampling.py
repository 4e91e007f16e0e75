"""When a trace was read: at a common interval (with jitter, missing reads, gaps, in bursts) or at times of no interval.

The interval is that of the short neighbours: the median near the lower quartile of all intervals. Intervals within
`near` of it join successive reads; up to SHORT_GAP reads may be missing between two that still count as successive;
longer ones are gaps. Intervals that grow steadily (times in equal steps of ln t) have nothing in common.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_models.number_text import counted, time_text

SHORT_GAP = 3.5
FEW_GAPS = 1e-3  # of the samples: what they add to the switches of a trap is lost in its uncertainty
COMMON, ENOUGH, MOSTLY = 0.4, 20, 0.8
GROWING, NOT_EVEN = 0.9, 2.0


@dataclass(frozen=True)
class Sampling:
    """regular: whether there is a common interval, `interval_s` (mean of those between successive reads, else median of
    all). spread: robust sd of the intervals near it over it. missing: reads left out in short gaps. gaps: indices k of
    the long ones, between samples k and k + 1."""

    regular: bool
    interval_s: float
    spread: float
    missing: int
    gaps: np.ndarray
    samples: int

    @property
    def broken(self) -> bool:
        """More gaps than can be read over."""
        return len(self.gaps) > FEW_GAPS * self.samples

    def longest_run(self) -> slice:
        """The samples between two gaps (or ends) that are most."""
        starts, ends = np.append(0, self.gaps + 1), np.append(self.gaps + 1, self.samples)
        longest = int(np.argmax(ends - starts))
        return slice(int(starts[longest]), int(ends[longest]))

    def __str__(self) -> str:
        if not self.regular:
            return f"{self.samples} times of no common interval"
        parts = [f"reads every {time_text(self.interval_s)}"]
        parts += [f"intervals vary by {100 * self.spread:.2g} %"] if self.spread > 0.01 else []
        parts += [f"{self.missing} missing"] if self.missing else []
        if self.broken:
            parts += [f"in {len(self.gaps) + 1} bursts of about {self.samples / (len(self.gaps) + 1):.3g}"]
        elif self.gaps.size:
            parts += [counted(len(self.gaps), "gap")]
        return f"{self.samples} " + ", ".join(parts)


def read_times(time_s: np.ndarray) -> Sampling:
    """How rising times [s], two at least, follow one another."""
    intervals = np.diff(time_s)
    short = float(np.quantile(intervals, 0.25))
    near = intervals[(intervals > 0.3 * short) & (intervals < 1.75 * short)]
    common = float(np.median(near)) if near.size else short
    spread = 1.4826 * float(np.median(np.abs(near - common))) / common if near.size else 0.0
    width = float(np.clip(5 * spread, 0.75, 1.5))
    joined = np.abs(intervals - common) <= width * common
    growing = (
        len(intervals) > 2
        and intervals.max() > NOT_EVEN * intervals.min()
        and np.corrcoef(np.log(intervals), np.arange(len(intervals)))[0, 1] > GROWING
    )
    share, count = float(joined.mean()), int(joined.sum())
    regular = not growing and (share >= MOSTLY or (share >= COMMON and count >= ENOUGH))
    if not regular:
        return Sampling(False, float(np.median(intervals)), 0.0, 0, np.zeros(0, dtype=int), len(time_s))
    gaps = intervals > SHORT_GAP * common
    late = ~gaps & (intervals > (1 + width) * common)
    missing = int(np.sum(np.rint(intervals[late] / common) - 1))
    return Sampling(True, float(intervals[~gaps].mean()), spread, missing, np.flatnonzero(gaps), len(time_s))
