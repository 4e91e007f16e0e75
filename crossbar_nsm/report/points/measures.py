"""Error and NLL of the trials of a sweep's points, as figures show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axis import Axis

from crossbar_nsm.experiment.studies.results import PointResults
from crossbar_nsm.experiment.studies.trial import TrialResult
from crossbar_nsm.statistics.intervals import mean_interval
from crossbar_nsm.statistics.metrics import label_nll, wilson, wrong

PointMeasure = Literal["error", "nll"]
SHOWN: dict[PointMeasure, tuple[str, float]] = {"error": ("error (%)", 100.0), "nll": ("NLL (nats)", 1.0)}
LOG_SPAN = 5  # NLL that spans more lies on a logarithmic axis


@dataclass(frozen=True)
class Measured:
    """In the unit shown (per cent, nats): mean over chips, its 95 % interval over images (error: Wilson; NLL: normal),
    and what every chip has (chips)."""

    mean: float
    low: float
    high: float
    chips: np.ndarray


def measured(trials: Sequence[TrialResult], measure: PointMeasure) -> Measured | None:
    """Of chips on the same images; None without any."""
    if not trials:
        return None
    factor = SHOWN[measure][1]
    of_image = np.stack([_of_image(trial, measure) for trial in trials])
    mean, images = float(of_image.mean()), of_image.shape[1]
    over_chips = of_image.mean(axis=0, keepdims=True)
    low, high = wilson(mean, images) if measure == "error" else mean_interval(over_chips) if images > 1 else (mean,) * 2
    return Measured(factor * mean, factor * low, factor * high, factor * of_image.mean(axis=1))


def measured_point(point: PointResults, measure: PointMeasure) -> Measured | None:
    """Of the chips of a point; None where none succeeded."""
    return measured(list(point.chips.values()), measure)


def measured_reference(point: PointResults, measure: PointMeasure) -> Measured | None:
    """Of ideal_synapse on the images of a point; None where it failed."""
    return None if point.reference is None else measured([point.reference], measure)


def measure_axis(axis: Axis, measure: PointMeasure, means: Sequence[float]) -> None:
    """Label, and a logarithmic scale for NLL that spans more than LOG_SPAN."""
    axis.set_label_text(SHOWN[measure][0])
    if measure == "nll" and means and max(means) > LOG_SPAN * min(means) > 0:
        axis.axes.set(**{f"{axis.axis_name}scale": "log"})  # type: ignore[attr-defined]


def _of_image(trial: TrialResult, measure: PointMeasure) -> np.ndarray:
    """(images,) fractions or nats."""
    of = wrong if measure == "error" else label_nll
    return of(trial.prediction.probability, trial.labels).astype(np.float64)
