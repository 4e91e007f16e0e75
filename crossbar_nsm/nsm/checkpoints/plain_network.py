"""The network of a plain state_dict whose layers have weight, beta and c, and a linear one at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from crossbar_nsm.nsm.checkpoints.bias_convention import ambiguous_bias
from crossbar_nsm.nsm.checkpoints.layer_parts import Parts, beta_of
from crossbar_nsm.nsm.checkpoints.state_dict import StateDict
from device_models.errors import CheckpointError, quoted


def layers_and_tensors(state: StateDict) -> tuple[list[dict[str, Any]], dict[str, Tensor], list[str]]:
    """Layers as an Architecture has them, tensors as a Network does, and what was taken to be so, in words. Raises
    CheckpointError where the layout is another, or leaves a choice."""
    for problem in _problems_in(state.layers):
        raise CheckpointError(f"{state.path}: {problem}")
    layers, tensors, said = [], dict[str, Tensor](), list[str]()
    for name, parts in state.layers.items():
        layers.append(_layer(state, name, parts))
        tensors |= {f"{name}.{part}": value for part, value in parts.items()}
        for part in _left_at_zero(parts):
            tensors[f"{name}.{part}"] = torch.zeros(len(parts["weight"]))
            said.append(f"{name} has no {part}, so it is 0")
    return layers, tensors, said


def _layer(state: StateDict, name: str, parts: Parts) -> dict[str, Any]:
    hidden = beta_of(parts) is not None
    if hidden and "bias" in parts:
        raise ambiguous_bias(state.path, name)
    outputs, inputs = parts["weight"].shape
    return {"type": "dense" if hidden else "linear", "name": name, "inputs": inputs, "outputs": outputs}


def _problems_in(layers: Mapping[str, Parts]) -> Iterator[str]:
    """What stands in the way of taking layers for a dense NSM, the first thing first."""
    for name, parts in layers.items():
        yield from (f"layer {quoted(name)} {problem}" for problem in _problems(name, parts))
    *hidden, last = layers
    if not hidden:
        yield f"holds one layer, {quoted(last)}; expected hidden layers and then one linear output layer"
    for name in hidden:
        if beta_of(layers[name]) is None:
            yield f"layer {quoted(name)} has no {name}.beta; only the last layer, which is linear, goes without"
    if beta_of(layers[last]) is not None:
        yield f"the last layer, {quoted(last)}, has a beta; it must be linear, with {last}.weight and {last}.bias alone"


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
    if "running_mean" in parts:
        yield "is batch normalisation, which NSM layers do without: beta and c are in its place"
    if weight is None or weight.ndim != 2:
        yield (
            "has no two-dimensional weight, as <layer>.weight, .beta, .c of NSM layers and .weight and .bias of the "
            f"output layer; delete what the network does without (a loss, say): {', '.join(_names(name, parts))}"
        )
    if extra := [part for part in parts if part not in ("weight", "beta", "c", "bias")]:
        yield f"has tensors that are no NSM's: {', '.join(_names(name, extra))}; delete what the network does without"
    if "c" in parts and "beta" not in parts:
        yield f"has {name}.c but no {name}.beta"
    if "c" in parts and "bias" in parts:
        yield "has both c and bias; leave out the one that is not meant"


def _names(layer: str, parts: Iterable[str]) -> list[str]:
    return [f"{layer}.{part}" for part in [*parts][:4]]


def _left_at_zero(parts: Parts) -> list[str]:
    offset = "bias" if beta_of(parts) is None else "c"
    return [] if offset in parts else [offset]
