"""A programmed chip as one safetensors file: network, hardware, seeds, conductances, and every state that goes on.

The chip is programmed again from its seeds on loading; the stored conductances are there to be read by other programs
and to prove that the reloaded chip is the same one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from pydantic import ValidationError
from safetensors.torch import save_file
from torch import Tensor

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.engine.files import replace_file
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoint import checkpoint_metadata, checkpoint_tensors, network_from, read_safetensors
from device_models.errors import CheckpointError

FORMAT = "crossbar-nsm chip 1"


def save_chip(chip: MappedNetwork, path: str | Path) -> Path:
    """Write `chip` atomically, in the middle of its simulated time."""
    tensors = checkpoint_tensors(chip.net)
    for name, array in _arrays(chip):
        tensors[f"conductance_s.{name}"] = torch.from_numpy(array.g_s)
    for name, state in _states(chip):
        tensors[f"state.{name}"] = torch.from_numpy(state)
    metadata = checkpoint_metadata(chip.net) | {
        "format": FORMAT,
        "hardware": chip.config.model_dump_json(include=set(HardwareConfig.model_fields)),
        "position": json.dumps({"seed": chip.seed, "chip": chip.chip, "image_counter": chip.image_counter}),
    }
    tensors = {name: value.contiguous().clone() for name, value in tensors.items()}
    return replace_file(path, lambda temporary: save_file(tensors, temporary, metadata=metadata))


def load_chip(path: str | Path) -> MappedNetwork:
    """The chip written by `chip.save`, which continues with the same samples bit by bit.

    Raises CheckpointError for a file that is missing, damaged, of another version, or whose chip cannot be repeated.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"chip {path}: no such file")
    tensors, metadata = read_safetensors(path)
    if metadata.get("format") != FORMAT:
        raise CheckpointError(f"{path}: format {metadata.get('format')!r}, this version reads {FORMAT!r}")
    extra = {name: tensors.pop(name) for name in list(tensors) if name.startswith(("conductance_s.", "state."))}
    try:
        config = HardwareConfig.model_validate_json(metadata["hardware"])
        position = json.loads(metadata["position"])
        chip = MappedNetwork(network_from(path, tensors, metadata), config, position["seed"], position["chip"])
    except (KeyError, ValueError, ValidationError) as error:
        raise CheckpointError(f"{path}: not a complete chip file ({type(error).__name__})") from None
    _check_conductances(path, chip, extra)
    _restore_states(path, chip, extra)
    chip.image_counter = position["image_counter"]
    return chip


def _arrays(chip: MappedNetwork) -> Iterator[tuple[str, Crossbar]]:
    for layer in chip.mapped_layers():
        for operand, array in layer.arrays.items():
            yield f"{layer.name}.{operand}", array


def _states(chip: MappedNetwork) -> Iterator[tuple[str, np.ndarray]]:
    for layer in chip.mapped_layers():
        for operand, state in layer.reads.states().items():
            yield f"{layer.name}.{operand}.telegraph", state
    for hidden in chip.hidden:
        yield f"{hidden.name}.comparator", hidden.comparator.last


def _check_conductances(path: Path, chip: MappedNetwork, stored: dict[str, Tensor]) -> None:
    for name, array in _arrays(chip):
        saved = stored.get(f"conductance_s.{name}")
        if saved is None or not np.array_equal(saved.numpy(), array.g_s):
            raise CheckpointError(
                f"{path}: the conductances of {name} are not those its seeds give here; the file was edited or written "
                "by another version"
            )


def _restore_states(path: Path, chip: MappedNetwork, stored: dict[str, Tensor]) -> None:
    for name, state in _states(chip):
        saved = stored.get(f"state.{name}")
        if saved is None or saved.shape != state.shape:
            raise CheckpointError(f"{path}: the state of {name} is missing or of the wrong shape")
        state[...] = saved.numpy()
