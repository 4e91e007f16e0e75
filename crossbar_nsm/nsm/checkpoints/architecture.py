"""The network of a checkpoint, without its weights where its header tells. Loads no torch, but for what is loaded
whole."""

from __future__ import annotations

from pathlib import Path

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.bundled import find_checkpoint
from crossbar_nsm.nsm.checkpoints.header import (
    architecture_from,
    check_format,
    facts_from,
    is_own,
    is_safetensors,
    read_metadata,
)


def checkpoint_architecture(name_or_path: str | Path) -> Architecture:
    """The network of a checkpoint, by bundled name or path. Of this program's own the header alone is read; anything
    else is loaded, by torch. Raises CheckpointError as `load_checkpoint` does, as far as the header tells."""
    path = find_checkpoint(name_or_path)
    metadata = read_metadata(path) if is_safetensors(path) else {}
    check_format(path, metadata)
    if not is_own(metadata):
        from crossbar_nsm.nsm.checkpoints.checkpoint import load_checkpoint  # loads torch

        return load_checkpoint(path).architecture
    facts_from(path, metadata)
    return architecture_from(path, metadata)
