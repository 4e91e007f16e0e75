"""The two networks of the paper, mapped to arrays, and random images for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

import crossbar_nsm as xb
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.nsm.network import Network

CONFIG = Path(__file__).parents[1] / "configs/mnist_mlp_rram.yaml"
CHECKPOINTS = {"mlp": "mnist_mlp", "cnn": "mnist_cnn"}


@cache
def network(name: str) -> Network:
    """The bundled network; what its weights are costs no time."""
    return xb.load_checkpoint(CHECKPOINTS[name])


def mapped(name: str, engine: str = "auto", scaling: str = "paired") -> MappedNetwork:
    """On arrays; raises MappingError for networks that cannot be mapped."""
    return xb.map_network(network(name), xb.load_config(CONFIG, f"read.engine={engine}", f"neuron.scaling={scaling}"))


def images(count: int) -> np.ndarray:
    """Random digits' size (count, 28, 28) in [0, 1]; time does not depend on what they show."""
    return np.random.default_rng(0).random((count, 28, 28), dtype=np.float32)
