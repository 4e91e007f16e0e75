"""Images as a user has them, in any array of numbers, as a float32 tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from device_models.checks.arguments import lengths, real_array
from device_models.checks.memory import check_memory
from device_models.errors import DatasetError, quoted

MOST_OF_ONE = 1_000_000  # in one dimension, which is no batch, but of which numpy would make an array first
BYTES = 16  # of a value, at most: as float32, as its size while it is checked, and as a state


def real_numbers(images: Any) -> Tensor:
    """float32 on the CPU, C-contiguous, of whatever torch or numpy make an array of real numbers of; nothing is
    dropped on the way, such as imaginary parts or masks. Raises DatasetError, also for more than memory can hold, which
    an array that repeats its values may stand for."""
    shape = lengths(images)
    if len(shape) == 1 and shape[0] > MOST_OF_ONE:
        _refuse(f"{shape[0]} in a row")
    check_memory(BYTES * math.prod(shape), f"images of shape {quoted(shape)}", DatasetError)
    if isinstance(images, Tensor):
        if images.is_complex() or images.is_quantized or images.layout != torch.strided or images.is_meta:
            _refuse(f"a tensor of {images.dtype}, {images.layout}, on {images.device}")
        return images.detach().to("cpu", torch.float32).contiguous()
    array = real_array(images)
    if array is None:
        masked = isinstance(images, np.ma.MaskedArray)
        _refuse("masked numbers" if masked else f"{quoted(images)} ({type(images).__name__})")
    with np.errstate(over="ignore"):  # infinite is refused as out of range
        return torch.from_numpy(np.array(array, np.float32, order="C"))


def _refuse(given: str) -> None:
    raise DatasetError(f"images: expected real numbers in an array (batch, pixels) or image shaped, got {given}")
