"""Images of one data set in the form of another's, so that a network sees images that it was not made for."""

from __future__ import annotations

import numpy as np

from device_models.errors import DatasetError

COLOURS = 3


def fitted(images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Images (n, height, width) or (n, channels, height, width) in [0,1] as (n, *shape).

    Where the numbers of channels differ they become grey, colours by their mean, frames of events by their maximum (an
    event in any frame), and the grey image is shown in all channels. Larger images are shrunk by the largest whole
    factor that leaves them no smaller than asked for, by means of blocks, and the rest is cropped at the centre;
    smaller ones get a black frame. Raises DatasetError for flat images.
    """
    if images.ndim < 3 or len(shape) < 2:
        flat = images.shape[1:] if images.ndim < 3 else shape
        raise DatasetError(f"images of shape {flat} cannot be fitted to others; store them as height x width")
    channels = shape[0] if len(shape) == 3 else 1
    pictures = images[:, None] if images.ndim == 3 else images
    if pictures.shape[1] != channels:
        pictures = np.repeat(_grey(pictures), channels, axis=1)
    result: np.ndarray = _centred(_shrunk(pictures, shape[-2:]), shape[-2:]).reshape(-1, *shape)
    return np.ascontiguousarray(result, np.float32)


def _grey(images: np.ndarray) -> np.ndarray:
    """(n, 1, height, width)."""
    result: np.ndarray = (
        images.mean(axis=1, keepdims=True) if images.shape[1] == COLOURS else images.max(axis=1, keepdims=True)
    )
    return result


def _shrunk(images: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    factor = min(have // want for have, want in zip(images.shape[-2:], size, strict=True))
    if factor < 2:
        return images
    height, width = (length // factor * factor for length in images.shape[-2:])
    blocks = images[..., :height, :width].reshape(*images.shape[:2], height // factor, factor, width // factor, factor)
    result: np.ndarray = blocks.mean(axis=(3, 5))
    return result


def _centred(images: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Cropped, or framed in black, to height and width `size`, about the centre."""
    for axis, want in zip((2, 3), size, strict=True):
        have = images.shape[axis]
        before = abs(want - have) // 2
        if want < have:
            images = images.take(range(before, before + want), axis=axis)
        else:
            around = [(0, 0)] * 4
            around[axis] = (before, want - have - before)
            images = np.pad(images, around)
    return images
