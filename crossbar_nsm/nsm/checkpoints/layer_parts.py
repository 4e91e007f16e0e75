"""The tensors of one layer: what they are called, and what their shapes say of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from device_models.errors import CheckpointError

BETAS = ("beta", "b", "magnitude")  # the names it has; the last two are those of the authors' published code
PARTS = ("weight", "bias", "c", *BETAS)
Parts = Mapping[str, Tensor]  # weight, beta, ... of one layer


def beta_of(parts: Parts) -> Tensor | None:
    """The tensor beta, under any of its names."""
    return next((parts[name] for name in BETAS if name in parts), None)


def is_vector(tensor: Tensor) -> bool:
    """Whether at most one axis is longer than 1."""
    return sum(size != 1 for size in tensor.shape) <= 1


def with_units(path: Path, layer: str, parts: Parts) -> tuple[dict[str, Tensor], list[str]]:
    """A dense layer whose beta, c and bias have the shape (outputs), where theirs has axes of length 1 besides or is
    one number for all units; and what was repeated, in words. Raises CheckpointError for a transposed weight."""
    weight, found, said = parts.get("weight"), dict(parts), list[str]()
    if weight is None or weight.ndim != 2 or weight.shape[0] == 0:
        return found, said
    outputs, inputs = weight.shape
    for part, value in parts.items():
        if part == "weight" or part not in PARTS or value.layout != torch.strided or not is_vector(value):
            continue
        if value.numel() == outputs:
            found[part] = value.reshape(outputs)
        elif value.numel() == 1:
            found[part] = value.reshape(1).expand(outputs)
            said.append(f"{layer}.{part} is one number for all units")
        elif value.numel() == inputs:
            raise CheckpointError(
                f"{path}: {layer}.weight has shape {(outputs, inputs)}, but {layer}.{part} {inputs} entries; weights "
                f"are (outputs, inputs): save {layer}.weight.T, of every layer"
            )
    return found, said
