"""Whether a network that sees one bit of each pixel loses grey levels. Loads no torch."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.datasets.dataset import Dataset
from crossbar_nsm.nsm.architecture import Architecture
from device_models.warning import warn

GREY = (0.1, 0.9)
MOST_GREY = 0.125  # share of pixels; event frames 0, MNIST 0.09, KMNIST 0.16 (one bit costs 2 points), CIFAR-10 0.88
LOOKED_AT = 1000  # images, at equal distances


def warn_of_lost_grey(name: str, data: Dataset, architecture: Architecture) -> None:
    """Warn where `encoding: sign` makes one bit of pixels many of which are grey."""
    share = 0.0 if architecture.encoding == "real" else grey_share(data.spread(LOOKED_AT).images)
    if share > MOST_GREY:
        warn(
            f"data set {name}: {100 * share:.0f} % of the pixels are grey (from {GREY[0]} to {GREY[1]}), and of each "
            "network.encoding: sign keeps one bit, x >= 1/2, which cost a small network 6 points of error on CIFAR-10; "
            "a network trained with network.encoding: real keeps them (crossbar-nsm docs train_a_network)"
        )


def grey_share(images: np.ndarray) -> float:
    """The share of pixels between nearly black and nearly white."""
    return float(((images > GREY[0]) & (images < GREY[1])).mean())
