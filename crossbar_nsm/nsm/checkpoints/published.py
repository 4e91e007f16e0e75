"""Import of networks that the authors' published code trained, from plain state_dicts.

Layout: a hidden layer has `<name>.weight`, `<name>.b`, which is beta, and optionally `<name>.bias` (outputs);
`<name>.magnitude` and `<name>.beta` are other names for the tensor `b`, and `<name>.c` is c itself. Dense layers:
weight (outputs, inputs), b (outputs). Convolutions: weight (outputs, inputs, kernel, kernel), b (outputs, height,
width), one beta for each output position, or (outputs). The last layer is plain: `<name>.weight`, `<name>.bias`.

Neither the noise law nor the meaning of the bias is in the file. In P(z = +1) = 1/2 [1 + erf(beta w.z/||w|| + c)],

    "code":   c = bias / sqrt(2 p (1 - p))              what the published code computes in dense layers,
              c = bias / (||w|| sqrt(2 p (1 - p)))      and in convolutions; both for Gaussian noise too
    "paper":  c = bias / (||w|| sqrt(2 v))              what the paper derives, v the variance of the noise: the bias
                                                        is added to w.z
    "c":      c = bias                                  what a network has that was trained by this equation

How convolutions are pooled is not in the file either: see `published_layers`.

The published networks for MNIST keep p = 1/4 in convolutions and 1/2 in dense layers, while a network here has one law
for all its layers. Synapse noise (the erf law) is exact all the same: it depends on beta and c alone, and the p of
convolutions enters c. Neuron noise and exact masks use the one law given, in all layers.

Equations: docs/physics.md#published-networks.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, get_args

import torch
from torch import Tensor

from crossbar_nsm.nsm.architecture import SEEN, Architecture, ConvSpec, Encoding, HiddenSpec, Placement
from crossbar_nsm.nsm.checkpoints.bias_convention import BiasConvention, ambiguous_bias
from crossbar_nsm.nsm.checkpoints.layer_parts import BETAS, Parts
from crossbar_nsm.nsm.checkpoints.published_layers import (
    Network_,
    check_parts,
    given_architecture,
    inferred_architecture,
    with_output_bias,
)
from crossbar_nsm.nsm.checkpoints.state_dict import read_state_dict
from crossbar_nsm.nsm.checkpoints.stored_network import check_tensor, network_from
from crossbar_nsm.nsm.methods.product import product_of, row_norm
from crossbar_nsm.nsm.network import Network
from crossbar_nsm.nsm.noise import BernoulliNoise, GaussianNoise, NoiseLaw
from device_models.checks.arguments import a_number, a_path, checked, instance_of, one_of, optional
from device_models.errors import CheckpointError, ConfigError, explained_by
from device_models.files.document import Document
from device_models.schema import validate


@explained_by("use_your_network")
@checked(
    path=a_path, noise=instance_of(BernoulliNoise, GaussianNoise, of="a noise law"),
    bias_convention=optional(one_of(get_args(BiasConvention))), code_keep_probability=a_number(),
    conv_keep_probability=optional(a_number()), encoding=optional(one_of(SEEN)),
)  # fmt: skip
def import_published(
    path: str | Path,
    noise: NoiseLaw,
    bias_convention: BiasConvention | None = None,
    code_keep_probability: float = 0.5,
    network: Network_ | None = None,
    conv_keep_probability: float | None = None,
    encoding: Encoding | None = None,
) -> Network:
    """The network in a state_dict of the published code, with (weight, beta, c) as they fire under `noise`.

    bias_convention: what the bias of hidden layers is, see above; needed where they have one that is not called c.
    code_keep_probability: p of the "code" convention where `noise` has none (Gaussian). conv_keep_probability: p of
    convolutions, where it differs from that of dense layers. network: layers, image and encoding (an Architecture, a
    mapping, or the path of a YAML file, which may be a training configuration) where shapes do not tell how
    convolutions are pooled; layer names as in the file. encoding: what the first layer sees of a pixel x, "sign" (+1
    where x >= 1/2, else -1; taken where `network` says nothing, either) or "real" (2x - 1). Raises CheckpointError when
    the file is missing, unsafe, of another layout or does not fit `network`, ConfigError for other bad arguments.
    """
    path = Path(path)
    laws = _bias_laws(noise, bias_convention, code_keep_probability, conv_keep_probability)
    if not os.path.isfile(path):
        raise CheckpointError(f"{path}: no such file")
    state = read_state_dict(path)
    layers = with_output_bias(state.layers)
    check_parts(path, layers)
    architecture = (
        inferred_architecture(path, layers, noise, encoding)
        if network is None
        else given_architecture(path, layers, network, noise, encoding)
    )  # sizes are right before anything is computed from the tensors
    last = architecture.layers[-1].name
    tensors = {f"{last}.{part}": value for part, value in layers[last].items()}
    for place in architecture.placements():
        if isinstance(place.spec, HiddenSpec):
            tensors |= _nsm_tensors(path, place, layers[place.spec.name], bias_convention, laws)
    facts = {"imported_from": path.name} | _facts(architecture, bias_convention, laws, network is None)
    metadata = {"architecture": architecture.model_dump_json(), "facts": json.dumps(facts)}
    net = network_from(path, tensors | state.carried, metadata)
    state.tell()
    return net


def _facts(
    architecture: Architecture, convention: BiasConvention | None, laws: tuple[NoiseLaw, NoiseLaw], inferred: bool
) -> dict[str, Any]:
    """What was said and what was inferred of the network."""
    dense_law, conv_law = laws
    facts: dict[str, Any] = {} if convention is None else {"bias_convention": convention}
    if convention == "code":
        facts["code_keep_probability"] = dense_law.mean
    if any(isinstance(spec, ConvSpec) for spec in architecture.layers):
        facts["pooling"] = "inferred" if inferred else "given"
        if isinstance(conv_law, BernoulliNoise):
            facts["conv_keep_probability"] = conv_law.mean
    return facts


def _bias_laws(
    noise: NoiseLaw,
    convention: BiasConvention | None,
    code_keep_probability: float,
    conv_keep_probability: float | None,
) -> tuple[NoiseLaw, NoiseLaw]:
    """The laws whose variance scales the bias of dense layers and of convolutions."""
    dense = noise
    if not isinstance(noise, BernoulliNoise):
        code = _bernoulli("code convention", code_keep_probability)
        dense = code if convention == "code" else noise
    if conv_keep_probability is None:
        return dense, dense
    conv = _bernoulli("convolutions", conv_keep_probability)
    if not isinstance(dense, BernoulliNoise):
        raise ConfigError("conv_keep_probability: gaussian noise has none with the bias convention of the paper")
    return dense, conv


def _bernoulli(place: str, keep_probability: float) -> BernoulliNoise:
    return validate(BernoulliNoise, Document({"keep_probability": keep_probability}, {("keep_probability",): place}))


def _nsm_tensors(
    path: Path, place: Placement, parts: Parts, convention: BiasConvention | None, laws: tuple[NoiseLaw, NoiseLaw]
) -> dict[str, Tensor]:
    """weight, beta and c of one layer by name."""
    name = place.spec.name
    weight, beta = _checked_weight_and_beta(path, place, parts)
    c = torch.zeros(beta.shape, dtype=torch.float32)
    if "c" in parts:
        c = parts["c"].reshape(beta.shape)
    elif "bias" in parts:
        if convention is None:
            raise ambiguous_bias(path, name)
        divisor = torch.full((len(weight),), 1.0, dtype=torch.float64)
        if convention != "c":
            divisor *= math.sqrt(2 * laws[isinstance(place.spec, ConvSpec)].variance)
        if convention == "paper" or (convention == "code" and isinstance(place.spec, ConvSpec)):
            divisor *= _norms(path, name, weight)
        c = (parts["bias"].double() / divisor).float().view(-1, *(1 for _ in beta.shape[1:])).expand(beta.shape)
    return {f"{name}.weight": weight, f"{name}.beta": beta, f"{name}.c": c}


def _norms(path: Path, name: str, weight: Tensor) -> Tensor:
    """||w|| of every output, float64."""
    norms = row_norm(weight.double())
    if not bool((norms > 0).all()):
        raise CheckpointError(
            f"{path}: {name}.weight: row {int(norms.argmin())} is zero, and its bias must be divided by its norm"
        )
    return norms


def _checked_weight_and_beta(path: Path, place: Placement, parts: Parts) -> tuple[Tensor, Tensor]:
    """weight, and beta in the shape of the layer's; errors name tensors as the file does."""
    product, name = product_of(place), place.spec.name
    shapes = {"weight": product.weight_shape, "bias": product.weight_shape[:1]}
    betas = [product.parameter_shape]
    if isinstance(place.spec, ConvSpec) and place.spec.beta == "channel":
        betas.append((place.spec.outputs, 1, 1))
    for part, tensor in parts.items():
        shape = shapes.get(part) or (betas[-1] if tuple(tensor.shape) == betas[-1] else betas[0])
        check_tensor(path, f"{name}.{part}", tensor, shape)
    called, *others = [part for part in BETAS if part in parts]
    beta = parts[called]
    for other in others:
        if not torch.equal(parts[other].double().flatten(), beta.double().flatten()):
            both = f"{name}.{called} and {name}.{other}"
            raise CheckpointError(f"{path}: {both} differ; they are two names of one tensor")
    return parts["weight"], beta.reshape(product.parameter_shape)
