"""Small networks that ask of hardware what a whole network asks of it, with random weights.

- A cut-down copy: the same layers in the same order, a few units in each. Units are divided by one number, and so are
  the tiles that they are put on: a layer that needs several tiles still does.
- A few units with as many inputs as any layer has: what is chosen by a column's many weights (how much of the largest
  to cut, say) is chosen as in the whole network.

Loads torch.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from crossbar_nsm.engine.computing import computing
from crossbar_nsm.experiment.config.evaluation import ExperimentConfig
from crossbar_nsm.nsm.architecture import Architecture, ConvSpec, DenseSpec, HiddenSpec, LinearSpec, PoolSpec
from crossbar_nsm.nsm.network import Network

WIDEST = 16  # inputs of a dense layer that are left, about
LEAST_UNITS = 3
UNITS = 6  # with many inputs
MOST_INPUTS = 4096
IMAGES = 8


@dataclass(frozen=True)
class SmallNetwork:
    """images (n, inputs) in [0, 1] are its calibration images, too; divisor: of units and tiles."""

    net: Network
    images: np.ndarray
    divisor: int

    def hardware(self, config: ExperimentConfig) -> ExperimentConfig:
        """What it is put on: small tiles, rounded down, so that no layer needs fewer of them; what single layers have,
        where they are there; cells that are programmed, and images of its own, in place of files of other shapes."""
        array, names = config.array, self.net.layers
        rows, cols = max(1, array.rows // self.divisor), max(2, array.cols // self.divisor // 2 * 2)
        tiles = array.model_copy(update={"rows": rows, "cols": cols, "conductances": None})
        layers = {name: layer for name, layer in config.layers.items() if name in names}
        return config.model_copy(update={"array": tiles, "layers": layers, "calibration_images": None})


@computing()
def small_networks(architecture: Architecture) -> list[SmallNetwork]:
    """The cut-down copy of a network first."""
    divisor = max(1, round(max(map(_fan_in, _with_weights(architecture))) / WIDEST))
    cut = _small_network(cut_down(architecture, divisor), divisor)
    return [cut] if divisor == 1 else [cut, _small_network(_many_inputs(architecture), 1)]


def _many_inputs(architecture: Architecture) -> Architecture:
    """One hidden layer of a few units, named after the one with most inputs, with as many."""
    most = max((layer for layer in _with_weights(architecture) if isinstance(layer, HiddenSpec)), key=_fan_in)
    inputs = min(_fan_in(most), MOST_INPUTS)
    output = {"type": "linear", "name": architecture.layers[-1].name, "inputs": UNITS, "outputs": LEAST_UNITS}
    hidden = {"type": "dense", "name": most.name, "inputs": inputs, "outputs": UNITS}
    return Architecture.model_validate({"layers": [hidden, output]})


def _with_weights(architecture: Architecture) -> list[DenseSpec | ConvSpec | LinearSpec]:
    return [layer for layer in architecture.layers if not isinstance(layer, PoolSpec)]


def _fan_in(layer: DenseSpec | ConvSpec | LinearSpec) -> int:
    """Rows of its arrays."""
    return layer.inputs * layer.kernel**2 if isinstance(layer, ConvSpec) else layer.inputs


def cut_down(architecture: Architecture, divisor: int) -> Architecture:
    """The architecture with fewer units. Images are as small as kernels and pools allow."""
    if architecture.image is None:
        return _cut(architecture, divisor, None)
    channels, height, width = architecture.image

    def fits(size: int) -> bool:
        try:
            return bool(_cut(architecture, divisor, (min(channels, 2), size, size)))
        except ValueError:  # a kernel or a pool is larger than what it sees
            return False

    sizes = range(1, min(height, width))
    size = 1 + bisect_left(sizes, True, key=fits)
    return _cut(architecture, divisor, (min(channels, 2), *((size, size) if size in sizes else (height, width))))


def _cut(architecture: Architecture, divisor: int, image: tuple[int, int, int] | None) -> Architecture:
    """Numbers of outputs divided, inputs as they follow. Raises ValueError where layers do not fit."""
    shape: tuple[int, ...] = image or (max(LEAST_UNITS, math.ceil(architecture.inputs / divisor)),)
    layers: list[dict[str, Any]] = []
    for spec in architecture.layers:
        layer = spec.model_dump()
        if not isinstance(spec, PoolSpec):
            layer["inputs"] = shape[0] if isinstance(spec, ConvSpec) else math.prod(shape)
            layer["outputs"] = min(spec.outputs, max(LEAST_UNITS, math.ceil(spec.outputs / divisor)))
        layers.append(layer)
        shape = _shape_behind(layer, spec, shape)
    return Architecture.model_validate(architecture.model_dump() | {"layers": layers, "image": image})


def _shape_behind(layer: dict[str, Any], spec: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    if isinstance(spec, PoolSpec):
        return shape[0], *(max(1, (length - spec.size) // spec.step + 1) for length in shape[1:])
    if isinstance(spec, ConvSpec):
        grown = 2 * spec.padding - spec.kernel
        return layer["outputs"], *(max(1, (length + grown) // spec.stride + 1) for length in shape[1:])
    return (layer["outputs"],)


def _small_network(architecture: Architecture, divisor: int) -> SmallNetwork:
    """Weights have heavy tails, so that cutting outliers is worth something; beta and c as training leaves them."""
    generator = torch.Generator().manual_seed(0)
    with torch.random.fork_rng(devices=[]):
        net = Network(architecture)
    net.reset_parameters(generator)
    with torch.no_grad():
        for layer in net.nsm_layers():
            layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) ** 3)
            layer.beta.uniform_(0.6, 1.6, generator=generator)
            layer.c.uniform_(-0.4, 0.4, generator=generator)
    pixels = np.random.default_rng(0).integers(0, 256, (IMAGES, architecture.inputs), dtype=np.uint8)
    net.calibration_images = pixels
    return SmallNetwork(net, (pixels / 255).astype(np.float32), divisor)
