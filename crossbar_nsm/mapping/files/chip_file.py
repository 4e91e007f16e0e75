"""A chip made of its file, see `crossbar_nsm.mapping.files.saved_chip`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from crossbar_nsm.mapping.files.chip_parts import PREFIX, Parts
from crossbar_nsm.mapping.files.saved_chip import FORMAT, arrays, chip_digest, stored_states
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.checkpoints.stored_network import read_safetensors
from device_models.checks.arguments import a_path, checked
from device_models.errors import CheckpointError


@checked(path=a_path)
def load_chip(path: str | Path) -> MappedNetwork:
    """The chip written by `chip.save`, which continues with the same samples bit by bit.

    Raises CheckpointError for a file that is missing, damaged, edited or of another version, and for values that no
    chip has.
    """
    path = Path(path)
    if not os.path.isfile(path):
        raise CheckpointError(f"chip {path}: no such file")
    tensors, metadata = read_safetensors(path)
    if metadata.get("format") != FORMAT:
        given = metadata.get("format", "none")[:60]
        raise CheckpointError(f"{path}: format {given!r}, this version reads {FORMAT!r}")
    if metadata.get("digest") != chip_digest(path, tensors, metadata):
        raise CheckpointError(f"{path}: is not what this program wrote, edited perhaps")
    parts = Parts.of(path, tensors, metadata)
    at = parts.position
    try:
        chip = MappedNetwork(parts.net, parts.config, at.seed, at.chip, at.age_s, parts.stored)
    except ValueError:
        raise CheckpointError(f"{path}: the conductances do not have the shapes of the network's layers") from None
    missing = {name for name, _ in arrays(chip)} ^ {name for name in tensors if "/conductance_s/" in name}
    if missing:
        raise CheckpointError(f"{path}: conductances missing or of no layer: {', '.join(sorted(missing))}")
    _restore_states(chip, stored_states(path, chip, tensors))
    chip.image_counter = at.image_counter
    return chip


def _restore_states(chip: MappedNetwork, states: dict[str, np.ndarray]) -> None:
    for layer in chip.mapped_layers():
        own = f"{PREFIX}/state/{layer.name}/"
        layer.reads.restore({name.removeprefix(own): state for name, state in states.items() if name.startswith(own)})
    for hidden in chip.hidden:
        hidden.comparator.last[...] = states[f"{PREFIX}/comparator/{hidden.name}"]
