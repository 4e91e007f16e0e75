"""Checkpoints: safetensors with the architecture in the metadata, or a plain state_dict. Nothing is ever unpickled.

Tensors: `<layer>.weight`, `<layer>.beta`, `<layer>.c` for NSM layers, `<layer>.weight`, `<layer>.bias` for the linear
output layer, and optionally `calibration_images` (n, inputs) uint8, a few training images for calibrating hardware.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from crossbar_nsm.engine.files import replace_file
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import NSMNetwork
from device_models.errors import CheckpointError

FORMAT = "crossbar-nsm checkpoint 1"
IMAGES = "calibration_images"


def bundled_checkpoints() -> dict[str, Path]:
    """Checkpoints that come with the package, by name."""
    folder = Path(str(resources.files("crossbar_nsm.nsm") / "bundled"))
    return {path.stem: path for path in sorted(folder.glob("*.safetensors"))}


def save_checkpoint(net: NSMNetwork, path: str | Path) -> Path:
    """Write `net` to a .safetensors file, atomically."""
    tensors, metadata = checkpoint_tensors(net), checkpoint_metadata(net)
    return replace_file(path, lambda temporary: save_file(tensors, temporary, metadata=metadata))


def checkpoint_tensors(net: NSMNetwork) -> dict[str, Tensor]:
    """Everything of `net` that is stored as tensors."""
    tensors = {name: value.detach().contiguous() for name, value in _parameters(net).items()}
    if net.calibration_images is not None:
        tensors[IMAGES] = torch.from_numpy(np.ascontiguousarray(net.calibration_images, dtype=np.uint8))
    return tensors


def checkpoint_metadata(net: NSMNetwork) -> dict[str, str]:
    """Everything of `net` that is stored as text."""
    return {"format": FORMAT, "architecture": net.architecture.model_dump_json(), "facts": json.dumps(net.facts)}


def load_checkpoint(name_or_path: str | Path) -> NSMNetwork:
    """Load a bundled checkpoint by name, a .safetensors file, or a plain state_dict saved by torch.save.

    A state_dict holds no noise law; the network then says Bernoulli with keep probability 0.5 (only `noise="neuron"`
    and exact masks depend on it). Raises CheckpointError when the file is missing, damaged, unsafe, of the wrong
    shape, or holds NaN.
    """
    path = bundled_checkpoints().get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        raise CheckpointError(
            f"checkpoint {name_or_path}: no such file, and no bundled checkpoint of that name "
            f"(bundled: {', '.join(bundled_checkpoints()) or 'none'})"
        )
    tensors, metadata = read_safetensors(path) if _is_safetensors(path) else (_read_state_dict(path), {})
    if metadata.get("format", FORMAT) != FORMAT:
        raise CheckpointError(f"{path}: format {metadata['format']!r}, this version reads {FORMAT!r}")
    return network_from(path, tensors, metadata)


def network_from(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> NSMNetwork:
    """The network that `tensors` and `metadata` describe; `path` is named in errors."""
    images = tensors.pop(IMAGES, None)
    architecture = _architecture(path, tensors, metadata)
    try:
        facts = json.loads(metadata.get("facts", "{}"))
    except json.JSONDecodeError:
        raise CheckpointError(f"{path}: the metadata entry `facts` is not JSON") from None
    net = NSMNetwork(architecture, facts, None if images is None else _images(path, images, architecture))
    _fill(path, net, tensors)
    return net


def _is_safetensors(path: Path) -> bool:
    """By content: a torch.save file is a zip archive (or a pickle), whatever its name."""
    with path.open("rb") as file:
        head = file.read(9)
    return path.suffix == ".safetensors" or (not zipfile.is_zipfile(path) and head[8:9] == b"{")


def read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of a safetensors file; raises CheckpointError when it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path}: not a readable safetensors file, perhaps truncated ({error})") from None


def _read_state_dict(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if "weights_only" in str(error) or "Unsupported" in str(error) or "GLOBAL" in str(error):
            reason = "it wants to run code on loading, which is refused; save net.state_dict() instead"
        raise CheckpointError(f"{path}: not a plain state_dict ({reason})") from None
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: expected a plain state_dict, a mapping from names to tensors")
    return {str(name): value for name, value in state.items()}


def _architecture(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> Architecture:
    try:
        if "architecture" in metadata:
            return Architecture.model_validate_json(metadata["architecture"])
        return Architecture.model_validate({"layers": list(_layers_from_shapes(path, tensors))})
    except ValidationError as error:
        raise CheckpointError(f"{path}: does not describe a network ({error.errors()[0]['msg']})") from None


def _layers_from_shapes(path: Path, tensors: dict[str, Tensor]) -> Iterable[dict[str, Any]]:
    for name in dict.fromkeys(key.rpartition(".")[0] for key in tensors):
        weight = tensors.get(f"{name}.weight")
        if weight is None or weight.ndim != 2:
            raise CheckpointError(
                f"{path}: layer {name!r} has no two-dimensional weight; a state_dict needs <layer>.weight, .beta, .c "
                "for NSM layers and <layer>.weight and .bias for the output layer"
            )
        kind = "nsm_dense" if f"{name}.beta" in tensors else "linear"
        yield {"type": kind, "name": name, "inputs": weight.shape[1], "outputs": weight.shape[0]}


def _fill(path: Path, net: NSMNetwork, tensors: dict[str, Tensor]) -> None:
    expected = _parameters(net)
    if expected.keys() != tensors.keys():
        different = sorted(expected.keys() ^ tensors.keys())
        raise CheckpointError(f"{path}: tensors do not fit the architecture (missing or extra: {', '.join(different)})")
    for name, parameter in expected.items():
        if parameter.shape != tensors[name].shape:
            raise CheckpointError(
                f"{path}: {name} has shape {tuple(tensors[name].shape)}, "
                f"the architecture needs {tuple(parameter.shape)}"
            )
        if not bool(torch.isfinite(tensors[name].float()).all()):
            raise CheckpointError(f"{path}: {name} holds NaN or infinite values")
    with torch.no_grad():
        for name, parameter in expected.items():
            parameter.copy_(tensors[name])


def _parameters(net: NSMNetwork) -> dict[str, Tensor]:
    return {name.removeprefix("layers."): value for name, value in net.named_parameters()}


def _images(path: Path, images: Tensor, architecture: Architecture) -> np.ndarray:
    if images.ndim != 2 or images.shape[1] != architecture.inputs or images.dtype != torch.uint8:
        raise CheckpointError(f"{path}: {IMAGES} must be uint8 of shape (n, {architecture.inputs})")
    result: np.ndarray = images.numpy()
    return result
