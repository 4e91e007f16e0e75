"""Blank-out noise: every pair of cells passes a read with probability p, drawn anew for every read."""

from __future__ import annotations

import torch

from benchmarks.measure import Way, in_turns, ours
from benchmarks.workloads.arrays import Reads, bernoulli, inputs, torch_product, weights
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row, Target

PRODUCT, MASKS = "torch product", "torch bernoulli_ and bmm"


def rows(effort: Effort) -> list[Row]:
    """At the shape of W1."""
    size, vectors = effort.layer, effort.vectors
    ways = {
        PRODUCT: torch_product(size, vectors),
        "p": ours(Reads(bernoulli(0.3), size, vectors)),
        "half": ours(Reads(bernoulli(0.5), size, vectors)),
        MASKS: masks_and_product(size, vectors),
    }
    times = in_turns(ways, **effort.settings)
    masks, reads = (MASKS, times[MASKS]), size * size * vectors
    return [
        Row.timed("Bernoulli", MASKS, times[MASKS], to=(PRODUCT, times[PRODUCT]), note="a mask per vector, float32"),
        Row.timed("Bernoulli", "p = 0.3", times["p"], to=masks, target=Target(1 / 150)),
        Row.timed("Bernoulli", "p = 0.3, per pair and read", times["p"].per(reads), "ns", target=Target(0.05, "value")),
        Row.timed("Bernoulli", "p = 0.5", times["half"], to=masks, target=Target(1 / 150)),
    ]


def masks_and_product(size: int, vectors: int) -> Way:
    """What a plain user of torch writes: a mask for every vector, then a batched product."""
    w, x = torch.from_numpy(weights(size)).t().contiguous(), torch.from_numpy(inputs(vectors, size))[:, None]
    masks, out = torch.empty(vectors, size, size), torch.empty(vectors, 1, size)
    return Way(lambda: torch.bmm(x, masks.bernoulli_(0.3).mul_(w), out=out))
