"""Calibration images that a configuration names, in place of those that the checkpoint carries (or does not)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from crossbar_nsm.datasets.catalogue import OF_USERS, check_name, keeps_test_images_apart, read_dataset
from crossbar_nsm.experiment.config.evaluation import TRAINING_PART, ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from device_models.errors import DatasetError
from device_models.files.home import at_home

if TYPE_CHECKING:
    from crossbar_nsm.nsm.network import Network

COUNT = 256


def check_calibration_source(name: str) -> None:
    """Raises DatasetError unless `name` is `training`, a known data set or an existing .npz file."""
    if name != TRAINING_PART:
        try:
            check_name(name)
        except DatasetError as error:
            raise DatasetError(f"calibration_images: {error} (or {TRAINING_PART})") from None


def with_calibration_images(net: Network, config: ExperimentConfig) -> Network:
    """`net` as it is, or with the images that `config.calibration_images` names. Raises DatasetError for images that
    are not there, or that the network does not take."""
    images = read_calibration_images(config)
    return net if images is None else net.with_calibration_images(images)


def read_calibration_images(config: ExperimentConfig) -> np.ndarray | None:
    """256 images at equal distances, none of them evaluated; None where the configuration names none."""
    source, data = config.calibration_images, config.dataset
    if source is None:
        return None
    digests = (file_digest(Path(name)) for name in (source, data.name) if Path(name).is_file())
    contents = (*digests, *map(OF_USERS.get, (source, data.name)))
    return _read(source, data.name, data.root, config.evaluation.images, contents)


def check_calibration_images(configs: Iterable[ExperimentConfig]) -> None:
    """Raises DatasetError, before work is spent, where there are no images to calibrate with."""
    for config in configs:
        read_calibration_images(config)


def calibration_images_of(name: str, root: str | None = None) -> np.ndarray:
    """256 images at equal distances of the training part of data set `name`."""
    return read_dataset(at_home(name), "train", root).spread(COUNT).images


@lru_cache(maxsize=16)
def _read(source: str, evaluated: str, root: str | None, count: int | None, _known_by: tuple[Any, ...]) -> np.ndarray:
    name = evaluated if source == TRAINING_PART else source
    check_name(name)
    data = read_dataset(name, "train", root)
    if name == evaluated and keeps_test_images_apart(name):
        return data.spread(COUNT).images
    evaluated_images = read_dataset(evaluated, "test", root).first(count)
    if evaluated_images.images[0].size != data.images[0].size:
        return data.spread(COUNT).images  # which the network refuses, or else those that are evaluated
    left = data.without(evaluated_images)
    if not len(left):
        raise DatasetError(
            f"calibration_images: {source}: all {len(data)} images of {name} are evaluated; evaluate fewer "
            f"(evaluation.images={len(data) * 4 // 5}), or name another data set (mnist, say) or FILE.npz"
        )
    return left.spread(COUNT).images
