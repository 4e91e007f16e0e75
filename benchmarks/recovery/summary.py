"""What the chips of one setting gave, beside the ideal network on the same images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.recovery.measure import errors, ideal, is_done, measured, nll
from benchmarks.recovery.trials import CALIBRATIONS, CHIPS, CIRCUITS, FEW, Trial
from crossbar_nsm.statistics.intervals import mean_interval, ratio_interval
from crossbar_nsm.statistics.over_chips import metrics_over_chips

SAME = 1.02  # ratio of NLL


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """Means over chips with intervals of the differences to ideal software, over images and chips.

    error, nll, ece: fractions and nats. error_difference in fractions; nll_ratio: NLL over that of the ideal network.
    beta: 2.5th, 50th and 97.5th percentile over neurons and chips of recovered / trained beta. clipped: share of
    neurons out of reach. offset: root mean square in t before its correction; direction_error: median in t.
    """

    trial: Trial
    error: float
    nll: float
    ece: float
    error_difference: Estimate
    nll_ratio: Estimate
    beta: tuple[float, float, float]
    within_3_percent: float
    clipped: float
    offset: float
    direction_error: float
    engine: str


def summary(trial: Trial, data: str) -> Summary | None:
    """Of all chips of a setting; None when one is missing."""
    trials = [Trial(**{**vars(trial), "chip": chip}) for chip in range(CHIPS)]
    if not all(is_done(one) for one in trials):
        return None
    found = [measured(one, data) for one in trials]
    reference = ideal(data, trial.images, trial.samples, trial.network)
    metrics = metrics_over_chips(np.stack([one["probability"] for one in found]), found[0]["labels"])
    error, likelihood = np.stack([errors(one) for one in found]), np.stack([nll(one) for one in found])
    difference = error.astype(float) - errors(reference)
    of_ideal = np.broadcast_to(nll(reference), likelihood.shape)
    ratio, clipped = (np.concatenate([one[name] for one in found]) for name in ("ratio", "clipped"))
    reached = np.abs(ratio[~clipped] - 1) < 0.03
    return Summary(
        trial,
        error=metrics["error"].mean,
        nll=metrics["nll"].mean,
        ece=metrics["ece"].mean,
        error_difference=_estimate(difference.mean(), mean_interval(difference)),
        nll_ratio=_estimate(likelihood.mean() / of_ideal.mean(), ratio_interval(likelihood, of_ideal)),
        beta=tuple(np.percentile(ratio, [2.5, 50, 97.5])),
        within_3_percent=float(reached.mean()) if len(reached) else float("nan"),
        clipped=float(clipped.mean()),
        offset=float(np.sqrt(np.mean(np.concatenate([one["offset"] for one in found]) ** 2))),
        direction_error=float(np.median(np.concatenate([one["direction_error"] for one in found]))),
        engine=str(found[0]["engine"]),
    )


def _estimate(value: float, limits: tuple[float, float]) -> Estimate:
    return Estimate(float(value), *limits)


def best_settings(devices: list[str], data: str) -> dict[str, tuple[str, str]]:
    """Of every device the circuit and calibration with the least NLL, of those that arrays can have; of circuits whose
    NLL is the same to 2 % that with the fewest reads.

    Not `digital`, but for the selector, whose other circuits take many reads. Of telegraph noise the split, which the
    large table compares with trajectories."""
    result = {}
    for device in (name for name in devices if name != "telegraph"):
        found = [one for one in all_of(device, data) if _buildable(one.trial)]
        if found:
            least = min(one.nll for one in found)
            circuit = next(one.trial.circuit for one in found if one.nll <= SAME * least)  # fewest reads first
            best = min((one for one in found if one.trial.circuit == circuit), key=lambda one: one.nll)
            result[device] = (circuit, best.trial.calibration)
    return result


def _buildable(trial: Trial) -> bool:
    return (trial.circuit != "digital" or trial.device == "selector") and trial.calibration != "none"


def all_of(device: str, data: str) -> list[Summary]:
    """Every setting of a device that has run, circuits in order."""
    found = (
        summary(Trial(device, circuit, calibration, *FEW, 0), data)
        for circuit in CIRCUITS
        for calibration in CALIBRATIONS
    )
    return [one for one in found if one is not None]
