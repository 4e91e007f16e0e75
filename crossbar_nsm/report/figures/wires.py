"""Figure of what the wires of arrays take."""

from __future__ import annotations

from matplotlib.figure import Figure

from crossbar_nsm.array.crossbar import Crossbar
from crossbar_nsm.array.joined_tiles import cells_of
from crossbar_nsm.array.operand import MAIN
from crossbar_nsm.array.physical_columns import physical_columns
from crossbar_nsm.array.tiling import Tile
from crossbar_nsm.array.wires.effective import relative_drop
from crossbar_nsm.mapping.mapped_network import MappedNetwork
from crossbar_nsm.report.figures.arguments import A_CHIP
from crossbar_nsm.report.figures.style import COLUMN_INCH, look, subplots
from device_models.checks.arguments import checked


@checked(chip=A_CHIP)
def wire_drop(chip: MappedNetwork) -> Figure:
    """Map of every layer's worst tile: what the wires take of each cell's effect on its own column, 1 - kappa.

    Cells lie as on the chip: drivers at the left, sense amplifiers at the bottom, G+ and G- side by side. The titles
    have the drop of the whole signal, 1 - sum T / sum G (see `crossbar_nsm.array.wires.effective`).
    """
    tiles = {layer.name: _worst_tile(layer.arrays[MAIN]) for layer in chip.mapped_layers()}
    maps = {
        layer.name: 100 * (1 - physical_columns(layer.arrays[MAIN].effective.factor[cells_of(tiles[layer.name][0])]))
        for layer in chip.mapped_layers()
    }
    highest = max(float(lost.max()) for lost in maps.values())
    with look():
        figure, panels = subplots(1, len(maps), figsize=(0.85 * COLUMN_INCH * len(maps), COLUMN_INCH), squeeze=False)
        for axes, (name, lost) in zip(panels[0], maps.items(), strict=True):
            tile, drop = tiles[name]
            rows, columns = lost.shape
            image = axes.imshow(
                lost, vmin=0, vmax=max(highest, 1e-3), cmap="viridis", aspect="auto", interpolation="nearest",
                extent=(0.5, columns + 0.5, rows + 0.5, 0.5),
            )  # fmt: skip
            axes.set_title(f"{name}, tile {tile.name}: drop {100 * drop:.2g} %")
            axes.set_xlabel("column (sensed at the bottom)")
            axes.grid(visible=False)
        panels[0][0].set_ylabel("row (driven at the left)")
        figure.colorbar(image, ax=panels[0].tolist(), label="taken by the wires (%)", shrink=0.9)
        figure.suptitle(_resistances(chip), fontsize=8)
    return figure


def _worst_tile(array: Crossbar) -> tuple[Tile, float]:
    """The tile with the largest drop of its whole signal, and that drop."""
    mean_s = array.cell_mean_s()
    drops = [
        (relative_drop(array.effective.transfer_s[cells_of(tile)], mean_s[cells_of(tile)]), tile)
        for tile in array.tiling.tiles()
    ]
    drop, tile = max(drops, key=lambda entry: entry[0])
    return tile, drop


def _resistances(chip: MappedNetwork) -> str:
    array = chip.config.array
    parts = {
        "row segment": array.r_row_ohm,
        "column segment": array.r_col_ohm,
        "driver": array.r_driver_ohm,
        "sense": array.r_sense_ohm,
    }
    return f"{chip.config.device.name}, ohm: " + ", ".join(f"{name} {value:g}" for name, value in parts.items())
