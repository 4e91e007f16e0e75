"""A study on small numbers: the whole way from training to page in a minute or two, and no result.

Whatever it writes lies in a folder of its own and says that it is a quick run: table, figure, page and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crossbar_nsm.datasets.catalogue import read_dataset
from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.nsm.architecture import multiply_adds
from crossbar_nsm.reproduce.config import NetworkToTrain, ReproduceConfig
from crossbar_nsm.reproduce.reproduction import Reproduction
from device_models.errors import DatasetError
from device_models.files.signs import npz_bytes
from device_models.files.writing import write_bytes

FOLDER = "quick"
MARK = "QUICK RUN, NO RESULT"
SAYS = "A quick run on a few images and epochs, which shows that all works and nothing of the networks compared."
BUNDLED = {"mnist": "mnist5k"}  # whose images come with the package
FEWEST_IMAGES, MOST_IMAGES = 60, 1000
PRODUCTS = 2e9  # of an epoch's passes over the training images, about
EPOCHS, BATCH_SIZE, SAMPLES = 2, 20, 5  # at most
NUMBERS: dict[str, dict[str, Any]] = {
    "watch": {"runs": 1, "fine_steps": 5, "coarse_steps": 10, "probe_images": 20, "gradient_images": 20,
              "gradient_draws": 2},
    "robustness": {"copies": 2, "samples": 2},
    "rotation": {"images": 20, "samples": 5},
}  # fmt: skip


@dataclass(frozen=True)
class Counts:
    """Images of a quick run."""

    training: int
    validation: int
    test: int


def images_of(config: ReproduceConfig) -> Counts:
    """As many as the network passes in a second or so."""
    network = config.architecture(NetworkToTrain(method="nsm"))
    products = sum(multiply_adds(place) for place in network.placements())
    training = int(np.clip(PRODUCTS / products, FEWEST_IMAGES, MOST_IMAGES))
    return Counts(training, training // 3, training // 3)


def quick_config(config: ReproduceConfig, folder: Path) -> ReproduceConfig:
    """The same networks on the images of `write_images`, all numbers that cost time at their smallest or at those of
    this module."""
    fields, counts = config.model_dump(mode="json"), images_of(config)
    fields["dataset"] = {"name": str(_images_path(config, folder)), "validation_images": counts.validation}
    fields["test"] |= {"dataset": None, "samples": min(config.test.samples, SAMPLES)}
    fields["runs"] = 1
    for section, most in NUMBERS.items():
        fields[section] |= {key: min(fields[section][key], value) for key, value in most.items()}
    fields["robustness"] |= {key: _ends(fields["robustness"][key]) for key in ("row_sd", "bits", "ranges")}
    angles = fields["rotation"]["angles_deg"]
    fields["rotation"]["angles_deg"] = [angles[0], angles[-1]]
    for network in [*fields["trained"].values(), *fields["watched"].values()]:
        network["training"] = _quick_training(network["training"], counts)
    return ReproduceConfig.model_validate(fields)


def write_images(config: ReproduceConfig, folder: Path) -> None:
    """The first images of `config`, for its quick run; of MNIST those that come with the package, which need no data
    folder. Raises DatasetError without the data."""
    counts = images_of(config)
    training, test = _images(config, counts.training + counts.validation, counts.test)
    arrays = {"x_train": training.images, "y_train": training.labels, "x_test": test.images, "y_test": test.labels}
    write_bytes(_images_path(config, folder), npz_bytes("images of a quick run", arrays), owned=True)


def marked(study: Reproduction, figure: Figure) -> Reproduction:
    """The study with the mark on title and words; on the figure it is drawn."""
    figure.text(
        0.5, 0.5, MARK, ha="center", va="center", rotation=20, fontsize=16, weight="bold", color="#b00020", alpha=0.35,
        zorder=100,
    )  # fmt: skip
    return replace(
        study, title=f"{MARK}: {study.title}", says=f"{SAYS} {study.says}", numbers={"quick": True, **study.numbers}
    )


def _images(config: ReproduceConfig, training: int, test: int) -> tuple[Dataset, Dataset]:
    bundled = BUNDLED.get(config.dataset.name)
    if bundled is not None:
        data = read_dataset(bundled)
        return data.take(slice(training)), data.take(slice(training, training + test))
    name, root = config.dataset.name, config.dataset.root
    both = read_dataset(name, "train", root), read_dataset(config.test.dataset or name, "test", root)
    for data, count in zip(both, (training, test), strict=True):
        if len(data) < count:
            raise DatasetError(f"data set {name}: a quick run takes {count} images, there are {len(data)}")
    return both[0].spread(training), both[1].spread(test)


def _images_path(config: ReproduceConfig, folder: Path) -> Path:
    return folder / f"{config.name}_{Path(config.dataset.name).stem}.npz"


def _quick_training(training: dict[str, Any], counts: Counts) -> dict[str, Any]:
    few = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "validation_samples": 1, "calibration_images": counts.training,
           "initialisation_images": counts.training}  # fmt: skip
    return training | {key: min(training[key], most) for key, most in few.items()} | {"averaging": 0.0}


def _ends(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys((values[0], values[-1])))
