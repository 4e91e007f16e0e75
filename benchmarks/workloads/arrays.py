"""One layer on one array, as the workloads read it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.measure import Way
from crossbar_nsm.array.reader import ReadPlan
from crossbar_nsm.engine.sampling.passes import Passes
from crossbar_nsm.mapping.config import HardwareConfig
from crossbar_nsm.mapping.mapped_layer import MappedLayer
from crossbar_nsm.mapping.programming import LayerSite
from crossbar_nsm.mapping.reads.reader_choice import combined_reads
from crossbar_nsm.nsm.architecture import Architecture
from crossbar_nsm.nsm.network import Network
from device_models.streams import Stream

CONDUCTANCE = {"g_min_s": 1e-6, "g_max_s": 1e-4}
GAUSSIAN = {"conductance": CONDUCTANCE, "read_noise": {"relative_sd": 0.05}}
SHAPES = {
    "Laplace": "laplace",
    "table of quantiles": {"quantiles": {"normal_score": [-3, -1, 0, 1, 3], "value": [-6, -0.7, 0, 0.7, 6]}},
}


def shaped(shape: Any) -> dict[str, Any]:
    """The device `GAUSSIAN` with read noise of another shape."""
    return {"conductance": CONDUCTANCE, "read_noise": {"relative_sd": 0.05, "shape": shape}}


def bernoulli(keep_probability: float) -> dict[str, Any]:
    """A device whose selector lets reads pass, one draw per pair and read, and that has no other noise."""
    return {"conductance": CONDUCTANCE, "selector": {"keep_probability": keep_probability}}


def telegraph(flip_probability: float, interval_s: float = 1e-6) -> dict[str, Any]:
    """A device with one trap per cell that switches with this probability from read to read, and no other noise."""
    tau_s = -2 * interval_s / np.log1p(-2 * flip_probability)  # flip = (1 - exp(-2 t / tau)) / 2
    times = {"min_s": float(tau_s), "max_s": float(tau_s)}
    step = {"relative": 0.1}
    return {
        "conductance": CONDUCTANCE,
        "telegraph": {"resistance_step": step, "capture_time_s": times, "emission_time_s": times},
    }


def hardware(device: dict[str, Any], size: int, engine: str = "auto") -> HardwareConfig:
    """One tile that holds size x size weights; one read per decision."""
    return HardwareConfig.model_validate(
        {
            "device": device,
            "array": {"rows": size, "cols": 2 * size},
            "read": {"engine": engine},
            "neuron": {"scaling": "none"},
        }
    )


def weights(size: int) -> np.ndarray:
    """Random weights (outputs, inputs) float32."""
    return np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)


def inputs(vectors: int, size: int) -> np.ndarray:
    """Random states +-1 (vectors, size) float32."""
    return np.random.default_rng(1).choice(np.array([-1, 1], np.float32), (vectors, size))


class Reads:
    """One read of a layer for each of `vectors` vectors of +-1, cell by cell or in closed form; each call goes on in
    time."""

    def __init__(self, device: dict[str, Any], size: int, vectors: int, engine: str = "auto"):
        array = LayerSite(hardware(device, size, engine), Stream(layer="layer")).array(weights(size))
        self.reader = combined_reads(ReadPlan.of_one_read(array))
        self.z, self.next = inputs(vectors, size), 0

    def __call__(self) -> np.ndarray:
        passes = passes_of(len(self.z), self.next)
        self.next += len(passes)
        return self.reader.current(self.z, passes.input_of, passes)


class Decisions:
    """Decisions of a mapped layer in closed form, for each of `vectors` vectors of +-1."""

    def __init__(self, size: int, vectors: int):
        dense = {"type": "dense", "name": "layer", "inputs": size, "outputs": size}
        output = {"type": "linear", "name": "out", "inputs": size, "outputs": 2}
        architecture = Architecture.model_validate({"layers": [dense, output]})
        (layer,) = Network(architecture).nsm_layers()
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights(size)))
            layer.beta.fill_(1)
            layer.c.zero_()
        place = next(architecture.placements())
        self.layer = MappedLayer(place, layer, LayerSite(hardware(GAUSSIAN, size), Stream(layer="layer")))
        self.z, self.next = inputs(vectors, size), 0

    def __call__(self) -> np.ndarray:
        passes = passes_of(len(self.z), self.next)
        self.next += len(passes)
        return self.layer.fire(self.z, passes.input_of, passes)


def passes_of(count: int, first: int) -> Passes:
    """One pass for each of `count` vectors, the images counted from `first`."""
    rows = np.arange(count)
    return Passes(0, count, rows, rows + first, np.zeros(count, np.int64))


def torch_product(size: int, vectors: int) -> Way:
    """The floor: the noiseless product in torch, float32, its default number of threads, into a given array."""
    w, x = torch.from_numpy(weights(size)).t().contiguous(), torch.from_numpy(inputs(vectors, size))
    out = torch.empty(vectors, size)
    return Way(lambda: torch.mm(x, w, out=out))
