"""A programmed chip as one safetensors file: network, hardware, seeds, conductances, what the neurons' registers hold,
what their calibration believes of their signals, every state that goes on, and a digest over all of it.

Tensors: the checkpoint's own, and chip/conductance_s/<layer>/<array> [S], chip/register/<layer>/<name>,
chip/state/..., chip/comparator/... . Conductances and registers are taken from the file, so that nothing is calibrated
again; constants of the cells and comparators follow from the seeds. Metadata `laws`: the user's files that the hardware
needs, by path, and their digests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.files import chip_values
from crossbar_nsm.mapping.files.chip_parts import PREFIX, SIGNALS, Parts, Position
from crossbar_nsm.mapping.files.measured_conductances import with_absolute_path
from crossbar_nsm.mapping.output_layer import ArrayOutput
from crossbar_nsm.mapping.user_files import file_digests, hardware_files
from crossbar_nsm.nsm.checkpoints.checkpoint import (
    checkpoint_metadata,
    checkpoint_tensors,
    safetensors_bytes,
)
from device_models.errors import CheckpointError
from device_models.files.digests import digest
from device_models.files.writing import write_bytes

if TYPE_CHECKING:
    from crossbar_nsm.mapping.mapped_network import MappedNetwork

FORMAT = "crossbar-nsm chip 8"


def save_chip(chip: MappedNetwork, path: str | Path) -> Path:
    """Write `chip` atomically, in the middle of its simulated time. Raises CheckpointError, and writes nothing, where
    `load_chip` would refuse it."""
    path = Path(path)
    tensors, metadata = _content(chip)
    try:
        Parts.of(path, tensors, metadata)
        stored_states(path, chip, tensors)
    except CheckpointError as error:
        raise CheckpointError(f"{error}: not saved, it could not be loaded") from None
    metadata["digest"] = chip_digest(path, tensors, metadata)
    return write_bytes(path, safetensors_bytes(tensors, metadata))


def _content(chip: MappedNetwork) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata, but for the digest."""
    tensors = checkpoint_tensors(chip.net)
    for name, array in arrays(chip):
        tensors[name] = torch.from_numpy(array.g_s)
    for name, value in _registers(chip):
        tensors[name] = torch.from_numpy(value)
    for name, state in states(chip):
        tensors[name] = torch.from_numpy(state)
    metadata = checkpoint_metadata(chip.net) | {
        "format": FORMAT,
        "hardware": with_absolute_path(chip.config).model_dump_json(include=set(HardwareConfig.model_fields)),
        "position": json.dumps({name: getattr(chip, name) for name in Position.model_fields}),
    }
    if files := file_digests(hardware_files(chip.config)):
        metadata["laws"] = json.dumps(files)
    return {name: value.contiguous().clone() for name, value in tensors.items()}, metadata


def chip_digest(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> str:
    """Over everything but the digest itself. Raises CheckpointError for tensors of kinds that no chip has."""
    try:
        arrays = {name: chip_values.plain_array(name, tensor) for name, tensor in tensors.items()}
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return digest([{name: text for name, text in metadata.items() if name != "digest"}, arrays])


def _registers(chip: MappedNetwork) -> Iterator[tuple[str, np.ndarray]]:
    for layer in chip.hidden:
        target, kept = layer.registers
        assert kept is not None
        neurons = len(kept.believed.norm)
        values = vars(target) | vars(kept.setting)
        for name, shape in SIGNALS.items():
            values[f"believed_{name}"] = np.broadcast_to(getattr(kept.believed, name), (*shape, neurons))
        values |= {f"range_{operand}": full_scale for operand, full_scale in kept.ranges.items()}
        values["cost"] = np.array([kept.cost.reads, kept.cost.seconds])
        for name, value in values.items():
            yield f"{PREFIX}/register/{layer.name}/{name}", np.array(value, value.dtype if name == "clipped" else float)
    if isinstance(chip.output, ArrayOutput):
        for name, value in vars(chip.output.settings).items():
            yield f"{PREFIX}/register/{chip.output.name}/{name}", np.array(value, float)


def arrays(chip: MappedNetwork) -> Iterator[tuple[str, Crossbar]]:
    for layer in chip.mapped_layers():
        for operand, array in layer.arrays.items():
            yield f"{PREFIX}/conductance_s/{layer.name}/{operand}", array


def states(chip: MappedNetwork) -> Iterator[tuple[str, np.ndarray]]:
    for layer in chip.mapped_layers():
        for kind, state in layer.reads.states().items():
            yield f"{PREFIX}/state/{layer.name}/{kind}", state
    for hidden in chip.hidden:
        yield f"{PREFIX}/comparator/{hidden.name}", hidden.comparator.last


def stored_states(path: Path, chip: MappedNetwork, tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    try:
        return {name: chip_values.state(name, tensors.get(name), now) for name, now in states(chip)}
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from None
