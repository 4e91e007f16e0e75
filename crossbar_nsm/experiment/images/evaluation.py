"""The images that a configuration evaluates."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from crossbar_nsm.datasets.catalogue import OF_USERS, read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.datasets.registered import RegisteredDataset
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.experiment.file_digest import file_digest
from crossbar_nsm.experiment.images.fit import check_fits
from crossbar_nsm.experiment.images.grey_levels import warn_of_lost_grey
from device_models.files.archives import is_npz
from device_models.warning import warn

if TYPE_CHECKING:
    from crossbar_nsm.nsm.network import Network


def evaluation_images(config: ExperimentConfig, net: Network) -> Dataset:
    """The images that `config` asks for, kept until others are; warns of those that the network was trained on, and of
    grey levels that it does not see. Raises DatasetError when images or labels do not fit the network."""
    name = config.dataset.name
    content = file_digest(Path(name)) if is_npz(name) and Path(name).is_file() else ""
    data = _read(name, config.dataset.root, config.evaluation.images, content, OF_USERS.get(name))
    check_fits(name, data, net.architecture)
    warn_of_lost_grey(name, data, net.architecture)
    trained_on = net.trained_on(data.images)
    if trained_on is not None and trained_on.any():
        warn(
            f"data set {name}: {trained_on.sum()} of {len(data)} evaluated images were used in training, so theirs is "
            "training error; evaluate images that were not (dataset.name)"
        )
    return data


@lru_cache(maxsize=1)
def _read(
    name: str, root: str | None, images: int | None, _content: str, _registered: RegisteredDataset | None
) -> Dataset:
    return read_dataset(name, "test", root).first(images)
