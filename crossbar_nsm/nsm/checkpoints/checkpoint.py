"""Checkpoints: safetensors with the architecture in the metadata, or a plain state_dict. Nothing is ever unpickled.

Tensors: `<layer>.weight`, `<layer>.beta`, `<layer>.c` for NSM layers (other methods: what their layers have),
`<layer>.weight`, `<layer>.bias` for the linear output layer, and optionally `calibration_images` (n, inputs) uint8, a
few training images for calibrating hardware, and `training_digests` (n) int64, which tell the images that the network
was trained on (8 bytes for each; see `crossbar_nsm.datasets.image_digests`).
"""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.header import (
    DIGESTS,
    FORMAT,
    IMAGES,
    architecture_from,
    check_format,
    check_header,
    check_names,
    facts_from,
    is_safetensors,
    unreadable,
)
from crossbar_nsm.nsm.network import Network
from device_models.checks.arguments import a_path, checked, instance_of
from device_models.errors import CheckpointError, quoted
from device_models.files.archives import check_members, open_zip
from device_models.files.reading import MOST_UNPACKED, size_text
from device_models.files.writing import write_bytes

COUNTER = "num_batches_tracked"  # of batch normalisation, which evaluation does not need
LARGEST_VALUE = 1e15  # sums over inputs must stay within float32


@checked(net=instance_of(Network, of="a Network"), path=a_path)
def save_checkpoint(net: Network, path: str | Path) -> Path:
    """Write `net` to a .safetensors file, atomically."""
    return write_bytes(path, safetensors_bytes(checkpoint_tensors(net), checkpoint_metadata(net)))


def safetensors_bytes(tensors: dict[str, Tensor], metadata: dict[str, str]) -> bytes:
    """A safetensors file whose bytes depend on its content alone: the library writes metadata in random order."""
    content = save(tensors, metadata=metadata)
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(metadata.items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors start at a multiple of 8
    return len(text).to_bytes(8, "little") + text + content[end:]


def checkpoint_tensors(net: Network) -> dict[str, Tensor]:
    """Everything of `net` that is stored as tensors."""
    tensors = {name: value.detach().contiguous() for name, value in _state(net).items()}
    if net.calibration_images is not None:
        tensors[IMAGES] = torch.from_numpy(np.ascontiguousarray(net.calibration_images, dtype=np.uint8))
    if net.training_digests is not None:
        tensors[DIGESTS] = torch.from_numpy(net.training_digests.view(np.int64))
    return tensors


def checkpoint_metadata(net: Network) -> dict[str, str]:
    """Everything of `net` that is stored as text."""
    return {"format": FORMAT, "architecture": net.architecture.model_dump_json(), "facts": json.dumps(net.facts)}


@checked(name_or_path=a_path)
def load_checkpoint(name_or_path: str | Path) -> Network:
    """Load a bundled checkpoint by name, a .safetensors file, or a plain state_dict saved by torch.save.

    A state_dict of dense layers holds no noise law; the network then says Bernoulli with keep probability 0.5 (only
    `noise="neuron"` and exact masks depend on it). A state_dict of convolutions is refused: it does not tell how they
    are pooled. Raises CheckpointError when the file is missing, damaged, unsafe, of the wrong shape, or holds NaN.
    """
    path = find_checkpoint(name_or_path)
    tensors, metadata = read_safetensors(path) if is_safetensors(path) else (read_state_dict(path), {})
    check_format(path, metadata)
    return network_from(path, tensors, metadata)


@computing()
def network_from(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> Network:
    """The network that `tensors` and `metadata` describe; `path` is named in errors."""
    images, digests = tensors.pop(IMAGES, None), tensors.pop(DIGESTS, None)
    architecture = architecture_from(path, {name: tuple(t.shape) for name, t in tensors.items()}, metadata)
    _check_tensors(path, architecture, tensors)  # before memory is taken for what the metadata only claim
    net = Network(
        architecture,
        facts_from(path, metadata),
        None if images is None else _images(path, images, architecture),
        None if digests is None else _digests(path, digests),
    )
    for name, value in _state(net).items():
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


def load_tensors(path: Path) -> Any:
    """What torch.save wrote, without running any code in it; raises CheckpointError where it would unpack to more than
    such a file can mean, and else whatever torch does."""
    unpacked_bytes(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pickles and tensors that are refused anyway
        return torch.load(path, weights_only=True, map_location="cpu")


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """Tensors of a plain state_dict by name, without the prefixes `module.` and `layers.`; raises CheckpointError."""
    most = unpacked_bytes(path)
    try:
        state = load_tensors(path)
    except CheckpointError:
        raise
    except Exception as error:
        reason = "damaged, truncated, or not written by torch.save"
        if "Unsupported operand" in str(error):
            reason = "a pickle that torch.save did not write, or damaged; refused, nothing of it was executed"
        elif any(sign in str(error) for sign in ("Unsupported global", "Unsupported class", "GLOBAL")):
            reason = "it wants to run code on loading, which is refused; save net.state_dict() instead"
        raise CheckpointError(f"{path}: not a plain state_dict ({reason})") from None
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: expected a plain state_dict, a mapping from names to tensors")
    tensors: dict[str, Tensor] = {}
    for name, value in state.items():
        short = re.sub(r"^(module\.)?(layers\.)?", "", str(name))
        if short in tensors:
            raise CheckpointError(f"{path}: two tensors are called {short} (with and without a prefix)")
        size = value.numel() * value.element_size()  # nbytes is not known of sparse ones, which are refused later
        if size > most:
            raise CheckpointError(f"{path}: {quoted(short)} says {size_text(size)}, more than the file holds")
        tensors[short] = value.detach()
    return tensors


def unpacked_bytes(path: Path) -> int:
    """What a torch.save file holds at most; raises CheckpointError where that is more than such a file can mean."""
    if not zipfile.is_zipfile(path):
        return min(path.stat().st_size, MOST_UNPACKED)
    with open_zip(path, CheckpointError, "torch.save") as archive:
        check_members(path, archive.infolist(), CheckpointError)
        return sum(member.file_size for member in archive.infolist())


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
    largest = float(tensor.float().abs().max())
    if not largest < LARGEST_VALUE:
        what = "NaN or infinite values" if not largest < float("inf") else f"values up to {largest:.2g}"
        raise CheckpointError(f"{path}: {name} holds {what}")


def _shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of a network, without taking memory for them."""
    with torch.device("meta"):
        return {name: tuple(value.shape) for name, value in _state(Network(architecture)).items()}


def _state(net: Network) -> dict[str, Tensor]:
    """Everything that training sets, running means of batch normalisation included."""
    state = net.state_dict()
    return {name.removeprefix("layers."): value for name, value in state.items() if not name.endswith(COUNTER)}


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
