"""What was measured on every chip of a setting: its mean, how far chips scatter, and how sure the mean is."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from scipy.stats import t as student

from crossbar_nsm.statistics.metrics import Metrics, Reliability, measure, reliability
from device_models.shown import shown


@shown
@dataclass(frozen=True)
class OverChips:
    """chips (chips): one value of each. One chip alone does not say what another would have: no sd, se or interval."""

    chips: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.chips.mean())

    @property
    def sd(self) -> float | None:
        """Sample standard deviation of single chips."""
        return float(self.chips.std(ddof=1)) if len(self.chips) > 1 else None

    @property
    def se(self) -> float | None:
        """Standard error of the mean."""
        return None if self.sd is None else self.sd / math.sqrt(len(self.chips))

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Two-sided interval of the mean for any chip, on these images (Student's t)."""
        if self.se is None:
            return None
        half = float(student.ppf(0.5 + level / 2, len(self.chips) - 1)) * self.se
        return self.mean - half, self.mean + half

    def __sub__(self, other: OverChips) -> OverChips:
        """Chip by chip."""
        return OverChips(self.chips - other.chips)


def metrics_over_chips(probability: np.ndarray, labels: np.ndarray) -> dict[str, OverChips]:
    """`Metrics` by name, of mean class probabilities (chips, images, classes)."""
    of_chips = [measure(of_chip, labels) for of_chip in probability]
    names = [field.name for field in fields(Metrics)]
    return {name: OverChips(np.array([getattr(chip, name) for chip in of_chips])) for name in names}


def pooled_reliability(probability: np.ndarray, labels: np.ndarray) -> Reliability:
    """Of all predictions of all chips, from probabilities (chips, images, classes)."""
    return reliability(np.concatenate(list(probability)), np.tile(labels, len(probability)))
