"""Images that travel with a network: some to calibrate a chip with, and marks of those that it was trained on."""

from __future__ import annotations

from copy import copy
from typing import Self

import numpy as np
from torch import Tensor

from crossbar_nsm.datasets.image_digests import image_digests
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.images import in_8_bits, pixels_of
from device_models.errors import DatasetError


class CarriesImages:
    """Part of a network. `training_digests` (sorted uint64) tell the images it was trained on (see
    `crossbar_nsm.datasets.image_digests`; None: unknown)."""

    architecture: Architecture
    training_digests: np.ndarray | None
    _calibration_images: np.ndarray | None

    @property
    def calibration_images(self) -> np.ndarray | None:
        """Images that show a chip's calibration what its neurons see, (n, inputs) uint8, or None.

        They are set as `predict` takes images, or as uint8 (0 to 255, or 0 and 1), and kept in 8 bits; a few hundred
        training images of every class do. Raises DatasetError for images that the network does not take.
        """
        return self._calibration_images

    @calibration_images.setter
    def calibration_images(self, images: Tensor | np.ndarray | None) -> None:
        if images is None:
            self._calibration_images = None
            return
        try:
            self._calibration_images = in_8_bits(images, self.architecture)
        except DatasetError as error:
            raise DatasetError(f"calibration_images: {error}") from None

    def with_calibration_images(self, images: Tensor | np.ndarray) -> Self:
        """The same network, its parameters shared, with other calibration images."""
        other = copy(self)
        other.calibration_images = images
        return other

    def trained_on(self, images: Tensor | np.ndarray) -> np.ndarray | None:
        """Which of the images, as `encode` takes them, it was trained on, (n) bool; None when that is unknown. Raises
        DatasetError for other images."""
        digests = image_digests(pixels_of(images, self.architecture).numpy())
        return None if self.training_digests is None else np.isin(digests, self.training_digests)

    def remember_training_images(self, images: Tensor | np.ndarray) -> None:
        """Add images, as `encode` takes them, to those that it was trained on. Raises DatasetError for others."""
        known = np.empty(0, np.uint64) if self.training_digests is None else self.training_digests
        self.training_digests = np.union1d(known, image_digests(pixels_of(images, self.architecture).numpy()))
