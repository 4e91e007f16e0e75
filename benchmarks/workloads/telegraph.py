"""Telegraph noise: one trap per cell that switches with some probability from read to read; states go on in time."""

from __future__ import annotations

from benchmarks.measure import in_turns, ours
from benchmarks.workloads.arrays import Reads, telegraph, torch_product
from benchmarks.workloads.effort import Effort
from benchmarks.workloads.rows import Row, Target

PRODUCT = "torch product"
TARGETS = {1e-3: Target(4.0)}


def rows(effort: Effort) -> list[Row]:
    """At the shape of W1, against the probability to switch."""
    size, vectors = effort.layer, effort.vectors
    ways = {flip: ours(Reads(telegraph(flip), size, vectors)) for flip in effort.flips}
    times = in_turns({PRODUCT: torch_product(size, vectors), **{f"{flip:g}": w for flip, w in ways.items()}},
                     **effort.settings)  # fmt: skip
    floor, note = (PRODUCT, times[PRODUCT]), "two cells with a trap each per weight; passes in time order"
    return [Row.timed("telegraph", PRODUCT, floor[1])] + [
        Row.timed("telegraph", f"flip probability {flip:g}", times[f"{flip:g}"], to=floor, target=TARGETS.get(flip),
                  note=note)
        for flip in effort.flips
    ]  # fmt: skip
