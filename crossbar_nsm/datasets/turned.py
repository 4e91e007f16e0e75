"""Images turned about their centre."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import rotate

from device_models.errors import DatasetError


def turned(images: np.ndarray, angle_deg: float) -> np.ndarray:
    """Images (n, ..., height, width) turned counter-clockwise about their centre, with linear interpolation; what comes
    in from outside is black.

    Raises DatasetError for flat images."""
    if images.ndim < 3:
        raise DatasetError(f"images of shape {images.shape[1:]} cannot be turned; store them as height x width")
    result: np.ndarray = rotate(images, angle_deg, axes=(-2, -1), reshape=False, order=1, mode="constant")
    return result
