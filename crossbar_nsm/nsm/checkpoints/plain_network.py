"""The network of a plain state_dict whose layers have weight, beta and c, and a linear one at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.checkpoints.bias_convention import ambiguous_bias
from crossbar_nsm.nsm.checkpoints.state_dict import Parts, StateDict, beta_of
from device_models.errors import CheckpointError, quoted


def layers_and_tensors(state: StateDict) -> tuple[list[dict[str, Any]], dict[str, Tensor], list[str]]:
    """Layers as an Architecture has them, tensors as a Network does, and what was taken to be so, in words. Raises
    CheckpointError where the layout is another, or leaves a choice."""
    layers, tensors, said = [], dict[str, Tensor](), list[str]()
    for name, parts in state.layers.items():
        layers.append(_layer(state, name, parts))
        tensors |= {f"{name}.{part}": value for part, value in parts.items()}
        for part in _left_at_zero(parts):
            tensors[f"{name}.{part}"] = torch.zeros(len(parts["weight"]))
            said.append(f"{name} has no {part}, so it is 0")
    return layers, tensors, said


def _layer(state: StateDict, name: str, parts: Parts) -> dict[str, Any]:
    for problem in _problems(name, parts):
        raise CheckpointError(f"{state.path}: layer {quoted(name)} {problem}")
    hidden = beta_of(parts) is not None
    if hidden and "bias" in parts:
        raise ambiguous_bias(state.path, name)
    outputs, inputs = parts["weight"].shape
    return {"type": "dense" if hidden else "linear", "name": name, "inputs": inputs, "outputs": outputs}


def _problems(name: str, parts: Parts) -> Iterator[str]:
    """What stands in the way of taking a layer for one of a dense NSM, the first thing first."""
    if "b" in parts or "magnitude" in parts:
        yield (
            "has a tensor `b` or `magnitude`, as in the authors' published code, where it is beta; convert the file "
            "with crossbar-nsm import"
        )
    weight = parts.get("weight")
    if weight is not None and weight.ndim == 4:
        yield (
            "is a convolution, and a state_dict tells neither image size nor pooling; say them with crossbar-nsm "
            "import --network, or load it into a Network of the right architecture and save that with save_checkpoint"
        )
    if weight is None or weight.ndim != 2:
        yield (
            "has no two-dimensional weight; a state_dict needs <layer>.weight, .beta, .c for NSM layers and "
            "<layer>.weight and .bias for the output layer, and nothing else"
        )
    known = ("weight", "beta", "c", "bias") if "beta" in parts else ("weight", "bias")
    if extra := [part for part in parts if part not in known]:
        yield f"has tensors that are no NSM's: {', '.join(f'{name}.{part}' for part in extra[:4])}"
    if "c" in parts and "bias" in parts:
        yield "has both c and bias; leave out the one that is not meant"


def _left_at_zero(parts: Parts) -> list[str]:
    offset = "bias" if beta_of(parts) is None else "c"
    return [] if offset in parts else [offset]
