"""Images as a user has them, in any array of numbers, and as a network sees them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import Architecture
from device_models.checks.arguments import lengths, real_array
from device_models.checks.memory import check_memory
from device_models.errors import DatasetError, quoted
from device_models.warning import warn

MOST_OF_ONE = 1_000_000  # in one dimension, which is no batch, but of which numpy would make an array first
BYTES = 16  # of a value, at most: as float32, as its size while it is checked, and as a state
GRADIENTS_END = (
    "images require gradients, which end here: passes are drawn outside torch; net(states, 'synapse', draws) keeps "
    "them (Network.forward), xb.train trains networks, also for a device, and xb.tune a chip; give images.detach() "
    "where none are wanted"
)
_ONE = torch.ones((), dtype=torch.float32, device="cpu")


def encoded(pixels: Tensor, architecture: Architecture) -> Tensor:
    """States that the first layer sees of pixels (batch, ...) in [0,1]."""
    shape = (len(pixels), *next(architecture.placements()).inputs)
    x = (2 * pixels - 1).reshape(shape)
    return x if architecture.encoding == "real" else torch.where(x >= 0, _ONE, -_ONE)


def pixels_of(images: Any, architecture: Architecture) -> Tensor:
    """Images as float32. Raises DatasetError when the size does not fit the network or a value lies outside [-1, 1], or
    below 0 where the first layer sees real numbers."""
    x = real_numbers(images)
    if x.ndim < 2 or x.shape[0] == 0 or not architecture.takes(tuple(x.shape[1:])):
        raise DatasetError(
            f"images of shape {tuple(x.shape)}: expected a batch of one or more images "
            f"of {architecture.image_text} each, flat or image shaped"
        )
    if not bool((x.abs() <= 1).all()):  # also catches NaN
        raise DatasetError("images hold NaN or values outside [0, 1] (or +-1); divide 8-bit images by 255")
    if architecture.encoding == "real" and bool((x < 0).any()):
        raise DatasetError(
            "images hold values outside [0, 1], from which a network with encoding: real computes 2x - 1; "
            "give (x + 1)/2 of images in [-1, 1]"
        )
    return x


def in_8_bits(images: Any, architecture: Architecture) -> np.ndarray:
    """Images that `pixels_of` takes, or of 8 bits (0 to 255, or 0 and 1), as (n, inputs) uint8."""
    values = images.numpy() if isinstance(images, Tensor) and images.dtype == torch.uint8 else images
    if isinstance(values, np.ndarray) and values.dtype == np.uint8:
        values = values.astype(np.float32) / (255 if values.size and values.max() > 1 else 1)
    pixels = pixels_of(values, architecture).numpy()
    rounded: np.ndarray = np.rint(255 * pixels.reshape(len(pixels), -1).clip(0, 1)).astype(np.uint8)
    return rounded


def real_numbers(images: Any) -> Tensor:
    """float32 on the CPU, C-contiguous, of whatever torch or numpy make an array of real numbers of; nothing is
    dropped on the way, such as imaginary parts or masks. Raises DatasetError, also for more than memory can hold, which
    an array that repeats its values may stand for. Warns of gradients, which end here."""
    shape = lengths(images)
    if len(shape) == 1 and shape[0] > MOST_OF_ONE:
        _refuse(f"{shape[0]} in a row")
    check_memory(BYTES * math.prod(shape), f"images of shape {quoted(shape)}", DatasetError)
    if isinstance(images, Tensor):
        if images.is_complex() or images.is_quantized or images.layout != torch.strided or images.is_meta:
            _refuse(f"a tensor of {images.dtype}, {images.layout}, on {images.device}")
        if images.requires_grad and torch.is_grad_enabled():
            warn(GRADIENTS_END)
        return images.detach().to("cpu", torch.float32).contiguous()
    array = real_array(images)
    if array is None:
        masked = isinstance(images, np.ma.MaskedArray)
        _refuse("masked numbers" if masked else f"{quoted(images)} ({type(images).__name__})")
    with np.errstate(over="ignore"):  # infinite is refused as out of range
        return torch.from_numpy(np.array(array, np.float32, order="C"))


def _refuse(given: str) -> None:
    raise DatasetError(f"images: expected real numbers in an array (batch, pixels) or image shaped, got {given}")
