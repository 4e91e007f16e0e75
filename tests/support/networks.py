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
    net = Network(Architecture.model_validate({"layers": layers, "noise": noise or BERNOULLI, "method": method}))
    generator = torch.Generator().manual_seed(seed)
    net.reset_parameters(generator)
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.beta.uniform_(*beta, generator=generator)
            layer.c.uniform_(*c, generator=generator)
    net.calibration_images = (256 * np.random.default_rng(seed).random((64, sizes[0]))).astype(np.uint8)
    return net


def images(count: int, pixels: int, seed: int = 1) -> np.ndarray:
    """Random images in [0, 1]."""
    return np.random.default_rng(seed).random((count, pixels), dtype=np.float32)


def states(count: int, width: int, seed: int = 2) -> np.ndarray:
    """Random inputs +-1."""
    return np.where(np.random.default_rng(seed).random((count, width)) < 0.5, np.float32(-1), np.float32(1))
