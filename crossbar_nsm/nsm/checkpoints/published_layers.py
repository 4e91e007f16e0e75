"""The layers behind a state_dict of the authors' published code: as a user gives them, or inferred from shapes.

Shapes tell kernels, channels and, where beta has positions, the size of what a convolution puts out. They do not tell
image size, padding, stride and pooling. Those are inferred for the kind of network that was published for MNIST: stride
1, no padding, and max-pooling with windows side by side, of the one size that leaves what the next layer takes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from crossbar_nsm.nsm.architecture import Architecture, ConvSpec, Encoding, LayerSpec, PoolSpec
from crossbar_nsm.nsm.checkpoints.header import architecture_from
from crossbar_nsm.nsm.checkpoints.layer_parts import PARTS, Parts, beta_of
from crossbar_nsm.nsm.noise import NoiseLaw
from device_models.errors import CheckpointError, ConfigError, quoted
from device_models.files.document import Document, load_document
from device_models.files.home import at_home
from device_models.schema import validate

LARGEST_WINDOW = 65536
Layers = Mapping[str, Parts]  # layer -> part -> tensor
Network_ = Architecture | Mapping[str, Any] | str | Path


def check_parts(path: Path, layers: Layers) -> None:
    """Raises CheckpointError for tensors of another layout."""
    for name, parts in layers.items():
        for part in parts:
            if part not in PARTS:
                raise CheckpointError(
                    f"{path}: tensor {quoted(f'{name}.{part}')} is not of the published layout: <layer>.weight, .b (or "
                    ".beta) and perhaps .bias (or .c), .magnitude; delete what the network does without"
                )
        if "c" in parts and "bias" in parts:
            raise CheckpointError(f"{path}: layer {quoted(name)} has both c and bias; leave out the one not meant")
    if len(layers) < 2:
        raise CheckpointError(f"{path}: {len(layers)} layers; expected hidden layers and a linear output layer")


def with_output_bias(layers: Layers) -> Layers:
    """The layers, the last one with a bias: that of zero where it has none."""
    if not layers:
        return layers
    name, parts = list(layers.items())[-1]
    if "bias" in parts or "weight" not in parts:
        return layers
    return {**layers, name: {**parts, "bias": torch.zeros(len(parts["weight"]))}}


def given_architecture(
    path: Path, layers: Layers, network: Network_, noise: NoiseLaw, encoding: Encoding | None
) -> Architecture:
    """The architecture of `network` with the law `noise`, and `encoding` where it says none. Whether a convolution has
    a beta per position is taken from the file unless `network` says it."""
    given = _read_network(network)
    if not given.is_nsm:
        raise ConfigError(f"network: method {given.method.name} has no beta; published networks are of method nsm")
    if "noise" in given.model_fields_set and given.noise != noise:
        raise ConfigError(f"network: its noise ({given.noise}) is not the noise to import with ({noise}); leave it out")
    if encoding is not None and "encoding" in given.model_fields_set and given.encoding != encoding:
        raise ConfigError(
            f"network: its encoding ({given.encoding}) is not the encoding to import with ({encoding}); leave out the "
            "one that is not meant"
        )
    names = [spec.name for spec in given.layers if not isinstance(spec, PoolSpec)]
    if set(names) != layers.keys():
        raise CheckpointError(
            f"{path}: has the layers {', '.join([*layers][:12])}, but the network given has "
            f"{', '.join(names[:12])} (pools aside)"
        )
    _check_layouts(path, layers, names[-1])
    specs = [_with_beta_of_file(spec, layers) for spec in given.layers]
    return given.model_copy(update={"layers": specs, "noise": noise, "encoding": encoding or given.encoding})


def inferred_architecture(path: Path, layers: Layers, noise: NoiseLaw, encoding: Encoding | None) -> Architecture:
    """The architecture that the shapes tell, which tell no encoding (None: sign). Raises CheckpointError where they
    leave a choice or do not fit."""
    _check_layouts(path, layers, list(layers)[-1])
    specs = list(_inferred_specs(path, layers))
    description = {
        "layers": specs,
        "image": _image(layers),
        "noise": noise.model_dump(),
        "encoding": encoding or "sign",
    }
    return architecture_from(path, {"architecture": json.dumps(description)})


def _read_network(network: Network_) -> Architecture:
    """From YAML or a mapping: the section itself, or a whole training configuration, of which `network` is taken."""
    if isinstance(network, Architecture):
        return network
    if isinstance(network, Mapping):
        document = Document(dict(network), {(): "network", ("network",): "network"})
    elif isinstance(network, (str, Path)):
        document = load_document(at_home(str(network)))
    else:
        raise ConfigError(f"network: expected the path of a YAML file or a mapping, got {quoted(network)}")
    if "network" not in document.data:
        return validate(Architecture, document)
    where = {key[1:]: place for key, place in document.where.items() if key[:1] == ("network",)}
    return validate(Architecture, Document(document.data["network"], where), ("network",))


def _with_beta_of_file(spec: LayerSpec, layers: Layers) -> LayerSpec:
    if not isinstance(spec, ConvSpec) or "beta" in spec.model_fields_set:
        return spec
    return spec.model_copy(update={"beta": "position" if _positions(layers[spec.name]) else "channel"})


def _positions(parts: Parts) -> tuple[int, int] | None:
    """Height and width of a convolution's beta; None where it has one entry for each channel."""
    beta = beta_of(parts)
    if beta is None or beta.ndim != 3 or beta.shape[1:] == (1, 1):
        return None
    return beta.shape[1], beta.shape[2]


