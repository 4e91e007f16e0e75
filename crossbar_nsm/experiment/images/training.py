"""The images of a training run. Loads no torch: `validate` asks for them too."""

from __future__ import annotations

from crossbar_nsm.datasets.catalogue import keeps_test_images_apart, read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.experiment.config.training import TrainConfig
from crossbar_nsm.experiment.images.fit import check_fits
from crossbar_nsm.experiment.images.grey_levels import warn_of_lost_grey
from device_models.errors import DatasetError
from device_models.number_text import counted


def training_split(config: TrainConfig) -> tuple[Dataset, Dataset]:
    """Training and validation images: excluded images left out, then a random hold-out drawn with split_seed. Warns of
    grey levels that the network does not see; pixels binarised at random in training do not bring them back, since the
    trained network sees x >= 1/2."""
    settings = config.dataset
    data = read_dataset(settings.name, "train", settings.root)
    if settings.exclude is not None:
        whole, data = data, data.without(read_dataset(settings.exclude, "train", settings.root))
        if not len(data):
            raise DatasetError(
                f"dataset.exclude={settings.exclude}: holds all {counted(len(whole), 'training image')} of "
                f"{settings.name}, so none is left to train on; exclude another data set, or null for none"
            )
    check_fits(settings.name, data, config.network)
    warn_of_lost_grey(settings.name, data, config.network)
    try:
        return data.split(settings.validation_images, settings.split_seed)
    except DatasetError as error:
        without = "" if settings.exclude is None else f" without those of {settings.exclude}"
        raise DatasetError(f"{error} (training images of {settings.name}{without})") from None


def final_test_images(config: TrainConfig) -> Dataset | None:
    """Read before training, so that a missing file is not found out hours later."""
    name = config.test.dataset
    if name is None:
        if not keeps_test_images_apart(config.dataset.name):
            return None
        name = config.dataset.name
    data = read_dataset(name, "test", config.dataset.root)
    check_fits(name, data, config.network)
    return data
