"""Checkpoints: safetensors with the architecture in the metadata, or a plain state_dict. Nothing is ever unpickled.

Tensors: `<layer>.weight`, `<layer>.beta`, `<layer>.c` for NSM layers (other methods: what their layers have),
`<layer>.weight`, `<layer>.bias` for the linear output layer, and optionally `calibration_images` (n, inputs) uint8, a
few training images for calibrating hardware, and `training_digests` (n) int64, which tell the images that the network
was trained on (8 bytes for each; see `crossbar_nsm.datasets.image_digests`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor
from torch.nn import Module

from crossbar_nsm.nsm.architecture import SEEN
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.header import DIGESTS, FORMAT, IMAGES, check_format, is_own, is_safetensors
from crossbar_nsm.nsm.checkpoints.plain_network import layers_and_tensors
from crossbar_nsm.nsm.checkpoints.state_dict import StateDict, from_tensors, read_state_dict
from crossbar_nsm.nsm.checkpoints.stored_network import network_from, read_safetensors
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.values import check_values
from device_models.checks.arguments import a_path, checked, instance_of
from device_models.errors import ConfigError
from device_models.files.writing import write_bytes

NOISE = (
    "it does not say its noise: bernoulli with keep_probability 0.5 is taken (crossbar-nsm import --noise sets another)"
)
INPUT = (
    f"nor what its first layer sees of a pixel x: {SEEN['sign']} is taken (crossbar-nsm import --encoding real: "
    f"{SEEN['real']})"
)
TRAINED_ON = "nor what it was trained on: evaluated images may be among that"


@checked(net=instance_of(Network, of="a Network"), path=a_path)
def save_checkpoint(net: Network, path: str | Path) -> Path:
    """Write `net` to a .safetensors file, atomically. Raises ConfigError for NaN in it."""
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
    """Everything of `net` that is stored as tensors. Raises ConfigError for values that would not be read back."""
    check_values(net.values())
    tensors = {name: value.detach().contiguous() for name, value in net.values().items()}
    if net.calibration_images is not None:
        tensors[IMAGES] = torch.from_numpy(np.ascontiguousarray(net.calibration_images, dtype=np.uint8))
    if net.training_digests is not None:
        tensors[DIGESTS] = torch.from_numpy(net.training_digests.view(np.int64))
    return tensors


def checkpoint_metadata(net: Network) -> dict[str, str]:
    """Everything of `net` that is stored as text."""
    return {"format": FORMAT, "architecture": net.architecture.model_dump_json(), "facts": json.dumps(net.facts)}


def a_file_of_it(name: str, value: Any) -> str | Path:
    """The path of a file; a network or its state_dict in memory is told how it becomes one."""
    if isinstance(value, (Mapping, Module)):
        kind = "a state_dict" if isinstance(value, Mapping) else "a module"
        raise ConfigError(
            f"{name}: {kind} in memory, expected the path of a file; torch.save(net.state_dict(), 'net.pt') makes one"
        ).see("use_your_network")
    return a_path(name, value)


@checked(name_or_path=a_file_of_it)
def load_checkpoint(name_or_path: str | Path) -> Network:
    """Load a bundled checkpoint by name, a .safetensors file, or a plain state_dict: saved by torch.save, alone or in a
    larger checkpoint, or as .safetensors without metadata of this program.

    Prefixes that wrappers put before names (`_orig_mod.`, `module.`, `model.`, ...) are taken off, layers named by
    numbers get names, and a warning says what was done. A state_dict of dense layers holds no noise law; the network
    then says Bernoulli with keep probability 0.5 (only `noise="neuron"` and exact masks depend on it). Nor does it hold
    what the first layer sees, which all depends on: +-1 is taken (`encoding: sign`; `import_published` takes another).
    A state_dict of convolutions is refused: it does not tell how they are pooled. Raises CheckpointError when the file
    is missing, damaged, unsafe, of the wrong shape, or holds NaN, and where what it means is not clear.
    """
    path = find_checkpoint(name_or_path)
    if not is_safetensors(path):
        return _plain(read_state_dict(path))
    tensors, metadata = read_safetensors(path)
    check_format(path, metadata)
    if is_own(metadata):
        return network_from(path, tensors, metadata)
    return _plain(from_tensors(path, tensors, [], file_has_order=False))


def _plain(state: StateDict) -> Network:
    layers, tensors, taken = layers_and_tensors(state)
    metadata = {"architecture": json.dumps({"layers": layers})}
    net = network_from(state.path, tensors | state.carried, metadata)
    state.tell(*taken, NOISE, INPUT, TRAINED_ON)
    return net
