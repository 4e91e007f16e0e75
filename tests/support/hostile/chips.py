"""Chip files that were edited by somebody who signs what they edited."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from device_models.files.digests import digest

Tensors = dict[str, torch.Tensor]


def parts(path: Path) -> tuple[Tensors, dict[str, str]]:
    """Tensors and metadata of a file."""
    with safe_open(path, "pt") as file:
        return load_file(path), file.metadata()


def signed_metadata(tensors: Tensors, metadata: dict[str, str]) -> dict[str, str]:
    """The metadata with the digest of it all; the old one where a tensor has no values for NumPy."""
    plain = {name: text for name, text in metadata.items() if name != "digest"}
    try:
        return plain | {"digest": digest([plain, tensors])}
    except TypeError:
        return metadata


def edit(path: Path, **changes: str) -> None:
    """Write other metadata into a file."""
    tensors, metadata = parts(path)
    save_file(tensors, path, metadata=signed_metadata(tensors, metadata | changes))


def edit_tensors(path: Path, changes: Tensors) -> None:
    """Write other tensors into a file."""
    tensors, metadata = parts(path)
    tensors |= changes
    save_file(tensors, path, metadata=signed_metadata(tensors, metadata))
