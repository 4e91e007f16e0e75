"""Other simulators, run where they can be imported, and what they draw for one read.

None is needed: `pip install aihwkit badcrossbar`; CrossSim is installed from its repository.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from benchmarks.measure import Way
from benchmarks.workloads.arrays import inputs, weights

Run = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """draws: what one read draws. vectors: how many it gets at most. build: from (module, size, vectors) to a
    function that reads them once. times_faster: how much faster than it drawing every cell is meant to be."""

    name: str
    module: str
    draws: str
    vectors: int
    build: Callable[[Any, int, int], Run]
    times_faster: float | None = None

    def make(self, size: int, vectors: int) -> Run | None:
        """None where it is not installed."""
        module = imported(self.module)
        return None if module is None else self.build(module, size, vectors)


def imported(name: str) -> Any | None:
    """A module, or None where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ImportError:
            return None


def normals_and_product(size: int, vectors: int) -> Way:
    """What a plain user of torch writes: a normal for every weight and vector, then a batched product."""
    w, x = torch.from_numpy(weights(size)).t().contiguous(), torch.from_numpy(inputs(vectors, size))[:, None]
    noisy, out = torch.empty(vectors, size, size), torch.empty(vectors, 1, size)
    return Way(lambda: torch.bmm(x, noisy.normal_().mul_(0.05).add_(1).mul_(w), out=out))


def _crosssim(simulator: Any, size: int, vectors: int) -> Run:
    settings = simulator.CrossSimParameters()
    noise = settings.xbar.device.read_noise
    noise.enable, noise.model, noise.magnitude = True, "NormalProportionalDevice", 0.05
    core, x = simulator.AnalogCore(weights(size), settings), np.ascontiguousarray(inputs(vectors, size).T)
    return lambda: core.matmul(x)


def _aihwkit(noise: str) -> Callable[[Any, int, int], Run]:
    def build(configs: Any, size: int, vectors: int) -> Run:
        nn = importlib.import_module("aihwkit.nn")
        config = configs.InferenceRPUConfig()
        forward = config.forward
        forward.is_perfect, forward.inp_res, forward.out_res, forward.out_bound = False, 0.0, 0.0, 0.0
        forward.out_noise = 0.05 if noise == "additive" else 0.0
        if noise != "additive":
            forward.w_noise, forward.w_noise_type = 0.05, configs.WeightNoiseType.PCM_READ
        layer, x = nn.AnalogLinear(size, size, bias=False, rpu_config=config), torch.from_numpy(inputs(vectors, size))
        layer.eval()
        with torch.no_grad():
            layer.set_weights(torch.from_numpy(weights(size)))

        def run() -> Any:
            with torch.no_grad():
                return layer(x)

        return run

    return build


FRESH_NOISE = (
    Peer("CrossSim", "simulator", "draws every device on every read", 16, _crosssim, 150),
    Peer("aihwkit, additive noise", "aihwkit.simulator.configs", "draws one normal per output, of a variance that does "
         "not follow the weights", 1024, _aihwkit("additive")),
    Peer("aihwkit, PCM_READ noise", "aihwkit.simulator.configs", "draws one normal per output, of a variance that "
         "follows the weights in part", 1024, _aihwkit("PCM_READ")),
)  # fmt: skip


def badcrossbar_currents(v: np.ndarray, g_s: np.ndarray, r_ohm: float) -> Run | None:
    """Exact column currents of one vector v (rows) [V] by badcrossbar; None where it is not installed."""
    module = imported("badcrossbar")
    if module is None or not hasattr(module, "compute"):
        return None
    logging.getLogger("badcrossbar").setLevel(logging.WARNING)
    return lambda: module.compute(v[:, None], 1 / g_s, r_i=r_ohm, node_voltages=False, all_currents=False)
