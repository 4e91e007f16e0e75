"""Every layer's inputs for the network's calibration images, and the warning where there are none."""

from __future__ import annotations

import numpy as np

from crossbar_nsm.nsm.network import Network
from device_models.warning import warn

ATTACH = (
    "set calibration_images: training (of the evaluated data set, those that are not evaluated; or a data set, or "
    "FILE.npz), or in Python net.calibration_images = x"
)


def calibration_states(net: Network, seed: int) -> dict[str, np.ndarray]:
    """Inputs of every layer, drawn by the ideal network; empty without calibration images."""
    images = net.calibration_images
    return {} if images is None else net.layer_inputs(images.astype(np.float32) / 255, seed=seed)


def warn_of_none() -> None:
    """Warns that a chip is calibrated without calibration images."""
    warn(
        "the network carries no calibration images, so neurons are calibrated as if their inputs were independent and "
        f"without offset, which can cost many points of error (with wires, say): {ATTACH}"
    )
