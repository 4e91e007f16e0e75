"""W1: one 512x512 layer, 256 vectors of +-1, fresh Gaussian read noise of every cell."""

from __future__ import annotations

import torch

from benchmarks.measure import Way, in_turns, ours
from benchmarks.workloads import peers
from benchmarks.workloads.arrays import GAUSSIAN, SHAPES, Decisions, Reads, shaped, torch_product
from benchmarks.workloads.drawing import lane_normals_only
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.peers import normals_and_product
from benchmarks.workloads.rows import Row, Target
from benchmarks.workloads.stored import CROSSSIM_NS_PER_WEIGHT
from device_models.streams import Stream

PRODUCT = "torch product"
DRAWS = "one normal per pair"


def rows(effort: Effort) -> list[Row]:
    """Floors, ours and peers."""
    size, vectors = effort.layer, effort.vectors
    key = Stream().key("benchmark")
    ways = {
        PRODUCT: torch_product(size, vectors),
        "decisions": ours(Decisions(size, vectors)),
        DRAWS: ours(lambda: lane_normals_only(vectors, size * size, key)),
        "cells": ours(Reads(GAUSSIAN, size, vectors, "device")),
        "plain": normals_and_product(size, vectors),
        **{name: ours(Reads(shaped(shape), size, vectors, "device")) for name, shape in SHAPES.items()},
    }
    times = in_turns(ways, **effort.settings)
    floor, cells = (PRODUCT, times[PRODUCT]), times["cells"]
    weights, threads = size * size * vectors, torch.get_num_threads()
    return [
        Row.timed("W1", PRODUCT, floor[1], note=f"floor: noiseless, float32, {threads} threads, no sign taken"),
        Row.timed("W1", "distribution-exact, decisions", times["decisions"], to=floor, target=Target(1.0)),
        Row.timed("W1", DRAWS, times[DRAWS], to=floor, note="floor: the same generator drawing, nothing else"),
        Row.timed("W1", "every cell drawn", cells, to=(DRAWS, times[DRAWS]), target=Target(1.1)),
        Row.timed("W1", "every cell drawn, per weight", cells.per(weights), "ns",
                  target=Target(CROSSSIM_NS_PER_WEIGHT / 150, "value"),
                  note=f"target: CrossSim's stored {CROSSSIM_NS_PER_WEIGHT:g} ns (other machine) / 150"),
        *(
            Row.timed("W1", f"every cell drawn, {name}", times[name], to=("every normal cell drawn", cells),
                      target=Target(1.5), note="two numbers per pair, where normal cells take one")
            for name in SHAPES
        ),
        Row.timed("W1", "torch normal_ and bmm", times["plain"], to=floor,
                  note="what a plain user writes: a normal per weight and vector, a batched product"),
        *_peer_rows(effort),
    ]  # fmt: skip


def _peer_rows(effort: Effort) -> list[Row]:
    """Peers beside our reader of every cell, on fewer vectors where they are slow."""
    found = []
    for peer in peers.FRESH_NOISE:
        vectors = min(effort.vectors, peer.vectors)
        run = peer.make(effort.layer, vectors)
        if run is None:
            found.append(Row.absent("W1", peer.name, f"not installed; {peer.draws}"))
            continue
        cells = ours(Reads(GAUSSIAN, effort.layer, effort.vectors, "device"))
        times = in_turns({"peer": Way(run), "cells": cells}, min(effort.turns, 5), effort.least_s)
        per_weight = times["peer"].per(effort.layer**2 * vectors)
        mine = times["cells"].per(effort.layer**2 * effort.vectors)
        found.append(Row.timed("W1", f"{peer.name}, per weight", per_weight, "ns", note=peer.draws))
        target = None if peer.times_faster is None else Target(1 / peer.times_faster)
        found.append(Row.timed("W1", "every cell drawn, per weight", mine, "ns", (peer.name, per_weight), target))
    return found
