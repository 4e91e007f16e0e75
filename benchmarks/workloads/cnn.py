"""W3: the CNN 32c5-p2-64c5-p2-1024-512-10 on 28x28 pixels, 1,000 passes, every patch a fresh read."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.measure import Way, in_turns
from benchmarks.networks import images, mapped, network
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row, Target
from device_models.errors import MappingError

PRODUCT = "torch products"
TARGET = Target(1.5)
BATCH = 100


def rows(effort: Effort) -> list[Row]:
    """In closed form."""
    count, samples = effort.cnn_passes
    try:
        chip = mapped("cnn")
    except MappingError:
        return [Row.absent("W3", "distribution-exact, predict", "convolutions cannot be mapped", TARGET)]
    x, single = images(count), images(count * samples)
    ways = {
        PRODUCT: torch_products(count * samples),
        "samples": Way(lambda: chip.predict(x, samples)),
        "single": Way(lambda: chip.predict(single, 1)),
    }
    times = in_turns(ways, **effort.settings)
    floor = (PRODUCT, times[PRODUCT])
    return [
        Row.timed("W3", PRODUCT, times[PRODUCT], note=f"floor: {count * samples:,} passes in batches of {BATCH}, "
                  "convolutions, sign_ in place, max-pools and dense layers"),
        Row.timed("W3", f"distribution-exact, {count} inputs x {samples}", times["samples"], "ms", floor, TARGET),
        Row.timed("W3", f"distribution-exact, {count * samples:,} inputs x 1", times["single"], "ms", floor),
    ]  # fmt: skip


def torch_products(passes: int) -> Way:
    """The noiseless network on `passes` inputs of +-1."""
    x = torch.from_numpy(images(passes)).sub_(0.5).sign_()[:, None]
    weights = [layer.weight.detach() for layer in network("cnn").layers.values() if hasattr(layer, "weight")]
    conv1, conv2, dense, out = weights

    def run() -> None:
        with torch.no_grad():
            for start in range(0, passes, BATCH):
                z = F.max_pool2d(F.conv2d(x[start : start + BATCH], conv1).sign_(), 2)
                z = F.max_pool2d(F.conv2d(z, conv2).sign_(), 2)
                F.linear(F.linear(z.flatten(1), dense).sign_(), out)

    return Way(run)
