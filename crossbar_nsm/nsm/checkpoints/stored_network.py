"""A network made of the tensors and metadata that describe it, and these read from a safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.checkpoints.header import (
    DIGESTS,
    IMAGES,
    architecture_from,
    check_header,
    check_names,
    facts_from,
    unreadable,
)
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.values import problem_of
from device_models.errors import CheckpointError


@computing()
def network_from(path: Path, tensors: dict[str, Tensor], metadata: Mapping[str, str]) -> Network:
    """The network that `tensors` and `metadata` describe; `path` is named in errors."""
    images, digests = tensors.pop(IMAGES, None), tensors.pop(DIGESTS, None)
    architecture = architecture_from(path, metadata)
    _check_tensors(path, architecture, tensors)  # before memory is taken for what the metadata only claim
    net = Network(
        architecture,
        facts_from(path, metadata),
        None if images is None else _images(path, images, architecture),
        None if digests is None else _digests(path, digests),
    )
    for name, value in net.values().items():
        value.copy_(tensors[name])
    return net


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file; raises CheckpointError when it is damaged."""
    check_header(path)
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise unreadable(path, error) from None
    except Exception as error:  # kinds of numbers that this torch does not have
        raise CheckpointError(f"{path}: holds tensors that cannot be read ({type(error).__name__}: {error})") from None
    check_names(path)
    return tensors, metadata


def _check_tensors(path: Path, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
    """Names, shapes and values; raises CheckpointError."""
    expected = _shapes(architecture)
    if expected.keys() != tensors.keys():
        different = sorted(expected.keys() ^ tensors.keys())
        some = ", ".join(different[:5]) + (f" and {len(different) - 5} more" if len(different) > 5 else "")
        raise CheckpointError(f"{path}: tensors do not fit the architecture (missing or extra: {some})")
    for name, shape in expected.items():
        check_tensor(path, name, tensors[name], shape)


def check_tensor(path: Path, name: str, tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Shape, kind and values of one tensor; raises CheckpointError."""
    if tuple(tensor.shape) != shape:
        raise CheckpointError(f"{path}: {name} has shape {tuple(tensor.shape)}, the architecture needs {shape}")
    if tensor.layout != torch.strided or tensor.device.type != "cpu" or tensor.is_complex() or tensor.is_quantized:
        raise CheckpointError(f"{path}: {name} must be a plain dense tensor of real numbers")
    if not tensor.is_floating_point():
        raise CheckpointError(f"{path}: {name} holds {tensor.dtype}, expected real numbers; write {name}.float()")
    if problem := problem_of(tensor):
        raise CheckpointError(f"{path}: {name} holds {problem}")


def _shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a network, without taking memory for them."""
    with torch.device("meta"):
        return {name: tuple(value.shape) for name, value in Network(architecture).values().items()}


def _images(path: Path, images: Tensor, architecture: Architecture) -> np.ndarray:
    if images.ndim != 2 or images.shape[1] != architecture.inputs or len(images) == 0 or images.dtype != torch.uint8:
        raise CheckpointError(f"{path}: {IMAGES} must be uint8 of shape (n, {architecture.inputs}), n at least 1")
    result: np.ndarray = images.numpy()
    return result


def _digests(path: Path, digests: Tensor) -> np.ndarray:
    if digests.ndim != 1 or digests.dtype != torch.int64:
        raise CheckpointError(f"{path}: {DIGESTS} must be int64 of shape (n), one for every training image")
    result: np.ndarray = digests.numpy().view(np.uint64)
    return result
