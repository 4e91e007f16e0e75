"""Error and NLL of points and of ideal software, as figures show them: the numbers of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axis import Axis

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.rows import Row

PointMeasure = Literal["error", "nll"]
UNITS: dict[PointMeasure, tuple[str, float]] = {"error": ("error (%)", 100.0), "nll": ("NLL (nats)", 1.0)}
LOG_SPAN = 5  # NLL that spans more lies on a logarithmic axis


@dataclass(frozen=True)
class ChipMean:
    """In the unit of the axis (per cent, nats): mean over chips and its 95 % interval over images, as in the row (no
    wider than the mean with one image), and what every chip has (chips); of ideal software the mean alone."""

    mean: float
    low: float
    high: float
    chips: np.ndarray

    @classmethod
    def of(cls, row: Row, measure: PointMeasure, chips: np.ndarray | None = None) -> ChipMean:
        factor, mean = UNITS[measure][1], getattr(row, measure)
        low, high = (getattr(row, f"{measure}_{end}") for end in ("low", "high"))
        if low is None or high is None:
            low, high = mean, mean
        return cls(factor * mean, factor * low, factor * high, factor * (np.array([mean]) if chips is None else chips))


def mean_of_point(point: PointResults, measure: PointMeasure) -> ChipMean | None:
    """None where no chip succeeded."""
    return None if point.row is None else ChipMean.of(point.row, measure, point.over_chips[measure].chips)


def mean_of_reference(point: PointResults, measure: PointMeasure) -> ChipMean | None:
    """Of ideal_synapse on the images of a point; None where it failed."""
    return None if point.reference_row is None else ChipMean.of(point.reference_row, measure)


def measure_axis(axis: Axis, measure: PointMeasure, means: Sequence[float]) -> None:
    """Label, and a logarithmic scale for NLL that spans more than LOG_SPAN."""
    axis.set_label_text(UNITS[measure][0])
    if measure == "nll" and means and max(means) > LOG_SPAN * min(means) > 0:
        axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]
