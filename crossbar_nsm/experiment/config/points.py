"""Configurations at the points of a sweep, and what is wrong at some of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from crossbar_nsm.experiment.config.devices import validated
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.overrides import set_value
from crossbar_nsm.experiment.config.settings_text import settings_text
from crossbar_nsm.experiment.config.sweep_section import combinations, path_of, sweep_factors
from device_models.errors import MOST_MISTAKES, ConfigError
from device_models.files.document import Document


def mistakes_at_points(document: Document, known: list[str]) -> list[str]:
    """What is wrong at points of the sweep beyond what is known of the configuration; each mistake once."""
    sweep = document.data.get("sweep")
    points = list(combinations(sweep_factors(sweep)[0])) if isinstance(sweep, dict) else []
    wrong: dict[str, list[dict[str, Any]]] = {}
    base = _without_sweep(document)
    for settings in points:
        try:
            _at_point(base, document, settings)
        except ConfigError as error:
            for line in dict.fromkeys(error.mistakes):
                wrong.setdefault(line, []).append(settings)
        if len(wrong) > MOST_MISTAKES:
            break
    return [line + _which(having, points) for line, having in wrong.items() if line not in known]


def _which(having: list[dict[str, Any]], points: list[dict[str, Any]]) -> str:
    """Which of the points have a mistake: those with certain settings, or the first of them; nothing when all have."""
    first = having[0]
    shared = {key: value for key, value in first.items() if all(point[key] == value for point in having)}
    if len(having) == sum(all(point[key] == value for key, value in shared.items()) for point in points):
        return f" (sweep: {settings_text(shared)})" if shared else ""
    return f" (sweep: {settings_text(first)}" + (f"; and {len(having) - 1} more)" if len(having) > 1 else ")")


def at_point(document: Document, settings: dict[str, Any]) -> ExperimentConfig:
    """The configuration of one sweep point: `settings` set, no sweep."""
    return next(at_points(document, [settings]))


def at_points(document: Document, points: Iterable[dict[str, Any]]) -> Iterator[ExperimentConfig]:
    """`at_point` of many points."""
    base = _without_sweep(document)
    return (_at_point(base, document, settings) for settings in points)


def _without_sweep(document: Document) -> Document:
    data = {key: value for key, value in document.data.items() if key != "sweep"}
    return Document(data, {path: place for path, place in document.where.items() if path[:1] != ("sweep",)})


def _at_point(base: Document, document: Document, settings: dict[str, Any]) -> ExperimentConfig:
    """`at_point` for one of many points; base: the document without its sweep."""
    sweep, point = document.data.get("sweep") or {}, base.copy()
    for key, value in sorted(settings.items(), key=lambda item: item[0].count(".")):  # a section before its keys
        place = document.place(("sweep", *path_of(sweep, key)))
        set_value(point, tuple(key.split(".")), value, place)
    return validated(point, ExperimentConfig)


def sweep_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """All combinations of the sweep's values, in the order in which they are written; none without a sweep."""
    return list(combinations(sweep_factors(config.sweep)[0]))
