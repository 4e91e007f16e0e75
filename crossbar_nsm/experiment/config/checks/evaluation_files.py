"""The files that an evaluation names, looked at by the checks of the commands that use them, before one spends work.

What takes a fraction of a second is read. Of larger data sets it is looked at whether they are there, and at what is
known of them without reading; of checkpoints at their header. No torch is loaded, but for a checkpoint that is no
safetensors file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from crossbar_nsm.datasets.catalogue import (
    TEST_IMAGES,
    check_count,
    check_name,
    description_of,
    is_quick,
    keeps_test_images_apart,
    read_dataset,
)
from crossbar_nsm.datasets.dataset import Dataset, Split
from crossbar_nsm.datasets.npz import shape_of
from crossbar_nsm.experiment.config.evaluation import TRAINING_PART, ExperimentConfig
from crossbar_nsm.experiment.images.calibration import check_calibration_source, read_calibration_images
from crossbar_nsm.experiment.images.fit import check_fits, check_size
from crossbar_nsm.mapping.files.conductance_file import check_conductance_file
from crossbar_nsm.mapping.files.measured_conductances import measured_conductances
from crossbar_nsm.mapping.mappable import check_layers
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.checkpoints.architecture import checkpoint_architecture
from device_models.errors import CrossbarError
from device_models.files.archives import is_npz

QUICK_BYTES, QUICK_TABLE_BYTES = 2**26, 2**21  # of measured conductances, in an .npz file and in a table


class NamedFiles:
    """Looks at the files of one configuration after another, and reads each of them once."""

    def __init__(self) -> None:
        self._architecture = cache(checkpoint_architecture)
        self._read = cache(read_dataset)

    def problems(self, config: ExperimentConfig) -> Iterator[tuple[str, str]]:
        """(dotted key, what is wrong) of all that is."""
        architecture = None
        try:
            architecture = self._architecture(config.checkpoint)
        except CrossbarError as error:
            yield "checkpoint", str(error)
        if architecture is not None:
            yield from _problem("layers", lambda: check_layers(architecture, config))
        name, asked = config.dataset.name, config.evaluation.images
        images = list(_problem("dataset.name", lambda: self._check_evaluated(config, architecture)))
        if description_of(name) is not None or not images:
            for key, text in _problem("evaluation.images", lambda: check_count(name, asked)):
                yield key, f"{key}: {text}"
        yield from images
        if not images or config.calibration_images != TRAINING_PART:
            yield from _problem("calibration_images", lambda: self._check_calibration(config, architecture))
        yield from _problem("array.conductances", lambda: _check_conductances(config, architecture))

    def _check_evaluated(self, config: ExperimentConfig, architecture: Architecture | None) -> None:
        """Raises DatasetError for images that are not there, or not the network's."""
        name, root, asked = config.dataset.name, config.dataset.root, config.evaluation.images
        data = self._images(name, "test", root, architecture)
        if data is None:
            return
        if not list(_problem("", lambda: check_count(name, asked))):
            data = data.first(asked)
        if architecture is not None:
            check_fits(name, data, architecture)

    def _check_calibration(self, config: ExperimentConfig, architecture: Architecture | None) -> None:
        """The same of calibration images; raises DatasetError, too, when all of them are evaluated."""
        source, evaluated, root = config.calibration_images, config.dataset.name, config.dataset.root
        if source is None:
            return
        check_calibration_source(source)
        name = evaluated if source == TRAINING_PART else source
        data = self._images(name, "train", root, architecture)
        if architecture is not None and data is not None:
            check_size(name, data.images.shape[1:], architecture)
        apart, asked = name != evaluated or keeps_test_images_apart(name), config.evaluation.images
        if data is not None and source != TRAINING_PART:
            self._images(evaluated, "test", root, None)
        if data is not None or not (apart or asked not in (None, TEST_IMAGES.get(name))):
            read_calibration_images(config)

    def _images(self, name: str, split: Split, root: str | None, architecture: Architecture | None) -> Dataset | None:
        """A data set; None for one that is not read here: it takes long, or came with the installation. Raises
        DatasetError when it is missing, or known not to fit the network."""
        check_name(name)
        described = description_of(name)
        if architecture is not None and described is not None:
            check_size(name, described.shape, architecture)
        if is_quick(name, split, root):
            return self._read(name, split, root)
        if architecture is not None and described is None:
            check_size(name, shape_of(Path(name), split)[1:], architecture)
        return None


def _check_conductances(config: ExperimentConfig, architecture: Architecture | None) -> None:
    """Raises MappingError for measured conductances that are not the network's; large files are not read."""
    if config.array.conductances is None:
        return
    path = check_conductance_file(config.array.conductances)
    quick = os.path.getsize(path) <= (QUICK_BYTES if is_npz(path) else QUICK_TABLE_BYTES)
    if architecture is not None and architecture.is_nsm and quick:
        measured_conductances(architecture, config)


def _problem(key: str, check: Callable[[], object]) -> Iterator[tuple[str, str]]:
    try:
        check()
    except CrossbarError as error:
        yield key, str(error)
