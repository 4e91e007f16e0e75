"""Ideal software beside the points of a study: once for all of them, or, where they sweep what software sees (samples,
a checkpoint, images), once for every setting of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.studies.point_results import PointResults
from crossbar_nsm.experiment.studies.rows import Row, make_row
from crossbar_nsm.experiment.studies.trial import OF_IDEAL_SOFTWARE
from crossbar_nsm.experiment.studies.trial_result import TrialResult
from device_models.shown import shown

NEURON, SYNAPSE = "ideal_neuron", "ideal_synapse"
WORDS = {"checkpoint": "network", "dataset": "images", "dataset.name": "images"}


@shown
@dataclass(frozen=True)
class Software:
    """A row of ideal software. settings: swept keys that it sees, with their values (none where all points share it).
    reference: what it is compared with, ideal_neuron with ideal_synapse (None: with nothing)."""

    name: str
    settings: dict[str, Any]
    config: ExperimentConfig
    result: TrialResult
    reference: TrialResult | None = None

    @cached_property
    def row(self) -> Row:
        return make_row(self.name, [self.result], self.settings, self.config, self.reference)


def software_beside(
    points: Sequence[PointResults], ideal: Mapping[str, TrialResult], config: ExperimentConfig
) -> list[Software]:
    """What points are compared with, each once. ideal: of the base configuration, by name, which has a row only where
    points share it."""
    base_name = next((name for name in ideal if name != NEURON), SYNAPSE)
    base, neuron = ideal.get(base_name), ideal.get(NEURON)
    if all(point.reference is base for point in points if point.reference is not None):
        known = [Software(base_name, {}, config, base)] if base is not None else []
        return [*known, *([Software(NEURON, {}, config, neuron, base)] if neuron is not None else [])]
    found: dict[str, Software] = {}
    for point in points:
        settings = {key: value for key, value in point.settings.items() if software_word(key)}
        if point.reference is not None:
            name = base_name if point.config.checkpoint == config.checkpoint else SYNAPSE
            found.setdefault(repr(settings), Software(name, settings, point.config, point.reference))
    shared = next((one for one in found.values() if one.result is base), None)
    beside = [] if shared is None or neuron is None else [Software(NEURON, shared.settings, config, neuron, base)]
    return [*found.values(), *beside]


def same_words(points: Sequence[PointResults]) -> str:
    """What each point has in common with ideal software where not all have the same: `samples`; else empty."""
    if len({id(point.reference) for point in points if point.reference is not None}) < 2:
        return ""
    values: dict[str, set[str]] = {}
    for point in points:
        for key, value in point.settings.items():
            values.setdefault(software_word(key), set()).add(repr(value))
    return " and ".join(word for word, of in values.items() if word and len(of) > 1)


def software_word(key: str) -> str:
    """What a setting changes of ideal software; empty where nothing."""
    section, _, rest = key.partition(".")
    parts = OF_IDEAL_SOFTWARE.get(section, ())
    seen = parts is True or (bool(parts) and (not rest or rest.split(".")[0] in parts))
    return WORDS.get(key, (rest or section).split(".")[0].replace("_", " ")) if seen else ""
