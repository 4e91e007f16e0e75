"""Whether results fit the trials that they are named after, their network and each other.

A digest that was made anew hides an edit of a file from whoever reads that file alone. What the settings or the network
say decides; where they say nothing, most of the trials that must be the same do, and of as many against as many none is
believed.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from crossbar_nsm.experiment.studies.study import architecture_of
from crossbar_nsm.experiment.studies.trial import Trial
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from crossbar_nsm.nsm.architecture import Architecture, ConvSpec, DenseSpec, Placement
from device_models.errors import CrossbarError
from device_models.files.digests import digest
from device_models.number_text import counted
from device_models.printable import printable

Results = Mapping[str, TrialResult]  # by key of the trial


def misfits(trials: Mapping[str, Trial], results: Results) -> dict[str, str]:
    """Why results are not those of their trials, by key. trials: of a whole study, by the keys that they had when they
    ran."""
    networks = _networks(trials)
    reasons = _copies(results)
    for key, result in results.items():
        trial = trials[key]
        if why := _against_settings(trial, result) or _against_network(result, networks[trial.config.checkpoint]):
            reasons[key] = why
    for rule in RULES:
        reasons |= rule.broken(trials, {key: result for key, result in results.items() if key not in reasons})
    return reasons


def strangers(trials: Mapping[str, Trial], results: Results) -> list[str]:
    """Keys of results on other images than most of those that were to see the same."""
    return list(SAME_IMAGES.broken(trials, results))


def _against_settings(trial: Trial, result: TrialResult) -> str:
    evaluation, images, passes = trial.config.evaluation, len(result.labels), result.prediction.samples
    if evaluation.images not in (None, images):
        return f"{counted(images, 'image')}, {evaluation.images} were asked for"
    least = 1 if evaluation.early_stopping else evaluation.samples
    if passes.min() < least or passes.max() > evaluation.samples:
        return f"{passes.min()} to {counted(passes.max(), 'sample')}, {evaluation.samples} were asked for"
    if (trial.what == "hardware") != bool(result.recovery):
        return f"{counted(len(result.recovery), 'layer')} calibrated, which is of hardware, and of all hardware"
    return ""


def _against_network(result: TrialResult, network: Architecture | None) -> str:
    if network is None:
        return ""
    if _classes(result) != network.classes:
        return f"{_classes(result)} classes, the network has {network.classes}"
    layers = tuple((one.spec.name, neurons) for one in network.placements() if (neurons := _neurons(one)))
    if result.recovery and _layers(result) != layers:
        return f"neurons {_text(_layers(result))}, the network has {_text(layers)}"
    return ""


def _networks(trials: Mapping[str, Trial]) -> dict[str, Architecture | None]:
    """Architectures by checkpoint; None for a checkpoint that is gone, or has changed since its trials ran."""
    networks: dict[str, Architecture | None] = dict.fromkeys(trial.config.checkpoint for trial in trials.values())
    of_software = {trial.config.checkpoint: (key, trial) for key, trial in trials.items() if trial.what != "hardware"}
    for name, (key, trial) in of_software.items():
        with suppress(CrossbarError, OSError):
            networks[name] = architecture_of(trial.config) if trial.key == key else None
    return networks


def _neurons(placement: Placement) -> int:
    """With a beta of their own; none of what is no hidden layer of units."""
    if isinstance(placement.spec, ConvSpec) and placement.spec.beta == "position":
        return math.prod(placement.outputs)
    return placement.spec.outputs if isinstance(placement.spec, (ConvSpec, DenseSpec)) else 0


def _copies(results: Results) -> dict[str, str]:
    """Why results are those of another trial, by key: no two trials of one machine start in the same microsecond and
    take the same time (quick trials do take the same, and settings may give the same results)."""
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for key, one in results.items():
        about = [one.host, one.started, one.seconds, one.prediction.probability]
        alike[digest(about)].append(key)
    return {
        key: f"a copy of trial {keys[0 if key != keys[0] else 1]}, or that of it"
        for keys in alike.values()
        for key in keys
        if len(keys) > 1
    }


@dataclass(frozen=True)
class _Rule:
    """What the trials of a group have in common."""

    name: str
    value: Callable[[TrialResult], Hashable]
    group: Callable[[Trial, TrialResult], Hashable]

    def broken(self, trials: Mapping[str, Trial], results: Results) -> dict[str, str]:
        """Why results do not fit the others, by key."""
        groups: defaultdict[Hashable, dict[str, Hashable]] = defaultdict(dict)
        for key, result in results.items():
            groups[self.group(trials[key], result)][key] = self.value(result)
        reasons = {}
        for values in groups.values():
            usual = [value for value, _ in Counter(values.values()).most_common(2)]
            for key in _outvoted(values):
                other = next(value for value in usual if value != values[key])
                reasons[key] = f"{self.name} {_text(values[key])}, of other trials {_text(other)}"
        return reasons


def _outvoted(values: Mapping[str, Hashable]) -> list[str]:
    """Keys of all but the most frequent value; every key where two values are the most frequent."""
    most = Counter(values.values()).most_common(2)
    tie = len(most) > 1 and most[0][1] == most[1][1]
    return [key for key, value in values.items() if tie or value != most[0][0]]


def _classes(result: TrialResult) -> int:
    return int(result.prediction.probability.shape[1])


def _layers(result: TrialResult) -> tuple[tuple[str, int], ...]:
    return tuple((name, len(layer.trained_beta)) for name, layer in result.recovery.items())


def _labels(result: TrialResult) -> str:
    return digest(result.labels.astype(np.int64))[:8]


def _text(value: Hashable) -> str:
    if not isinstance(value, tuple):
        return str(value)
    more = ", ..." if len(value) > 3 else ""
    return ", ".join(f"{printable(name)[:30]} {neurons}" for name, neurons in value[:3]) + more


def _images_asked(trial: Trial, _result: TrialResult) -> Hashable:
    return trial.config.dataset.name, trial.config.evaluation.images


SAME_IMAGES = _Rule("images", lambda result: result.images_digest, _images_asked)
RULES = (
    _Rule("classes", _classes, lambda trial, _: trial.config.checkpoint),
    _Rule("neurons", _layers, lambda trial, _: (trial.config.checkpoint, trial.what == "hardware")),
    _Rule("images", lambda result: len(result.labels), _images_asked),
    _Rule("digest of labels", _labels, lambda _, result: result.images_digest),
)
