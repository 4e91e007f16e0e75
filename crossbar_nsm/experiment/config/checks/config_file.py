"""Every mistake of a configuration file, those in what it names included: data sets, checkpoints, measured cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from crossbar_nsm.datasets.catalogue import check_name
from crossbar_nsm.experiment.config.checks.evaluation_files import NamedFiles
from crossbar_nsm.experiment.config.checks.training_files import (
    Names,
    check_names,
    check_training,
    check_training_names,
)
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.config.load import resolve, resolve_training
from crossbar_nsm.experiment.config.named_files import config_document
from crossbar_nsm.experiment.config.points import at_points, sweep_points
from crossbar_nsm.experiment.config.settings_text import settings_text
from crossbar_nsm.experiment.config.sweep_section import path_of
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.calibration import check_calibration_source
from crossbar_nsm.mapping.files.conductance_file import check_conductance_file
from crossbar_nsm.nsm.bundled import find_checkpoint
from device_models.errors import ConfigError
from device_models.files.document import Document

MOST_POINTS = 20  # of a sweep whose files are looked at
NAMING = ("checkpoint", "dataset", "evaluation", "calibration_images", "array", "neuron", "layers")  # files, or theirs
Checked = TypeVar("Checked")


def check_file(path: str | Path, overrides: Iterable[str] = ()) -> list[str]:
    """Every mistake of a configuration file, evaluation or training (told apart by its `network` section), those of the
    files that it names included, as far as they are found in a second or so: see
    `crossbar_nsm.experiment.config.checks.evaluation_files`."""

    def checked(document: Document) -> TrainConfig | ExperimentConfig:
        return resolve_training(document) if "network" in document.data else resolve(document)

    document, config, mistakes = read_checked(path, overrides, checked)
    if isinstance(config, ExperimentConfig):
        return _check_points(document, config)
    if "network" in document.data:
        architecture = None if config is None else config.network
        mistakes += check_training_names(document, architecture, [("training",)])
        return mistakes if config is None else mistakes + check_training(document, config, bool(mistakes))
    names: Names = [(("dataset", "name"), check_name), (("calibration_images",), check_calibration_source)]
    names += [(("checkpoint",), find_checkpoint), (("array", "conductances"), check_conductance_file)]
    return mistakes + check_names(document, names)


def read_checked(
    path: str | Path, overrides: Iterable[str], checked: Callable[[Document], Checked]
) -> tuple[Document, Checked | None, list[str]]:
    """A file as a document (an empty one, when it cannot be read), what `checked` makes of it (None, when it refuses),
    and the mistakes."""
    document = Document({}, {})
    try:
        document = config_document(path, overrides)
        return document, checked(document), []
    except ConfigError as error:
        return document, None, error.mistakes


def _check_points(document: Document, config: ExperimentConfig) -> list[str]:
    """One line for every mistake in the files that the configuration names at any point, at the first MOST_POINTS of
    those that differ in them."""
    distinct: dict[str, dict[str, Any]] = {}
    for settings in sweep_points(config) or [{}]:
        distinct.setdefault(json.dumps(_naming(settings), sort_keys=True, default=repr), settings)
    points, files = list(islice(distinct.values(), MOST_POINTS)), NamedFiles()
    wrong: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for settings, one in zip(points, at_points(document, points), strict=True):
        for problem in files.problems(one):
            wrong.setdefault(problem, []).append(settings)
    return [
        f"{_place(document, having[0], key)}: {text}" + ("" if len(having) == len(points) else _which(key, having[0]))
        for (key, text), having in wrong.items()
    ]


def _naming(settings: dict[str, Any]) -> dict[str, Any]:
    """Of the settings of a point, those that say which files are used, or what must be in them."""
    return {key: value for key, value in settings.items() if key.split(".")[0] in NAMING}


def _which(key: str, settings: dict[str, Any]) -> str:
    others = {other: value for other, value in _naming(settings).items() if other != key}
    return f" (sweep: {settings_text(others)})" if others else ""


def _place(document: Document, settings: dict[str, Any], key: str) -> str:
    """Where a key is written: in the sweep, by itself or by its section, or else in the configuration."""
    sweep = document.data.get("sweep") or {}
    swept = [name for name in settings if key == name or key.startswith(f"{name}.")]
    return document.place(("sweep", *path_of(sweep, swept[-1])) if swept else tuple(key.split(".")))
