"""What a network takes of the chip: tiles and cells of every layer, reads and time of one pass.

Every layer has tiles of its own, which it fills from one corner; layers work at the same time on successive passes, so
a chip takes a new pass when its slowest layer has read all its patches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crossbar_nsm.array.operand import MAIN

if TYPE_CHECKING:
    from crossbar_nsm.mapping.mapped_layer import MappedLayer
    from crossbar_nsm.mapping.mapped_network import MappedNetwork
    from crossbar_nsm.mapping.output_layer import ArrayOutput


@dataclass(frozen=True)
class LayerUse:
    """One layer on arrays. grid: row tiles and column tiles of each of its arrays. cells are physical ones, two for a
    weight; patches: positions of a convolution, read one after the other (1 for a dense layer). reads_per_pass: vector
    reads of an array, all patches; time_per_pass_s: one read interval for every patch."""

    layer: str
    inputs: int
    outputs: int
    grid: tuple[int, int]
    tiles: int
    cells_used: int
    cells_total: int
    patches: int
    reads_per_pass: int
    time_per_pass_s: float


@dataclass(frozen=True)
class ChipUse:
    """The layers together; time_per_pass_s: from one pass to the next, the time of `slowest_layer`."""

    tiles: int
    cells_used: int
    cells_total: int
    utilisation: float
    reads_per_pass: int
    time_per_pass_s: float
    slowest_layer: str


def layer_use(layer: MappedLayer | ArrayOutput) -> LayerUse:
    """Counted from the arrays of a programmed layer."""
    main = layer.arrays[MAIN]
    tiling, copies = main.tiling, len(layer.arrays)
    tiles = copies * tiling.count
    return LayerUse(
        layer.name,
        tiling.inputs,
        tiling.outputs,
        (len(tiling.row_slices), len(tiling.output_slices)),
        tiles,
        copies * 2 * tiling.inputs * tiling.outputs,
        tiles * tiling.tile_rows * tiling.tile_cols,
        layer.patches,
        layer.reads_per_pass,
        layer.patches * main.read.interval_s,
    )


def chip_use(chip: MappedNetwork) -> ChipUse:
    """Sums over the layers on arrays."""
    layers = [layer_use(layer) for layer in chip.mapped_layers()]
    slowest = max(layers, key=lambda layer: layer.time_per_pass_s)
    used, total = sum(layer.cells_used for layer in layers), sum(layer.cells_total for layer in layers)
    return ChipUse(
        sum(layer.tiles for layer in layers),
        used,
        total,
        used / total,
        sum(layer.reads_per_pass for layer in layers),
        slowest.time_per_pass_s,
        slowest.layer,
    )
