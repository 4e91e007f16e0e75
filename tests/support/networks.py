"""Small networks with known parameters."""

from __future__ import annotations

import numpy as np
import torch

from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network

GAUSSIAN = {"law": "gaussian", "sigma": 0.8}
BERNOULLI = {"law": "bernoulli", "keep_probability": 0.5}


def dense_network(
    *sizes: int, noise: dict | None = None, method="nsm", seed: int = 0, beta=(0.6, 1.6), c=(-0.4, 0.4)
) -> Network:
    """Hidden layers fc1, fc2, ... of the given sizes and a linear output layer; random weights, beta and c in ranges
    (in a network of NSM units)."""
    names = [f"fc{index + 1}" for index in range(len(sizes) - 2)]
    layers = [
        {"type": "dense", "name": name, "inputs": inputs, "outputs": outputs}
        for name, inputs, outputs in zip(names, sizes, sizes[1:], strict=False)
    ]
    layers.append({"type": "linear", "name": "out", "inputs": sizes[-2], "outputs": sizes[-1]})
    architecture = Architecture.model_validate({"layers": layers, "noise": noise or BERNOULLI, "method": method})
    return _random_network(architecture, seed, beta, c)


def images(count: int, pixels: int, seed: int = 1) -> np.ndarray:
    """Random images in [0, 1]."""
    return np.random.default_rng(seed).random((count, pixels), dtype=np.float32)


def black_and_white(count: int, pixels: int, seed: int = 1) -> np.ndarray:
    """The same where a network with encoding: sign sees all there is: 0 or 1."""
    return (images(count, pixels, seed) >= 0.5).astype(np.float32)


def states(count: int, width: int, seed: int = 2) -> np.ndarray:
    """Random inputs +-1."""
    return np.where(np.random.default_rng(seed).random((count, width)) < 0.5, np.float32(-1), np.float32(1))


def conv(outputs: int, kernel: int, **settings) -> dict:
    return {"type": "conv", "outputs": outputs, "kernel": kernel, **settings}


def pool(kind: str, size: int, stride: int | None = None) -> dict:
    return {"type": f"{kind}_pool", "size": size, "stride": stride}


def dense(outputs: int) -> dict:
    return {"type": "dense", "outputs": outputs}


def conv_architecture(*layers: dict, image=(1, 6, 6), classes: int = 3, **settings) -> Architecture:
    """Layers conv1, pool1, fc1, ... with their numbers of inputs filled in, and a linear output layer `out`."""
    channels, height, width = image
    flat = False
    named = []
    for layer in layers:
        kind = {"conv": "conv", "dense": "fc"}.get(layer["type"], "pool")
        count = sum(other["name"].startswith(kind) for other in named)
        entry = {**layer, "name": f"{kind}{count + 1}"}
        if kind == "fc":
            entry["inputs"] = channels if flat else channels * height * width
            channels, flat = layer["outputs"], True
        else:
            size = layer.get("kernel") or layer["size"]
            step = layer.get("stride") or (1 if kind == "conv" else size)
            height, width = (1 + (n + 2 * layer.get("padding", 0) - size) // step for n in (height, width))
            if kind == "conv":
                entry["inputs"], channels = channels, layer["outputs"]
        named.append(entry)
    named.append({"type": "linear", "name": "out", "inputs": channels if flat else channels * height * width,
                  "outputs": classes})  # fmt: skip
    return Architecture.model_validate({"layers": named, "image": image, **settings})


def conv_network(
    *layers: dict,
    image=(1, 6, 6),
    classes: int = 3,
    noise: dict | None = None,
    method="nsm",
    encoding="sign",
    seed: int = 0,
    beta=(0.6, 1.6),
    c=(-0.4, 0.4),
) -> Network:
    """`conv`, `pool` and `dense` layers and a linear output layer; random weights, beta and c in ranges (NSM units)."""
    architecture = conv_architecture(
        *layers, image=image, classes=classes, noise=noise or BERNOULLI, method=method, encoding=encoding
    )
    return _random_network(architecture, seed, beta, c)


def _random_network(architecture: Architecture, seed: int, beta, c) -> Network:
    """Random weights, images for calibration and, in layers of NSM units, beta and c in the given ranges."""
    net = Network(architecture)
    generator = torch.Generator().manual_seed(seed)
    net.reset_parameters(generator)
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.beta.uniform_(*beta, generator=generator)
            layer.c.uniform_(*c, generator=generator)
    net.calibration_images = (256 * np.random.default_rng(seed).random((64, architecture.inputs))).astype(np.uint8)
    return net


class ArgumentOf(torch.nn.Module):
    """The argument of erf of a layer as a module's output, for torch.func.functional_call."""

    def __init__(self, layer: torch.nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.layer.argument(z)
