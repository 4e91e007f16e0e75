"""What was measured of a setting's chips that departs from the trained network: betas out of reach, noise, directions,
thresholds, confidence. Nothing here says that the one comes of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import erf

import numpy as np

from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.trial_result import LayerRecovery
from crossbar_nsm.experiment.studies.verdict.setting import Setting
from crossbar_nsm.experiment.studies.verdict.shown import LEVEL
from crossbar_nsm.experiment.studies.verdict.words import per_cent
from crossbar_nsm.neuron.circuits import circuit_of
from crossbar_nsm.statistics.intervals import mean_p
from crossbar_nsm.statistics.metrics import wrong
from device_models.number_text import rounded

SMALLEST_BETA = 1e-6  # below it a ratio to the trained beta says nothing
OUT_OF_REACH = 0.01  # share of a layer's neurons
BETA_OFF = 0.05  # relative
DIRECTION_OFF = 0.3  # of a neuron's noise
FROZEN = 0.05  # share of its variance
THRESHOLD_OFF = 0.1  # of c
CONFIDENCE_OFF = 0.003  # a fraction of images
MOST = 2  # facts of a setting, confidence among them

Layer = tuple[str, list[LayerRecovery]]  # its name, and what it is on every chip


def measured_line(setting: Setting, name: str) -> list[str]:
    """One sentence, or none where nothing departs. name: of the setting, in the sentence."""
    point = setting.point
    of_layers = (_reach, _noise, _directions, _frozen, _thresholds) if any(_layers(point)) else ()
    facts, confidence = [text for fact in of_layers if (text := fact(point))], _confidence(point)
    facts = [*facts[: MOST - 1], confidence] if confidence else facts[:MOST]
    return [f"Measured on {name}: {'; '.join(facts)}."] if facts else []


def circuit_line(setting: Setting, name: str) -> list[str]:
    """What the circuit itself cannot: reach a beta, or amplify."""
    point = setting.point
    if not any(_layers(point)):
        return []
    fact = _reach(point) if _has_gain(point) else _noise(point)
    return [f"Measured on {name}: {fact}."] if fact else []


def _layers(point: PointResults) -> Iterator[Layer]:
    chips = list(point.chips.values())
    for name in chips[0].recovery:
        yield name, [chip.recovery[name] for chip in chips if name in chip.recovery]


def _has_gain(point: PointResults) -> bool:
    return any(circuit_of(point.config.neuron).slope)


def _reach(point: PointResults) -> str:
    """Of the layer in which most neurons are out of reach."""
    if not _has_gain(point):
        return ""
    layer = max(_layers(point), key=lambda layer: _joined(layer, "clipped").mean())
    clipped = _joined(layer, "clipped")
    if clipped.mean() < OUT_OF_REACH:
        return ""
    need, get = (float(np.median(_joined(layer, name)[clipped])) for name in ("trained_beta", "recovered_beta"))
    if np.isinf(get):
        return ""  # without noise: see below
    out = f"{clipped.sum()} of {clipped.size} neurons of {layer[0]} are out of the circuit's reach"
    return f"{out} (they need beta {need:.2f} and get {get:.2f}, medians)"


def _noise(point: PointResults) -> str:
    ratio = _beta_ratio(point)
    if ratio is None or abs(ratio - 1) <= BETA_OFF:
        return ""
    if np.isinf(ratio):
        return "neurons have no noise"
    gain = "" if _has_gain(point) else ", which this circuit cannot correct: it has no gain"
    size = f"1/{rounded(ratio, 2)}" if ratio > 2 else rounded(1 / ratio, 2)
    times = "of" if ratio > 2 else "times"
    return f"neurons have {size} {times} the noise they were trained with (median){gain}"


def _beta_ratio(point: PointResults) -> float | None:
    """Median of recovered over trained beta, of all neurons and chips."""
    layers = list(_layers(point))
    trained, recovered = (
        np.concatenate([_joined(layer, name) for layer in layers]) for name in ("trained_beta", "recovered_beta")
    )
    known = np.abs(trained) > SMALLEST_BETA
    return float(np.median(np.abs(recovered[known] / trained[known]))) if known.any() else None


def _directions(point: PointResults) -> str:
    """What weights add up wrongly, in units of the noise of the weighted sum, whose sd is 1 / (sqrt(2) beta)."""

    def in_noise(layer: LayerRecovery) -> np.ndarray | None:
        error = layer.direction_error
        return None if error is None else np.sqrt(2) * np.abs(layer.recovered_beta) * error

    if not _has_gain(point):
        return ""
    name, size = _largest(point, in_noise)
    if size <= DIRECTION_OFF:
        return ""
    return f"errors of weights shift a neuron's sum by {rounded(size, 2)} times its noise ({name}, median)"


def _frozen(point: PointResults) -> str:
    name, share = _largest(point, lambda layer: layer.frozen_share)
    return (
        f"{per_cent(share, 0)} of the noise of {name} is frozen, the same in all samples (median)"
        if share > FROZEN
        else ""
    )


def _thresholds(point: PointResults) -> str:
    """By what they change the probability of firing, 1/2 (1 + erf(c)) without input, where it should be a half."""
    if not _has_gain(point):
        return ""
    name, off = _largest(point, lambda layer: np.abs(layer.recovered_c - layer.trained_c))
    if off <= THRESHOLD_OFF:
        return ""
    size = rounded(50 * erf(off), 2)
    return f"errors of thresholds make a neuron of {name} that should fire at 50 % fire at 50 ± {size} % (median)"


def _confidence(point: PointResults) -> str:
    """Only where confidence less accuracy is another than that of ideal software (without one: than 0), significantly
    and by an amount that is seen."""
    sure, right = _sure_and_right(point.probability, point.labels)
    software = np.zeros_like(sure[:1]), np.zeros_like(right[:1])
    if point.reference is not None:
        software = _sure_and_right(point.reference.prediction.probability[np.newaxis], point.labels)
    over = (sure - right) - (software[0] - software[1])
    if mean_p(over) >= LEVEL or abs(over.mean()) < CONFIDENCE_OFF:
        return ""
    side = "overconfident" if over.mean() > 0 else "underconfident"
    if point.reference is None:
        return f"{side}: {per_cent(sure.mean(), 1)} sure on average, right in {per_cent(right.mean(), 1)}"
    of_sure, of_right = (per_cent(values.mean(), 1) for values in software)
    found = f"{per_cent(sure.mean(), 1)} sure on average (software {of_sure}), right in {per_cent(right.mean(), 1)}"
    return f"{side} beside ideal software: {found} ({of_right})"


def _sure_and_right(probability: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of probabilities (chips, images, classes), (chips, images) each: the largest, and whether that is the label's."""
    right = np.stack([~wrong(chip, labels) for chip in probability])
    return probability.max(axis=2).astype(float), right.astype(float)


def _largest(point: PointResults, value: Callable[[LayerRecovery], np.ndarray | None]) -> tuple[str, float]:
    """The layer whose median neuron has the largest value, and that value; 0 where nothing is known."""
    medians = {}
    for name, layers in _layers(point):
        values = [found for layer in layers if (found := value(layer)) is not None]
        known = np.concatenate(values)[np.isfinite(np.concatenate(values))] if values else np.empty(0)
        medians[name] = float(np.median(known)) if known.size else 0.0
    return max(medians.items(), key=lambda entry: entry[1], default=("", 0.0))


def _joined(layer: Layer, name: str) -> np.ndarray:
    result: np.ndarray = np.concatenate([getattr(one, name) for one in layer[1]])
    return result
