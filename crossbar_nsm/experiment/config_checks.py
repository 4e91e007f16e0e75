"""Every mistake of a configuration file, those in what it names included: data sets, checkpoints, measured cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, check_name, is_quick, keeps_test_images_apart, read_dataset
from crossbar_nsm.datasets.dataset import Split
from crossbar_nsm.experiment.calibration_source import check_calibration_source
from crossbar_nsm.experiment.config import (
    ExperimentConfig,
    TrainConfig,
    at_points,
    resolve,
    resolve_training,
    sweep_points,
    with_overrides,
)
from crossbar_nsm.experiment.image_checks import check_fits
from crossbar_nsm.experiment.named_files import NamedFiles
from crossbar_nsm.experiment.studies.run_record import check_places
from crossbar_nsm.experiment.sweep_config import path_of, settings_text
from crossbar_nsm.experiment.training_images import training_split
from crossbar_nsm.mapping.files.conductance_file import check_conductance_file
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.header import checkpoint_architecture
from device_models.errors import ConfigError, CrossbarError, DatasetError, FileError
from device_models.files.document import Document, Path_, load_document

MOST_POINTS = 20  # of a sweep whose files are looked at
NAMING = ("checkpoint", "dataset", "evaluation", "calibration_images", "array", "neuron", "layers")  # files, or theirs
Checked = TypeVar("Checked")
Names = list[tuple[Path_, Callable[[str], object]]]  # where names stand in a document, and what refuses wrong ones


def check_file(path: str | Path, overrides: Iterable[str] = ()) -> list[str]:
    """Every mistake of a configuration file, evaluation or training (told apart by its `network` section), those of the
    files that it names included, as far as they are found in a second or so: see
    `crossbar_nsm.experiment.named_files`."""

    def checked(document: Document) -> TrainConfig | ExperimentConfig:
        return resolve_training(document) if "network" in document.data else resolve(document)

    document, config, mistakes = read_checked(path, overrides, checked)
    if isinstance(config, ExperimentConfig):
        return _check_points(document, config)
    if "network" in document.data:
        architecture = None if config is None else config.network
        mistakes += check_training_names(document, architecture, [("training",)])
        return mistakes if config is None else mistakes + _check_training(document, config, bool(mistakes))
    names: Names = [(("dataset", "name"), check_name), (("calibration_images",), check_calibration_source)]
    names += [(("checkpoint",), find_checkpoint), (("array", "conductances"), check_conductance_file)]
    return mistakes + _check_names(document, names)


def read_checked(
    path: str | Path, overrides: Iterable[str], checked: Callable[[Document], Checked]
) -> tuple[Document, Checked | None, list[str]]:
    """A file as a document (an empty one, when it cannot be read), what `checked` makes of it (None, when it refuses),
    and the mistakes."""
    document = Document({}, {})
    try:
        document = with_overrides(load_document(path), overrides)
        return document, checked(document), []
    except ConfigError as error:
        return document, None, error.mistakes


def check_training_names(
    document: Document, architecture: Architecture | None, trainings: Iterable[Path_]
) -> list[str]:
    """Data sets and checkpoints that are missing or do not fit the network (None: it is not known). trainings: where
    the `training` sections are."""
    root, test = document.get(("dataset", "root")), document.get(("test", "dataset"))
    folder = root if isinstance(root, str) else None

    def check_trained_on(name: str) -> None:
        _check_images(name, "train", folder, architecture)
        if test is None and keeps_test_images_apart(name):
            _check_images(name, "test", folder, architecture)

    def check_start(name: str) -> None:
        trained = checkpoint_architecture(name)
        if architecture is not None:
            architecture.check_start(trained)

    names: Names = [(("dataset", "name"), check_trained_on)]
    names.append((("dataset", "exclude"), lambda name: is_quick(name, "train", folder)))
    names.append((("test", "dataset"), lambda name: _check_images(name, "test", folder, architecture)))
    names += [((*path, "start_from"), check_start) for path in trainings]
    return _check_names(document, names)


def _check_names(document: Document, names: Names) -> list[str]:
    """One line for every name in the document that its check refuses."""
    mistakes: list[str] = []
    for key, check in names:
        given = document.get(key)
        if isinstance(given, str):
            try:
                check(given)
            except CrossbarError as error:
                mistakes.append(f"{document.place(key)}: {error}")
    return mistakes


def _check_images(name: str, split: Split, root: str | None, architecture: Architecture | None) -> None:
    """Raises DatasetError for a data set that is not there or, as described or as far as it is read in a moment, does
    not fit the network."""
    check_name(name)
    if architecture is not None:
        _check_described(name, architecture)
    if is_quick(name, split, root) and architecture is not None:
        check_fits(name, read_dataset(name, split, root), architecture)


def _check_described(name: str, architecture: Architecture) -> None:
    """Raises DatasetError when a data set, as described without reading it, does not fit the network."""
    description = DESCRIPTIONS.get(name)
    if description is None:
        return
    if not architecture.takes(description.shape):
        shape = "x".join(map(str, description.shape))
        raise DatasetError(f"data set {name} has images of {shape}, the network takes {architecture.image_text}")
    if description.classes > architecture.classes:
        raise DatasetError(
            f"data set {name} has {description.classes} classes, the output layer {architecture.classes} outputs"
        )


def _check_training(document: Document, config: TrainConfig, without_images: bool) -> list[str]:
    """Images that cannot be split, where they are read in a moment, and files that cannot be written."""
    mistakes, data = [], config.dataset
    names = [data.name] if data.exclude is None else [data.name, data.exclude]
    try:
        if not without_images and all(is_quick(name, "train", data.root) for name in names):
            training_split(config)
    except DatasetError as error:
        mistakes.append(f"{document.place(('dataset', 'validation_images'))}: {error}")
    try:
        check_places(config)
    except FileError as error:
        mistakes.append(f"{document.place(('output',))}: output: {error}")
    return mistakes


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
