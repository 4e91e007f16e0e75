"""Import of networks that the authors' published code trained, from plain state_dicts.

Layout: a hidden layer has `<name>.weight` (outputs, inputs), `<name>.b` (outputs), which is beta, and optionally
`<name>.bias` (outputs); `<name>.magnitude` is a second name for the tensor `b`. The last layer is plain:
`<name>.weight`, `<name>.bias`. The order in the file is the order of the layers.

Neither the noise law nor the meaning of the bias is in the file. In P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)],

    "code":   c = bias / sqrt(2 p (1 - p))      what the published code computes in dense layers, for Gaussian noise too
    "paper":  c = bias / (||w|| sqrt(2 v))      what the paper derives, v the variance of the noise

Convolutions cannot be imported yet.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from crossbar_nsm.nsm.checkpoint import architecture_from, check_tensor, network_from, read_state_dict
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.noise import BernoulliNoise, NoiseLaw
from device_models.document import Document
from device_models.errors import CheckpointError, ConfigError
from device_models.schema import validate

BiasConvention = Literal["code", "paper"]
PARTS = ("weight", "bias", "b", "magnitude")
Layers = dict[str, dict[str, Tensor]]  # layer -> part -> tensor


def import_published(
    path: str | Path, noise: NoiseLaw, bias_convention: BiasConvention, code_keep_probability: float = 0.5
) -> Network:
    """The network in a state_dict of the published code, with (weight, beta, c) as they fire under `noise`.

    code_keep_probability: p of the "code" convention where `noise` has none (Gaussian). Raises CheckpointError when
    the file is missing, unsafe or of another layout, ConfigError for other bad arguments.
    """
    path = Path(path)
    code_scale = _code_scale(noise, code_keep_probability)
    if bias_convention not in get_args(BiasConvention):
        raise ConfigError(f"bias_convention: expected code or paper, got {bias_convention!r}")
    if not path.is_file():
        raise CheckpointError(f"{path}: no such file")
    layers = _by_layer(path, read_state_dict(path))
    facts: dict[str, Any] = {"imported_from": path.name, "bias_convention": bias_convention}
    if bias_convention == "code":
        facts["code_keep_probability"] = noise.mean if isinstance(noise, BernoulliNoise) else code_keep_probability
    metadata = {"architecture": _architecture_json(layers, noise), "facts": json.dumps(facts)}
    architecture_from(path, {}, metadata)  # sizes are right before anything is computed from the tensors
    *hidden, last = layers
    tensors = {f"{last}.{part}": value for part, value in layers[last].items()}
    for name in hidden:
        weight, beta, bias = _checked_parts(path, name, layers[name])
        c = torch.zeros(len(weight))
        if bias is not None:
            scale = code_scale if bias_convention == "code" else _paper_scale(path, name, weight, noise)
            c = (bias.double() / scale).float()
        tensors |= {f"{name}.weight": weight, f"{name}.beta": beta, f"{name}.c": c}
    try:
        return network_from(path, tensors, metadata)
    except ConfigError as error:  # a layer name that torch uses
        raise CheckpointError(f"{path}: {error}") from None


def _code_scale(noise: NoiseLaw, code_keep_probability: float) -> float:
    """sqrt(2 p (1 - p))."""
    if not isinstance(noise, BernoulliNoise):
        argument = Document({"keep_probability": code_keep_probability}, {("keep_probability",): "code convention"})
        noise = validate(BernoulliNoise, argument)
    return math.sqrt(2 * noise.variance)


def _paper_scale(path: Path, name: str, weight: Tensor, noise: NoiseLaw) -> Tensor:
    """||w|| sqrt(2 v), shape (outputs), float64."""
    norm = torch.linalg.vector_norm(weight.double(), dim=1)
    if not bool((norm > 0).all()):
        raise CheckpointError(
            f"{path}: {name}.weight: row {int(norm.argmin())} is zero, and the bias convention of the paper divides "
            "by its norm"
        )
    return norm * math.sqrt(2 * noise.variance)


def _by_layer(path: Path, tensors: dict[str, Tensor]) -> Layers:
    """Tensors grouped by layer, in the order of the file; every layer has what the layout says it must have."""
    layers: Layers = {}
    for key, tensor in tensors.items():
        name, _, part = key.rpartition(".")
        if part not in PARTS or not name.isidentifier():
            raise CheckpointError(
                f"{path}: tensor {key!r} is not of the published layout: <layer>.weight, .b and perhaps .bias, "
                ".magnitude, with layer names such as fc1"
            )
        layers.setdefault(name, {})[part] = tensor
    if len(layers) < 2:
        raise CheckpointError(f"{path}: {len(layers)} layers; expected hidden layers and a linear output layer")
    last = next(reversed(layers))
    for name, parts in layers.items():
        _check_layout(path, name, parts, is_last=name == last)
    return layers


def _check_layout(path: Path, name: str, parts: dict[str, Tensor], is_last: bool) -> None:
    weight = parts.get("weight")
    betas = [parts[part] for part in ("b", "magnitude") if part in parts]
    if weight is None:
        raise CheckpointError(f"{path}: layer {name!r} has no tensor {name}.weight")
    if weight.ndim == 4 or any(beta.ndim > 1 for beta in betas):
        raise CheckpointError(f"{path}: layer {name!r} is a convolution; convolutions cannot be imported yet")
    if weight.ndim != 2:
        raise CheckpointError(f"{path}: {name}.weight has shape {tuple(weight.shape)}, expected (outputs, inputs)")
    if is_last and betas:
        raise CheckpointError(f"{path}: layer {name!r} is the last one and has a beta (`b`); expected a linear layer")
    if not is_last and not betas:
        raise CheckpointError(
            f"{path}: layer {name!r} has no tensor {name}.b (its beta); only the last layer goes without"
        )


def _architecture_json(layers: Layers, noise: NoiseLaw) -> str:
    specs: list[dict[str, Any]] = [
        {"type": "dense", "name": name, "inputs": parts["weight"].shape[1], "outputs": parts["weight"].shape[0]}
        for name, parts in layers.items()
    ]
    specs[-1]["type"] = "linear"
    return json.dumps({"layers": specs, "method": "nsm", "noise": noise.model_dump()})


def _checked_parts(path: Path, name: str, parts: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor | None]:
    """weight (outputs, inputs), beta (outputs) and bias (outputs) or None; errors name tensors as the file does."""
    weight = parts["weight"]
    for part, tensor in parts.items():
        check_tensor(path, f"{name}.{part}", tensor, tuple(weight.shape) if part == "weight" else (len(weight),))
    beta = parts.get("b", parts.get("magnitude"))
    assert beta is not None  # _check_layout
    if "magnitude" in parts and not torch.equal(parts["magnitude"].double(), beta.double()):
        raise CheckpointError(f"{path}: {name}.b and {name}.magnitude differ; they are two names of one tensor")
    return weight, beta, parts.get("bias")