def _check_layouts(path: Path, layers: Layers, last: str) -> None:
    """Every layer has what the layout says it must have."""
    for name, parts in layers.items():
        weight = parts.get("weight")
        if weight is None:
            raise CheckpointError(f"{path}: layer {quoted(name)} has no tensor {name}.weight")
        if weight.ndim not in (2, 4):
            raise CheckpointError(
                f"{path}: {name}.weight has shape {tuple(weight.shape)}, expected (outputs, inputs), or (outputs, "
                "inputs, kernel, kernel) of a convolution; delete what the network does without (a loss, say)"
            )
        if weight.ndim == 4 and weight.shape[2] != weight.shape[3]:
            raise CheckpointError(f"{path}: {name}.weight has shape {tuple(weight.shape)}; kernels must be square")
    for name, parts in layers.items():
        weight, beta = parts["weight"], beta_of(parts)
        if name == last and beta is not None:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} is the last one and has a beta (`b`); expected a linear layer"
            )
        if name == last and weight.ndim == 4:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} is the last one and a convolution; expected a linear layer"
            )
        if name != last and beta is None:
            raise CheckpointError(
                f"{path}: layer {quoted(name)} has no tensor {name}.b (its beta); only the last layer goes without"
            )


def _image(layers: Layers) -> list[int] | None:
    """[channels, height, width] that a first layer with beta per position takes; None for a dense one."""
    parts = next(iter(layers.values()))
    positions = _positions(parts)
    if parts["weight"].ndim != 4 or positions is None:
        return None
    return [parts["weight"].shape[1], *_taken(positions, parts["weight"].shape[-1])]


def _taken(positions: tuple[int, int], kernel: int) -> tuple[int, int]:
    """Height and width that a convolution of stride 1 without padding takes for this many positions."""
    return positions[0] + kernel - 1, positions[1] + kernel - 1


def _inferred_specs(path: Path, layers: Layers) -> Iterator[dict[str, Any]]:
    last = list(layers)[-1]
    before, states, pools = "", None, 0  # states: (channels, height, width) of the layer before, a convolution
    for index, (name, parts) in enumerate(layers.items()):
        weight = parts["weight"]
        outputs, inputs, *kernel = weight.shape
        if not kernel:
            spec = {"type": "linear" if name == last else "dense", "name": name, "inputs": inputs, "outputs": outputs}
            after, needs = None, _makes_inputs(inputs)
            wanted = f"the {inputs} inputs of {name}"
        else:
            if index and states is None:
                raise _ask(path, f"layer {quoted(name)} is a convolution behind {quoted(before)}, a dense layer")
            positions = _positions(parts)
            if positions is None:
                raise _ask(path, f"the beta of {name} has no positions, which would tell the size of its outputs")
            spec = {"type": "conv", "name": name, "inputs": inputs, "outputs": outputs, "kernel": kernel[0]}
            spec["beta"] = "position"
            after, taken = (outputs, *positions), _taken(positions, kernel[0])
            needs, wanted = _makes_size(taken), f"the {taken[0]}x{taken[1]} inputs of {name}"
        if states is not None:
            window = _window(path, before, states, needs, wanted)
            if window > 1:
                pools += 1
                yield {"type": "max_pool", "name": f"pool{pools}", "size": window}
        yield spec
        before, states = name, after


def _makes_inputs(inputs: int) -> Callable[[int, int, int], bool]:
    return lambda channels, height, width: channels * height * width == inputs


def _makes_size(size: tuple[int, int]) -> Callable[[int, int, int], bool]:
    return lambda _, height, width: (height, width) == size


def _window(
    path: Path, before: str, states: tuple[int, int, int], fits: Callable[[int, int, int], bool], wanted: str
) -> int:
    """Size of the one window that pools `states` into what fits, 1 for none; raises CheckpointError unless there is
    exactly one."""
    channels, height, width = states
    sizes = range(1, min(height, width, LARGEST_WINDOW) + 1)
    windows = [size for size in sizes if fits(channels, height // size, width // size)]
    given = f"the {channels}x{height}x{width} outputs of {before}"
    if not windows:
        raise _ask(path, f"no max-pool turns {given} into {wanted} (stride 1 and no padding assumed)")
    if len(windows) > 1:
        names = ", ".join(f"{size}x{size}" for size in windows)
        raise _ask(path, f"{given} become {wanted} by max-pools of {names}")
    return windows[0]


def _ask(path: Path, problem: str) -> CheckpointError:
    return CheckpointError(
        f"{path}: {problem}; say what the layers are: network=, or --network FILE.yaml, with `layers` and `image`"
    )
