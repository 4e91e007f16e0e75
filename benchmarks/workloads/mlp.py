"""W2: the MLP 784-300-300-300-10, 1,000 inputs x 100 Monte Carlo samples."""

from __future__ import annotations

import torch

from benchmarks.measure import Way, in_turns, ours
from benchmarks.networks import images, mapped, network
from benchmarks.workloads.drawing import lane_normals_only
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row, Target
from benchmarks.workloads.stored import CROSSSIM_NS_PER_WEIGHT
from device_models.streams import Stream

PRODUCT, DRAWS = "torch products", "one normal per pair"


def rows(effort: Effort) -> list[Row]:
    """In closed form, then cell by cell on fewer passes."""
    return [*_closed_form(effort), *_every_cell(effort)]


def _closed_form(effort: Effort) -> list[Row]:
    chip, x = mapped("mlp"), images(effort.images)
    ways = {
        PRODUCT: torch_products(effort.images, effort.samples),
        "predict": Way(lambda: chip.predict(x, effort.samples)),
    }
    times = in_turns(ways, **effort.settings)
    shape = f"{effort.images:,} inputs x {effort.samples} samples"
    return [
        Row.timed("W2", PRODUCT, times[PRODUCT], "s",
                  note=f"floor: {shape}, every layer for every pass, sign_ in place in between"),
        Row.timed("W2", "distribution-exact, predict", times["predict"], "s", (PRODUCT, times[PRODUCT]), Target(0.35),
                  "images in, mean class probabilities out"),
    ]  # fmt: skip


def _every_cell(effort: Effort) -> list[Row]:
    count, samples = effort.device_passes
    chip, x, passes = mapped("mlp", "device", "none"), images(count), count * samples
    pairs = sum(layer.weight.numel() for _, layer in network("mlp").named_nsm_layers())
    key = Stream().key("benchmark")
    ways = {
        DRAWS: ours(lambda: lane_normals_only(passes, pairs, key)),
        "predict": Way(lambda: chip.predict(x, samples)),
    }
    times = in_turns(ways, **effort.settings)
    draws, note = (DRAWS, times[DRAWS]), f"{count} inputs x {samples} samples, one read per decision"
    return [
        Row.timed("W2", DRAWS, times[DRAWS], "ms", note=note),
        Row.timed("W2", "every cell drawn, predict", times["predict"], "ms", draws, Target(1.1), note),
        Row.timed("W2", "every cell drawn, per weight", times["predict"].per(pairs * passes), "ns",
                  target=Target(CROSSSIM_NS_PER_WEIGHT / 150, "value")),
    ]  # fmt: skip


def torch_products(count: int, samples: int) -> Way:
    """Noiseless products of all layers, all passes, into given arrays; the sign between layers in place."""
    layers = network("mlp").layers.values()
    matrices = [layer.weight.detach().t().contiguous() for layer in layers]
    states = [torch.empty(count, matrix.shape[1]) for matrix in matrices]
    x = torch.from_numpy(images(count)).flatten(1).sub_(0.5).sign_()

    def run() -> None:
        for _ in range(samples):
            z = x
            for matrix, out in zip(matrices, states, strict=True):
                z = torch.mm(z, matrix, out=out)
                if out is not states[-1]:
                    z.sign_()

    return Way(run)
