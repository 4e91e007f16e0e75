"""Every mistake of a configuration file, those in what it names included: data sets, checkpoints, measured cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from crossbar_nsm.datasets.catalogue import DESCRIPTIONS, check_count, check_name
from crossbar_nsm.experiment.config import (
    TRAINING_PART,
    ExperimentConfig,
    TrainConfig,
    resolve,
    resolve_training,
    sweep_points,
    with_overrides,
)
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import find_checkpoint, layer_names
from device_models.document import Document, Path_, load_document
from device_models.errors import ConfigError, CrossbarError, DatasetError

Checked = TypeVar("Checked")
Names = list[tuple[Path_, Callable[[str], object]]]  # where names stand in a document, and what refuses wrong ones


def check_file(path: str | Path, overrides: Iterable[str] = ()) -> list[str]:
    """Every mistake of a configuration file, evaluation or training (told apart by its `network` section), missing
    checkpoints and data sets included."""

    def checked(document: Document) -> TrainConfig | ExperimentConfig:
        return resolve_training(document) if "network" in document.data else resolve(document)

    document, config, mistakes = read_checked(path, overrides, checked)
    if "network" in document.data:
        architecture = config.network if isinstance(config, TrainConfig) else None
        return mistakes + check_training_names(document, architecture, [("training",)])
    names: Names = [(("dataset", "name"), check_name), (("calibration_images",), check_calibration_source)]
    names.append((("checkpoint",), lambda name: _check_layers(document, find_checkpoint(name))))
    names.append((("array", "conductances"), _check_conductances))
    mistakes += _check_names(document, names)
    return mistakes or _check_counts(document, config)


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
    """Data sets and checkpoints that are missing, and data sets that do not fit the network (None: it is not known).
    trainings: where the `training` sections are."""

    def check_images(name: str) -> None:
        check_name(name)
        if architecture is not None:
            _check_described(name, architecture)

    names: Names = [(("dataset", "name"), check_images), (("dataset", "exclude"), check_name)]
    names.append((("test", "dataset"), check_images))
    names += [((*path, "start_from"), find_checkpoint) for path in trainings]
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


def check_calibration_source(name: str) -> None:
    """Raises DatasetError unless `name` is `training`, a known data set or an existing .npz file."""
    if name != TRAINING_PART:
        try:
            check_name(name)
        except DatasetError as error:
            raise DatasetError(f"calibration_images: {error} (or {TRAINING_PART})") from None


def _check_conductances(name: str) -> None:
    from crossbar_nsm.mapping.conductance_file import check_conductance_file  # loads numba

    check_conductance_file(name)


def _check_counts(document: Document, config: TrainConfig | ExperimentConfig | None) -> list[str]:
    """One line for every data set that has fewer images than are asked for, at any point."""
    if not isinstance(config, ExperimentConfig):
        return []
    base = {"dataset.name": config.dataset.name, "evaluation.images": config.evaluation.images}
    asked = {tuple((base | settings)[key] for key in base): settings for settings in sweep_points(config) or [{}]}
    mistakes = []
    for (name, images), settings in asked.items():
        try:
            check_count(name, images)
        except DatasetError as error:
            place = document.place(("sweep", "evaluation.images") if settings else ("evaluation", "images"))
            mistakes.append(f"{place}: evaluation.images: {error}")
    return mistakes


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


def _check_layers(document: Document, checkpoint: Path) -> None:
    """Raises ConfigError when `layers` names one that the checkpoint does not have."""
    known, given = layer_names(checkpoint), document.data.get("layers")
    unknown = sorted(given.keys() - set(known)) if known and isinstance(given, dict) else []
    if unknown:
        has = ", ".join((known or [])[:20])
        raise ConfigError(f"layers: no layer {', '.join(unknown[:5])}; the network has {has}")
