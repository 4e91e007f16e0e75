"""The files that a training run names, looked at before it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from crossbar_nsm.datasets.catalogue import check_name, description_of, is_quick, keeps_test_images_apart, read_dataset
from crossbar_nsm.datasets.dataset import Split
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.fit import check_fits
from crossbar_nsm.experiment.images.training import training_split
from crossbar_nsm.experiment.training.run_folder import check_places
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.checkpoints.architecture import checkpoint_architecture
from device_models.errors import CrossbarError, DatasetError, FileError
from device_models.files.document import Document, Path_
from device_models.files.home import at_home

Names = list[tuple[Path_, Callable[[str], object]]]  # where names stand in a document, and what refuses wrong ones


def check_training_names(
    document: Document, architecture: Architecture | None, trainings: Iterable[Path_]
) -> list[str]:
    """Data sets and checkpoints that are missing or do not fit the network (None: it is not known). trainings: where
    the `training` sections are."""
    root, test = document.get(("dataset", "root")), document.get(("test", "dataset"))
    folder = at_home(root) if isinstance(root, str) else None

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
    return check_names(document, names)


def check_names(document: Document, names: Names) -> list[str]:
    """One line for every name in the document that its check refuses."""
    mistakes: list[str] = []
    for key, check in names:
        given = document.get(key)
        if isinstance(given, str):
            try:
                check(at_home(given))
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
    description = description_of(name)
    if description is None:
        return
    if not architecture.takes(description.shape):
        shape = "x".join(map(str, description.shape))
        raise DatasetError(f"data set {name} has images of {shape}, the network takes {architecture.image_text}")
    if description.classes > architecture.classes:
        raise DatasetError(
            f"data set {name} has {description.classes} classes, the output layer {architecture.classes} outputs"
        )


def check_training(document: Document, config: TrainConfig, without_images: bool) -> list[str]:
    """Images that cannot be split, where they are read in a moment, and files that cannot be written."""
    mistakes, data = [], config.dataset
    try:
        if not without_images and is_quick(data.name, "train", data.root):
            if data.exclude is not None and not is_quick(data.exclude, "train", data.root):
                data = data.model_copy(update={"exclude": None})  # at most so many are left
            training_split(config.model_copy(update={"dataset": data}))
    except DatasetError as error:
        mistakes.append(f"{document.place(('dataset', 'validation_images'))}: {error}")
    try:
        check_places(config)
    except FileError as error:
        mistakes.append(f"{document.place(('output',))}: output: {error}")
    return mistakes
